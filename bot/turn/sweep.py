"""What no webhook told of: lost deliveries, migrations to look at again, and those that nobody knows of yet."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Callable

from bot.decide.status import ADOPT
from bot.github import App, GitHubError, Gone, InstallationDetails, NotFound
from bot.store import Migration, Store
from bot.turn.redelivery import Redelivery
from bot.turn.tracking_issues import TrackingIssues

LOOKS_AN_HOUR = 60
"""At an installation's migrations. A look costs some twenty requests of an hour's 5,000 to 12,500."""
log = logging.getLogger("drover.work")


class Sweep:
    def __init__(
        self,
        store: Store,
        github: App,
        redelivery: Redelivery,
        minutes: float,
        now: Callable[[], float] = time.time,
    ) -> None:
        """`minutes` from one to the next."""
        self._store, self._github, self._redelivery = store, github, redelivery
        self._hours = minutes / 60
        self._tracking_issues = TrackingIssues(store, github, self._hours, now)

    async def run(self) -> list[Migration]:
        """The migrations that were looked at longest ago (of each installation a few, in turn), and unknown ones."""
        await self._request_lost_deliveries()
        most = math.ceil(LOOKS_AN_HOUR * self._hours)
        found = {one.key: one for one in await asyncio.to_thread(self._store.migrations.due, most)}
        for installation in await self._installations(required=not found):
            if installation.suspended_at is None:
                unknown = await self._tracking_issues.unknown(installation.id)
                found.update((one.key, one) for one in unknown)
        return list(found.values())

    async def _request_lost_deliveries(self) -> None:
        try:
            await self._redelivery.request_lost()
        except GitHubError as error:
            log.warning("can't read which deliveries were lost: %s", error)

    async def _installations(self, *, required: bool) -> list[InstallationDetails]:
        """None where GitHub does not list them and that is not required."""
        try:
            return await self._github.installations()
        except GitHubError as error:
            if required:
                raise
            log.warning("can't list the App's installations: %s", error)
            return []

    async def is_adopted(self, migration: Migration) -> bool:
        repo = self._github.installation(migration.installation).repo_named(migration.full_name)
        try:
            issue = await repo.issues.get(migration.issue)
        except (NotFound, Gone):
            return False
        return ADOPT in issue.labels

    async def migrations_of(self, installation: int, *, again: bool) -> list[Migration]:
        """After an event about an installation. `again`: it was added or resumed, and all of it is read again."""
        return await self._tracking_issues.after_change(installation, again=again)
