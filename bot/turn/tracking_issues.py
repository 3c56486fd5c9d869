"""The tracking issues of an installation's repositories, found at a cost that doesn't grow with their number.

Its repositories are listed once an hour. A new one is asked for its tracking issues at once, the others in turn.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Callable, Sequence

from bot.decide.status import ADOPT
from bot.github import App, GitHubError, Installation, Issue, MustWait, Unavailable
from bot.store import Migration, Store
from bot.store.repositories import KnownRepository

LISTED_EVERY = 3600.0
READ_AN_HOUR = 150
"""Repositories of an installation: all 3,000 in a day."""
NEW_AT_ONCE = 1000
AT_ONCE = 8
WATCHED = 90 * 86400.0
"""Seconds after which a closed issue is no longer looked at."""
AGAIN_SOON = 1.0
"""When a repository that did not answer counts as read: before all others."""
log = logging.getLogger("drover.work")


class TrackingIssues:
    def __init__(self, store: Store, github: App, hours: float, now: Callable[[], float] = time.time) -> None:
        """`hours` from one sweep to the next."""
        self._store, self._github, self._now = store, github, now
        self._share = math.ceil(READ_AN_HOUR * hours)

    async def unknown(self, installation_id: int) -> list[Migration]:
        """Migrations that the store doesn't know: what is wrong with one repository or installation stops no other."""
        known = {one.key for one in await asyncio.to_thread(self._store.migrations.all)}
        return [one for one in await self._search(installation_id) if one.key not in known]

    async def after_change(self, installation_id: int, *, again: bool) -> list[Migration]:
        if again:
            await asyncio.to_thread(self._store.repositories.forget, installation_id)
        return await self._search(installation_id, changed=True)

    async def _search(self, installation_id: int, *, changed: bool = False) -> list[Migration]:
        installation = self._github.installation(installation_id)
        found: list[Migration] = []
        try:
            listed = await asyncio.to_thread(self._store.repositories.listed_at, installation_id)
            if changed or self._now() - listed >= LISTED_EVERY:
                await self._list(installation)
            if not changed:
                due = self._store.repositories.least_recently_read
                some = await asyncio.to_thread(due, installation_id, self._share)
                await self._read(installation, some, found)
            await self._read_new(installation, found)
        except GitHubError as error:
            log.warning("sweep: installation %d is left out: %s", installation_id, error)
        return found

    async def _list(self, installation: Installation) -> None:
        """Those without issues can't have a migration; nothing can be written to an archived one."""
        found = [
            KnownRepository(one.id, one.full_name)
            for one in await installation.repositories()
            if one.has_issues and not one.archived
        ]
        await asyncio.to_thread(self._store.repositories.keep, installation.id, found, self._now())

    async def _read_new(self, installation: Installation, found: list[Migration]) -> None:
        """As long as that leaves half of the hour's requests for the migrations that are known."""
        new = await asyncio.to_thread(self._store.repositories.unread, installation.id, NEW_AT_ONCE)
        for start in range(0, len(new), AT_ONCE):
            if not installation.client.limits.has_half_left():
                log.info("installation %d: %d repositories are read later", installation.id, len(new) - start)
                break
            await self._read(installation, new[start : start + AT_ONCE], found)

    async def _read(
        self, installation: Installation, repositories: Sequence[KnownRepository], found: list[Migration]
    ) -> None:
        for start in range(0, len(repositories), AT_ONCE):
            some = repositories[start : start + AT_ONCE]
            answers = await asyncio.gather(*(self._labelled_issues(installation, one) for one in some))
            await asyncio.to_thread(self._note_read, some, answers)
            found += (
                Migration(one.id, issue.number, installation.id, one.full_name)
                for one, issues in zip(some, answers, strict=True)
                for issue in issues or ()
                if self._is_watched(issue)
            )

    def _note_read(self, some: Sequence[KnownRepository], answers: Sequence[list[Issue] | None]) -> None:
        note_read, pairs = self._store.repositories.note_read, list(zip(some, answers, strict=True))
        note_read([one for one, issues in pairs if issues is not None], self._now())
        note_read([one for one, issues in pairs if issues is None], AGAIN_SOON)

    async def _labelled_issues(
        self, installation: Installation, known: KnownRepository
    ) -> list[Issue] | None:
        """None where GitHub gave no answer."""
        try:
            return await installation.repo_named(known.full_name).issues.find(label=ADOPT, state="all")
        except MustWait:
            raise  # its whole installation waits
        except GitHubError as error:
            log.warning("sweep: %s is left out: %s", known.full_name, error)
            return None if isinstance(error, Unavailable) else []

    def _is_watched(self, issue: Issue) -> bool:
        """Open, or closed so recently that a reference may still come back."""
        return issue.closed_at is None or self._now() - issue.closed_at.timestamp() < WATCHED
