"""Status comments say so where GitHub asks for a wait that people would notice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.github import Comment, Repo
from bot.report.outages import waiting_for_github
from bot.store import Migration


@dataclass(frozen=True)
class LatestStatus:
    installation: int
    repo: Repo
    comment: Comment


class WaitNotices:
    """Knows the status comment of each migration that this process has looked at."""

    def __init__(self) -> None:
        self._latest: dict[str, LatestStatus] = {}

    def remember(self, migration: Migration, repo: Repo, comment: Comment) -> None:
        self._latest[migration.key] = LatestStatus(migration.installation, repo, comment)

    def forget(self, migration: Migration) -> None:
        self._latest.pop(migration.key, None)

    async def show(self, installation: int, until: datetime, why: str) -> None:
        text = waiting_for_github(until.timestamp(), why)
        for one in [*self._latest.values()]:
            if one.installation == installation:
                head, _, rest = one.comment.body.partition("\n\n")
                await one.repo.comments.update(one.comment.id, f"{head}\n\n⏳ {text}\n\n{rest}")
