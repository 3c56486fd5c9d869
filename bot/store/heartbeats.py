"""Which workers are alive. Where several machines share the database, their moments are by the database's clock."""

from __future__ import annotations

import time
from typing import Any

import sqlalchemy as sa

from bot.store.database import insert_into
from bot.store.tables import heartbeats


class Heartbeats:
    def __init__(self, database: sa.Engine) -> None:
        self._database = database

    def start(self, executor: str, at: float | None = None) -> None:
        """The first one. `at`: another moment than now."""
        moment = self._now() if at is None else at
        with self._database.begin() as db:
            db.execute(
                insert_into(self._database, heartbeats)
                .values(executor=executor, at=moment)
                .on_conflict_do_update(index_elements=["executor"], set_={"at": moment, "taken_over": None})
            )

    def renew(self, executor: str) -> bool:
        """False if another worker has taken over this one's work: it can't be renewed any more."""
        mine = sa.and_(heartbeats.c.executor == executor, heartbeats.c.taken_over.is_(None))
        with self._database.begin() as db:
            return db.execute(sa.update(heartbeats).where(mine).values(at=self._now())).rowcount > 0

    def take_over(self, executor: str, silent_for: float) -> bool:
        """From now on it can't be renewed. False if it was renewed meanwhile."""
        silent = sa.or_(heartbeats.c.taken_over.is_not(None), heartbeats.c.at < self._now() - silent_for)
        found = sa.and_(heartbeats.c.executor == executor, silent)
        with self._database.begin() as db:
            updated = db.execute(sa.update(heartbeats).where(found).values(taken_over=self._now()))
            return updated.rowcount > 0

    def silent_for(self, seconds: float) -> list[str]:
        silent = heartbeats.c.at < self._now() - seconds
        return self._executors(sa.or_(silent, heartbeats.c.taken_over.is_not(None)))

    def beating_within(self, seconds: float) -> list[str]:
        return self._executors(
            sa.and_(heartbeats.c.at >= self._now() - seconds, heartbeats.c.taken_over.is_(None))
        )

    def all_executors(self) -> list[str]:
        """Those that beat, and those whose work has not been taken over yet."""
        return self._executors(sa.true())

    def _executors(self, which: sa.ColumnElement[bool]) -> list[str]:
        with self._database.connect() as db:
            return list(db.execute(sa.select(heartbeats.c.executor).where(which)).scalars())

    def forget(self, executor: str) -> None:
        with self._database.begin() as db:
            db.execute(sa.delete(heartbeats).where(heartbeats.c.executor == executor))

    def _now(self) -> Any:
        if self._database.dialect.name == "postgresql":
            return sa.cast(sa.func.extract("epoch", sa.func.clock_timestamp()), sa.Float)
        return time.time()
