"""Finds every migration without a webhook."""

from __future__ import annotations

import asyncio
import logging
import time

from bot.decide.status import ADOPT
from bot.github import (
    App,
    GitHubError,
    Gone,
    Installation,
    InstallationDetails,
    Issue,
    MustWait,
    NotFound,
    RepoDetails,
)
from bot.store import Migration, Store
from bot.turn.redelivery import Redelivery

WATCHED = 90 * 86400.0
"""Seconds after which a closed issue is no longer looked at."""
log = logging.getLogger("drover.work")


class Sweep:
    def __init__(self, store: Store, github: App, redelivery: Redelivery) -> None:
        self._store, self._github, self._redelivery = store, github, redelivery

    async def run(self) -> list[Migration]:
        """The migrations that the store knows, and those of every issue labelled `migration`."""
        await self._request_lost_deliveries()
        found = {one.key: one for one in await asyncio.to_thread(self._store.migrations.all)}
        for installation in await self._installations(required=not found):
            if installation.suspended_at is None:
                found.update((one.key, one) for one in await self.migrations_of(installation.id))
        return list(found.values())

    async def _request_lost_deliveries(self) -> None:
        try:
            await self._redelivery.request_lost()
        except GitHubError as error:
            log.warning("can't read which deliveries were lost: %s", error)

    async def _installations(self, *, required: bool) -> list[InstallationDetails]:
        """None if GitHub does not list them and that is not required."""
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

    async def migrations_of(self, installation_id: int) -> list[Migration]:
        """The migrations in all readable repositories: an error in one stops no other."""
        installation = self._github.installation(installation_id)
        found: list[Migration] = []
        try:
            for details in await installation.repositories():
                found += await _migrations_in(installation, details)
        except GitHubError as error:
            log.warning("sweep: installation %d is left out: %s", installation_id, error)
        return found


async def _migrations_in(installation: Installation, details: RepoDetails) -> list[Migration]:
    if details.archived or not details.has_issues:
        return []
    repo = installation.repo_named(details.full_name)
    try:
        issues = await repo.issues.find(label=ADOPT, state="all")
    except MustWait:
        raise  # its whole installation waits
    except GitHubError as error:
        log.warning("sweep: %s is left out: %s", details.full_name, error)
        return []
    return [
        Migration(details.id, one.number, installation.id, details.full_name)
        for one in issues
        if _watched(one)
    ]


def _watched(issue: Issue) -> bool:
    """Open, or closed so recently that a reference may still come back."""
    return issue.closed_at is None or time.time() - issue.closed_at.timestamp() < WATCHED
