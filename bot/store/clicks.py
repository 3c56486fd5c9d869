"""Under which delivery id a tick or a press of a button came first: the id of a delivery is not signed."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

import sqlalchemy as sa

from bot.store.database import insert_into
from bot.store.tables import clicks


class Click(Protocol):
    @property
    def digest(self) -> str:
        """Of the signed body."""

    @property
    def delivery(self) -> str: ...
    @property
    def at(self) -> float: ...


class Clicks:
    def __init__(self, database: sa.Engine) -> None:
        self._database = database

    def record_all(self, found: Collection[Click]) -> set[str]:
        """The delivery ids of those that came under another id before."""
        insert = insert_into(self._database, clicks).on_conflict_do_nothing()
        with self._database.begin() as db:
            for one in found:
                db.execute(insert.values(digest=one.digest, delivery=one.delivery, at=one.at))
            return {one.delivery for one in found if self._first_delivery(db, one.digest) != one.delivery}

    def came_before(self, click: Click) -> bool:
        """Whether it came under another id."""
        with self._database.connect() as db:
            return self._first_delivery(db, click.digest) not in (None, click.delivery)

    def _first_delivery(self, db: sa.Connection, digest: str) -> str | None:
        return db.execute(sa.select(clicks.c.delivery).where(clicks.c.digest == digest)).scalar()
