"""Waits that GitHub asked for, the moments of writes, and points, shared by every process."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import sqlalchemy as sa

from bot.store.database import insert_into
from bot.store.tables import points, waits, writes

Write = tuple[float, bool]
"""When, and whether it was content."""
REMEMBERED = 3600.0
POINTS_COUNT_FOR = 66.0
_LOCK = 0x64726F76 << 32
"""Sets the keys of these locks apart from those of others in the same database."""


class StoredWaits:
    def __init__(self, database: sa.Engine) -> None:
        self._database = database

    def wait_until(self, installation: int) -> tuple[float, str] | None:
        query = sa.select(waits.c.until, waits.c.why).where(waits.c.installation == installation)
        with self._database.connect() as db:
            row = db.execute(query).first()
        return (row.until, row.why) if row is not None and row.until > time.time() else None

    def set_wait(self, installation: int, until: float, why: str) -> None:
        with self._database.begin() as db:
            db.execute(
                insert_into(self._database, waits)
                .values(installation=installation, until=until, why=why)
                .on_conflict_do_update(
                    index_elements=["installation"],
                    set_={"until": until, "why": why},
                    where=waits.c.until < until,
                )
            )

    def reserve_write(
        self, installation: int, now: float, choose: Callable[[Sequence[Write]], Write | None]
    ) -> None:
        """Adds the chosen one to the writes of the last hour, which nobody else reads meanwhile."""
        mine = writes.c.installation == installation
        with self._database.begin() as db:
            self._lock(db, installation)
            db.execute(sa.delete(writes).where(mine, writes.c.at <= now - REMEMBERED))
            rows = db.execute(sa.select(writes.c.at, writes.c.content).where(mine).order_by(writes.c.at))
            chosen = choose([(row.at, row.content) for row in rows])
            if chosen is not None:
                at, content = chosen
                db.execute(sa.delete(writes).where(mine, ~writes.c.content))
                db.execute(sa.insert(writes).values(installation=installation, at=at, content=content))

    def reserve_points(
        self, installation: int, now: float, choose: Callable[[Sequence[tuple[float, int]]], int]
    ) -> None:
        """Adds the chosen number to those of the last minute, which nobody else reads meanwhile."""
        mine = points.c.installation == installation
        with self._database.begin() as db:
            self._lock(db, installation)
            db.execute(sa.delete(points).where(mine, points.c.at <= now - POINTS_COUNT_FOR))
            rows = db.execute(sa.select(points.c.at, points.c.points).where(mine).order_by(points.c.at))
            if chosen := choose([(row.at, row.points) for row in rows]):
                db.execute(sa.insert(points).values(installation=installation, at=now, points=chosen))

    def _lock(self, db: sa.Connection, installation: int) -> None:
        """Until the transaction ends. SQLite has one writer at a time, from its first change on."""
        if self._database.dialect.name == "postgresql":
            db.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK ^ installation)))
