"""Pushes to the default branch that follow each other closely: a series."""

from __future__ import annotations

import sqlalchemy as sa

from bot.store.database import insert_into
from bot.store.tables import pushes


class Pushes:
    def __init__(self, database: sa.Engine) -> None:
        self._database = database

    def note(self, repo_id: int, at: float, pause: float) -> None:
        """Record a push: it continues the current series, or starts another one after a pause."""
        goes_on = pushes.c.last + pause >= at
        first = sa.case((goes_on, pushes.c.first), else_=at)
        last = sa.case((pushes.c.last > at, pushes.c.last), else_=at)
        with self._database.begin() as db:
            db.execute(
                insert_into(self._database, pushes)
                .values(repo_id=repo_id, first=at, last=at)
                .on_conflict_do_update(index_elements=["repo_id"], set_={"first": first, "last": last})
            )

    def series_end(self, repo_id: int, pause: float, longest: float) -> float:
        """When the series is over, or has gone on for long enough; 0 if there was none."""
        query = sa.select(pushes.c.first, pushes.c.last).where(pushes.c.repo_id == repo_id)
        with self._database.connect() as db:
            row = db.execute(query).first()
        return min(row.last + pause, row.first + longest) if row is not None else 0.0
