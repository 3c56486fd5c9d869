"""Every migration that there is, found without a webhook."""

from __future__ import annotations

import asyncio
import time

from bot.decide.status import ADOPT
from bot.github import App, Issue, NotInstalled
from bot.store import Migration, Store
from bot.turn.redelivery import Redelivery

WATCHED = 90 * 86400.0
"""Seconds after which a closed issue is no longer looked at."""


class Sweep:
    def __init__(self, store: Store, github: App, redelivery: Redelivery) -> None:
        self._store, self._github, self._redelivery = store, github, redelivery

    async def run(self) -> list[Migration]:
        """The migrations that the store knows, and those of every issue labelled `migration`."""
        await self._redelivery.request_lost()
        found = {one.key: one for one in await asyncio.to_thread(self._store.migrations.all)}
        for installation in await self._github.installations():
            if installation.suspended_at is None:
                for one in await self.migrations_of(installation.id):
                    found[one.key] = one
        return list(found.values())

    async def migrations_of(self, installation_id: int) -> list[Migration]:
        installation = self._github.installation(installation_id)
        found = []
        try:
            for info in await installation.repositories():
                repo = installation.repo_named(info.full_name)
                issues = [one for one in await repo.issues.find(label=ADOPT, state="all") if _watched(one)]
                found += [Migration(info.id, one.number, installation_id, info.full_name) for one in issues]
        except NotInstalled:
            return []
        return found


def _watched(issue: Issue) -> bool:
    """Open, or closed so recently that a reference may still come back."""
    return issue.closed_at is None or time.time() - issue.closed_at.timestamp() < WATCHED
