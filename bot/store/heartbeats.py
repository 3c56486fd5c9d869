"""Which workers are alive."""

from __future__ import annotations

import sqlalchemy as sa

from bot.store.database import insert_into
from bot.store.tables import heartbeats


class Heartbeats:
    def __init__(self, database: sa.Engine) -> None:
        self._database = database

    def beat(self, executor: str, now: float) -> None:
        with self._database.begin() as db:
            db.execute(
                insert_into(self._database, heartbeats)
                .values(executor=executor, at=now)
                .on_conflict_do_update(index_elements=["executor"], set_={"at": now})
            )

    def silent_since(self, moment: float) -> list[str]:
        return self._executors(heartbeats.c.at < moment)

    def beating_since(self, moment: float) -> list[str]:
        return self._executors(heartbeats.c.at >= moment)

    def _executors(self, which: sa.ColumnElement[bool]) -> list[str]:
        with self._database.connect() as db:
            return list(db.execute(sa.select(heartbeats.c.executor).where(which)).scalars())

    def forget(self, executor: str) -> None:
        with self._database.begin() as db:
            db.execute(sa.delete(heartbeats).where(heartbeats.c.executor == executor))
