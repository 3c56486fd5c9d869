"""Which migrations a delivery concerns, and which requests in it are stored."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from bot.decide.checks import PROOF
from bot.decide.ratchet import RATCHET, Subject
from bot.decide.requests import UserRequest
from bot.intake.delivery import asked_by_others
from bot.intake.event import Event
from bot.intake.first_steps import first_steps
from bot.plan.branch_names import PREFIX, MigrationBranch, migration_branch
from bot.store import Migration, Store
from bot.turn.app_identity import AppIdentity


class MigrationsOf(Protocol):
    async def __call__(self, installation: int, *, again: bool) -> list[Migration]: ...


class Deliveries:
    def __init__(
        self,
        store: Store,
        app: AppIdentity,
        migrations_of: MigrationsOf,
        is_adopted: Callable[[Migration], Awaitable[bool]],
    ) -> None:
        """`migrations_of` an installation, and whether an issue `is_adopted`, GitHub is asked."""
        self._store, self._app = store, app
        self._migrations_of, self._is_adopted = migrations_of, is_adopted

    def only_looks(self, event: Event) -> list[Migration] | None:
        """The migrations to look at, if a delivery requests nothing else; None if it requests more."""
        event = asked_by_others(event, self._app.known_login) if self._app.known_login else event
        if event.kind.startswith(("push", "installation", "repository")) or self._may_hold_ticks(event):
            return None
        if event.requests or event.subjects or first_steps(event):
            return None
        return self._in_repository(event)

    def _may_hold_ticks(self, event: Event) -> bool:
        return event.kind == "issue_comment.edited" and event.sender != self._app.known_login

    async def receive(self, event: Event) -> list[Migration]:
        """1. which migrations it concerns  2. what people ask of them is kept  3. they are looked at"""
        own = (await self._app.details()).bot_login
        migrations = await self._concerned(event)
        for request in asked_by_others(event, own).requests:
            migration = _migration_of(migrations, event, request)
            if migration is not None:
                await asyncio.to_thread(
                    self._store.requests.add, migration, request.id, request.as_json(), event.at
                )
        return migrations

    async def ratchet_subjects(self, event: Event) -> list[Subject]:
        """What the ratchet is to check, in a repository that has or had a migration."""
        own = (await self._app.details()).bot_login
        found = list(asked_by_others(event, own).subjects)
        if found and not await asyncio.to_thread(self._store.migrations.of_repository, event.repo_id):
            return []
        return found

    async def _concerned(self, event: Event) -> list[Migration]:
        if event.kind in ("installation.deleted", "installation.suspend"):
            return []
        if event.kind.startswith("installation"):
            again = event.kind.startswith("installation.")
            return await self._migrations_of(event.installation, again=again)
        found = await asyncio.to_thread(self._in_repository, event)
        return found or await self._not_in_store(event)

    async def _not_in_store(self, event: Event) -> list[Migration]:
        """The migration whose button was pressed before a new store has heard of it."""
        branch = _migration_branch(event)
        if branch is None or not any(one.source == "button" for one in event.requests):
            return []
        migration = _migration(event, branch.issue)
        return [migration] if await self._is_adopted(migration) else []

    def _in_repository(self, event: Event) -> list[Migration]:
        """Only an issue's label makes a migration known: anybody who can push may give a branch any name."""
        if _is_of_the_ratchet(event) or _is_echo(event, self._app.known_login):
            return []
        if event.tracking and event.issue is not None:
            return [_migration(event, event.issue)]
        known = [_migration(event, one.issue) for one in self._store.migrations.of_repository(event.repo_id)]
        if event.kind.startswith("issue_comment") and not event.on_pull:
            return [one for one in known if one.issue == event.issue]
        if (event.ref or "").startswith(PREFIX):
            branch = _migration_branch(event)
            return [one for one in known if branch and one.issue == branch.issue]
        return [] if event.kind.startswith(("pull_request", "merge_group")) else known


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
