"""Which migrations a delivery concerns, and which requests in it are stored."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from bot.decide.checks import PROOF
from bot.decide.ratchet import RATCHET
from bot.decide.requests import UserRequest
from bot.engine.work import EventNeeds
from bot.intake.delivery import asked_by_others
from bot.intake.event import Event
from bot.plan.branch_names import PREFIX, MigrationBranch, migration_branch
from bot.store import Migration, Store
from bot.turn.app_identity import AppIdentity
from bot.turn.replays import Replays


class MigrationsOf(Protocol):
    async def __call__(self, installation: int, *, again: bool) -> list[Migration]: ...


class Deliveries:
    def __init__(
        self,
        store: Store,
        app: AppIdentity,
        migrations_of: MigrationsOf,
        is_adopted: Callable[[Migration], Awaitable[bool]],
        replays: Replays,
    ) -> None:
        """`migrations_of` an installation, and whether an issue `is_adopted`, GitHub is asked."""
        self._store, self._app = store, app
        self._migrations_of, self._is_adopted = migrations_of, is_adopted
        self._replays = replays

    def needs(self, events: Sequence[Event]) -> list[EventNeeds | None]:
        """By the store alone; None where GitHub has to be asked."""
        repos = {event.repo_id for event in events}
        known = {one: self._store.migrations.of_repository(one) for one in repos}
        return [self._needs(event, known[event.repo_id]) for event in events]

    def _needs(self, event: Event, known: Sequence[Migration]) -> EventNeeds | None:
        own, asks = self._app.known_login, bool(event.requests or event.subjects)
        if event.kind.startswith("installation") or (asks and not own):
            return None
        found = self._in_repository(event, known)
        if not found and _is_of_unknown_migration(event):
            return None
        return _needs_of(event, found, known, own)

    async def find_needs(self, event: Event) -> EventNeeds:
        """GitHub is asked who Drover is, and about what the store doesn't know."""
        if await self._replays.is_replay(event):
            return EventNeeds()
        own = (await self._app.details()).bot_login
        if event.kind in ("installation.deleted", "installation.suspend"):
            return EventNeeds()
        if event.kind.startswith("installation"):
            again = event.kind.startswith("installation.")
            return EventNeeds(tuple(await self._migrations_of(event.installation, again=again)))
        known = await asyncio.to_thread(self._store.migrations.of_repository, event.repo_id)
        found = self._in_repository(event, known)
        if not found and _is_of_unknown_migration(event):
            found = await self._not_in_store(event)
        return _needs_of(event, found, known, own)

    async def _not_in_store(self, event: Event) -> list[Migration]:
        """The migration whose button was pressed before a new store has heard of it."""
        branch = _migration_branch(event)
        migration = _migration(event, branch.issue) if branch else None
        return [migration] if migration and await self._is_adopted(migration) else []

    def _in_repository(self, event: Event, in_store: Sequence[Migration]) -> list[Migration]:
        """Only an issue's label makes a migration known: anybody who can push may give a branch any name."""
        if _is_of_the_ratchet(event) or _is_echo(event, self._app.known_login):
            return []
        if event.tracking and event.issue is not None:
            return [_migration(event, event.issue)]
        known = [_migration(event, one.issue) for one in in_store]
        if event.kind.startswith("issue_comment") and not event.on_pull:
            return [one for one in known if one.issue == event.issue]
        if (event.ref or "").startswith(PREFIX):
            branch = _migration_branch(event)
            return [one for one in known if branch and one.issue == branch.issue]
        return [] if event.kind.startswith(("pull_request", "merge_group")) else known


def _needs_of(
    event: Event, found: Sequence[Migration], known: Sequence[Migration], own_login: str
) -> EventNeeds:
    """The ratchet checks only in a repository that has or had a migration."""
    asked = asked_by_others(event, own_login)
    requests = ((_migration_of(found, event, one), one) for one in asked.requests)
    kept = tuple((migration, one) for migration, one in requests if migration is not None)
    return EventNeeds(tuple(found), kept, asked.subjects if known or found else ())


def _is_of_unknown_migration(event: Event) -> bool:
    """Whether a button was pressed on a branch of Drover's."""
    pressed = any(one.source == "button" for one in event.requests)
    return pressed and _migration_branch(event) is not None


def _migration(event: Event, issue: int) -> Migration:
    return Migration(event.repo_id, issue, event.installation, event.repo)


def _migration_branch(event: Event) -> MigrationBranch | None:
    return None if event.from_fork else migration_branch(event.ref or "")


def _is_of_the_ratchet(event: Event) -> bool:
    return event.kind.startswith("check_run") and event.text == RATCHET


ECHOES = frozenset(
    (
        *("issue_comment.created", "issue_comment.edited", "create", "delete"),
        *("pull_request.opened", "pull_request.edited", "pull_request.synchronize", "check_suite.completed"),
    )
)


def _is_echo(event: Event, own_login: str) -> bool:
    """Whether Drover did it itself: the look that did it looks again anyway."""
    if event.kind in ("check_run.created", "check_run.completed") and event.text == PROOF:
        return True
    return bool(own_login) and event.sender == own_login and event.kind in ECHOES


def _migration_of(migrations: Sequence[Migration], event: Event, request: UserRequest) -> Migration | None:
    """The one whose issue it was asked on, or whose branch it names; on another pull request, the oldest."""
    if request.source == "button":
        return next((one for one in migrations if one.issue == request.where), None)
    if event.on_pull:
        return min(migrations, key=lambda one: one.issue, default=None)
    return next((one for one in migrations if one.issue == event.issue), None)
