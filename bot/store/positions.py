"""Moments by name: how far a list that only grows has been read, and when something was first seen."""

from __future__ import annotations

import sqlalchemy as sa

from bot.store.database import insert_into
from bot.store.tables import positions


class Positions:
    def __init__(self, database: sa.Engine) -> None:
        self._database = database

    def get(self, name: str) -> float | None:
        query = sa.select(positions.c.at).where(positions.c.name == name)
        with self._database.connect() as db:
            return db.execute(query).scalar()

    def set(self, name: str, at: float) -> None:
        with self._database.begin() as db:
            db.execute(
                insert_into(self._database, positions)
                .values(name=name, at=at)
                .on_conflict_do_update(index_elements=["name"], set_={"at": at})
            )
