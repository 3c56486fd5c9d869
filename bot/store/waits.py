"""Waits that GitHub asked for, shared by every process."""

from __future__ import annotations

import time

import sqlalchemy as sa

from bot.store.database import insert_into
from bot.store.tables import waits


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
