"""Looks, by number: one counter of those requested and one of those begun, so that many requests are one look."""

from __future__ import annotations

import time

import sqlalchemy as sa

from bot.store.database import insert_into
from bot.store.migration import Migration
from bot.store.migrations import from_row, is_row_of
from bot.store.tables import migrations


class Looks:
    def __init__(self, database: sa.Engine) -> None:
        self._database = database

    def ask(self, migration: Migration) -> int:
        """The number of the look that will see what has just happened; one that is already waiting is only read."""
        with self._database.connect() as db:
            row = db.execute(sa.select(migrations).where(is_row_of(migration))).one_or_none()
        if row is not None and row.queued > row.started and from_row(row) == migration:
            return int(row.queued)
        return self._ask(migration, sa.true())[0]

    def ask_unless_begun_since(self, migration: Migration, moment: float) -> int | None:
        """None if a look that began after that moment has seen it."""
        queued, started = self._ask(migration, migrations.c.began <= moment)
        return queued if queued > started else None

    def _ask(self, migration: Migration, unseen: sa.ColumnElement[bool]) -> tuple[int, int]:
        mine = is_row_of(migration)
        with self._database.begin() as db:
            db.execute(self._ensure_row(migration))
            db.execute(
                sa.update(migrations)
                .where(mine, migrations.c.queued <= migrations.c.started, unseen)
                .values(queued=migrations.c.started + 1)
            )
            found = db.execute(sa.select(migrations.c.queued, migrations.c.started).where(mine)).one()
            return int(found.queued), int(found.started)

    def _ensure_row(self, migration: Migration) -> sa.Insert:
        """Numbers start from the clock, which no looks outrun: where these tables were lost and the engine's were
        not, no number is used twice."""
        start = int(time.time() * 1000)
        where = {"installation": migration.installation, "full_name": migration.full_name}
        return (
            insert_into(self._database, migrations)
            .values(
                repo_id=migration.repo_id,
                issue=migration.issue,
                **where,
                queued=start,
                started=start,
                began=0.0,
                finished=False,
            )
            .on_conflict_do_update(index_elements=["repo_id", "issue"], set_=where)
        )

    def begin(self, migration: Migration, number: int) -> None:
        with self._database.begin() as db:
            db.execute(
                sa.update(migrations)
                .where(is_row_of(migration), migrations.c.started < number)
                .values(started=number, began=time.time())
            )

    def begin_again(self, migration: Migration, since: float) -> bool:
        """For a look that failed then: False if another has begun since, or the migration is not known any more."""
        with self._database.begin() as db:
            found = db.execute(
                sa.update(migrations)
                .where(is_row_of(migration), migrations.c.began <= since)
                .values(began=time.time())
            )
            return found.rowcount > 0

    def drop(self, repo_id: int, issue: int, number: int) -> None:
        """For a look that will not run: what is asked next is another one. It has not begun, and has seen nothing."""
        mine = sa.and_(migrations.c.repo_id == repo_id, migrations.c.issue == issue)
        with self._database.begin() as db:
            db.execute(
                sa.update(migrations)
                .where(mine, migrations.c.started < number)
                .values(started=number, began=0.0)
            )

    def is_wanted(self, migration: Migration, number: int) -> bool:
        """Whether no later look has begun. Without a row, after a lost database, every look is wanted.

        One that has begun itself is still wanted: it may have been killed right after that was written.
        """
        with self._database.connect() as db:
            started = db.execute(sa.select(migrations.c.started).where(is_row_of(migration))).scalar()
        return started is None or started <= number
