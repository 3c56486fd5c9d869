"""The migrations that are known."""

from __future__ import annotations

from collections import Counter
from typing import Any

import sqlalchemy as sa

from bot.store.migration import Migration
from bot.store.overviews import is_overview_of
from bot.store.tables import migrations, overviews


class Migrations:
    def __init__(self, database: sa.Engine) -> None:
        self._database = database

    def of_repository(self, repo_id: int) -> list[Migration]:
        query = sa.select(migrations).where(migrations.c.repo_id == repo_id).order_by(migrations.c.issue)
        with self._database.connect() as db:
            return [from_row(row) for row in db.execute(query)]

    def all(self) -> list[Migration]:
        with self._database.connect() as db:
            return [from_row(row) for row in db.execute(sa.select(migrations))]

    def due(self, most: int) -> list[Migration]:
        """Those that wait for their first look, and `most` of each installation: those looked at longest ago."""
        query = sa.select(migrations).order_by(migrations.c.began, migrations.c.repo_id, migrations.c.issue)
        found: list[Migration] = []
        taken: Counter[int] = Counter()
        with self._database.connect() as db:
            for row in db.execute(query):
                if row.began == 0 or taken[row.installation] < most:
                    found.append(from_row(row))
                    taken[row.installation] += row.began > 0
        return found

    def count_by_state(self) -> dict[str, int]:
        query = sa.select(migrations.c.finished, sa.func.count()).group_by(migrations.c.finished)
        with self._database.connect() as db:
            found = {bool(finished): count for finished, count in db.execute(query)}
        return {"active": found.get(False, 0), "finished": found.get(True, 0)}

    def forget(self, migration: Migration) -> None:
        with self._database.begin() as db:
            db.execute(sa.delete(migrations).where(is_row_of(migration)))
            db.execute(sa.delete(overviews).where(is_overview_of(migration)))


def is_row_of(migration: Migration) -> sa.ColumnElement[bool]:
    return sa.and_(migrations.c.repo_id == migration.repo_id, migrations.c.issue == migration.issue)


def from_row(row: sa.Row[Any]) -> Migration:
    return Migration(row.repo_id, row.issue, row.installation, row.full_name)
