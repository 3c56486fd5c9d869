"""The log of one migration, from the store: Drover's decisions and what GitHub tells."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from bot.cli.errors import CommandError
from bot.settings import ServerSettings
from bot.store import Store, open_store
from bot.store.decisions import Decision
from bot.store.overview import EventOverview
from bot.store.overviews import OverviewFilter, StoredOverview

MOST_MIGRATIONS = 1_000


@dataclass(frozen=True)
class MigrationName:
    repository: str
    number: int
    """Of the tracking issue, or of a phase's pull request."""

    def __str__(self) -> str:
        return f"{self.repository}#{self.number}"


@dataclass(frozen=True)
class MigrationLog:
    of: MigrationName
    title: str
    entries: tuple[Decision, ...]
    """The oldest first."""


def read_log(settings: ServerSettings, wanted: MigrationName) -> MigrationLog:
    """Raises `CommandError` where there is no database, or nothing in it about this migration."""
    file = Path(settings.database_url.removeprefix("sqlite:///"))
    if settings.sqlite and not file.is_file():
        raise CommandError(
            f"there is no database at {file}",
            "Set DATABASE_URL or DATA_DIR as they are set for `drover serve`.",
        )
    try:
        with open_store(settings.database_url) as store:
            return _log(store, wanted)
    except SQLAlchemyError as error:
        reason = (str(error.__cause__ or error).splitlines() or [""])[0]
        raise CommandError(f"the database can't be read: {reason}", "Check DATABASE_URL.") from None


def _log(store: Store, wanted: MigrationName) -> MigrationLog:
    overview = _overview(store, wanted)
    issue = overview.issue if overview else wanted.number
    repo_id = overview.repo_id if overview else store.decisions.repository_of(wanted.repository, issue)
    if repo_id is None:
        raise CommandError(f"nothing is known of {wanted}", _known_migration(store, wanted))
    entries = [*reversed(store.decisions.newest(repo_id, issue))]
    if overview:
        entries = sorted([*entries, *map(_of_event, overview.overview.events)], key=lambda one: one.at)
    title = overview.overview.title if overview else ""
    return MigrationLog(
        MigrationName(overview.full_name if overview else wanted.repository, issue), title, tuple(entries)
    )


def _overview(store: Store, wanted: MigrationName) -> StoredOverview | None:
    """By the issue's number, or by that of a phase's pull request."""
    for one in store.overviews.by_name(wanted.repository, wanted.number):
        return one
    in_repository = store.overviews.page(OverviewFilter(None, wanted.repository), 0, MOST_MIGRATIONS)
    for one in in_repository:
        if any(phase.pull == wanted.number for phase in one.overview.phases):
            return one
    return None


def _of_event(event: EventOverview) -> Decision:
    by = f"by {event.by}" if event.by else "on GitHub"
    return Decision(event.at, event.what, f"{by}, #{event.pull}" if event.pull else by)


def _known_migration(store: Store, wanted: MigrationName) -> str:
    names = sorted(set(_names(store)))
    if not names:
        return "The log begins with the first look at a migration."
    near = difflib.get_close_matches(str(wanted).lower(), names, n=1)
    return f"Did you mean {near[0]}?" if near else f"Known: {', '.join(names[:5])}"


def _names(store: Store) -> Iterator[str]:
    for one in store.overviews.page(OverviewFilter(None), 0, MOST_MIGRATIONS):
        yield f"{one.full_name}#{one.issue}".lower()
    for name, issue in store.decisions.migrations():
        yield f"{name}#{issue}"
