"""Shows a long wait for GitHub in the status comments."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from cachetools import LRUCache

from bot.github import Comment, GitHubError, MustWait, Repo
from bot.migration.sized_cache import lru_cache_of
from bot.report.outages import waiting_for_github
from bot.store import Migration

log = logging.getLogger("drover.work")


@dataclass(frozen=True)
class LatestStatus:
    installation: int
    repo: Repo
    comment: Comment


class WaitNotices:
    """Knows the status comment of each migration that this process has looked at."""

    def __init__(self) -> None:
        self._latest: LRUCache[str, LatestStatus] = lru_cache_of(1024, counted=lambda status: status.comment)
        self._shown_on: set[str] = set()

    def remember(self, migration: Migration, repo: Repo, comment: Comment) -> None:
        self._latest[migration.key] = LatestStatus(migration.installation, repo, comment)

    def begin_turn(self, migration: Migration) -> None:
        self._shown_on.discard(migration.key)

    def is_new_on(self, migration: Migration) -> bool:
        """Whether a notice was added to its comment since its turn began."""
        return migration.key in self._shown_on

    def forget(self, migration: Migration) -> None:
        self._latest.pop(migration.key, None)
        self._shown_on.discard(migration.key)

    async def show(self, installation: int, until: datetime, why: str) -> None:
        text = waiting_for_github(until.timestamp(), why)
        for key, one in [*self._latest.items()]:
            if one.installation == installation:
                self._shown_on.add(key)
                await _show_on(one, text)


async def _show_on(status: LatestStatus, text: str) -> None:
    head, _, rest = status.comment.body.partition("\n\n")
    try:
        await status.repo.comments.update(status.comment.id, f"{head}\n\n⏳ {text}\n\n{rest}")
    except MustWait:
        raise  # the others wait, too
    except GitHubError as error:
        log.warning("%s: can't show the wait on the status comment: %s", status.repo.full_name, error)
