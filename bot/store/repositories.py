"""The repositories of each installation, and when each was last asked for its tracking issues."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from bot.store.database import insert_into
from bot.store.tables import repositories

FORGOTTEN_AFTER = 30 * 86400.0
"""Seconds after which the repositories of an installation that is no longer listed are dropped."""


@dataclass(frozen=True)
class KnownRepository:
    id: int
    full_name: str


class Repositories:
    def __init__(self, database: sa.Engine) -> None:
        self._database = database

    def listed_at(self, installation: int) -> float:
        """When GitHub was last asked for them; 0 where none are known."""
        query = sa.select(sa.func.max(repositories.c.listed)).where(
            repositories.c.installation == installation
        )
        with self._database.connect() as db:
            return db.execute(query).scalar() or 0.0

    def keep(self, installation: int, found: Iterable[KnownRepository], now: float) -> None:
        """Those of an installation are these and no others. What another installation has read is read again."""
        rows = [
            {"repo_id": one.id, "installation": installation, "full_name": one.full_name, "listed": now}
            for one in found
        ]
        insert = insert_into(self._database, repositories).values(read=0.0)
        new = insert.excluded
        read = sa.case((repositories.c.installation == new.installation, repositories.c.read), else_=0.0)
        changed = {"installation": new.installation, "full_name": new.full_name, "listed": new.listed}
        gone = sa.and_(repositories.c.installation == installation, repositories.c.listed < now)
        with self._database.begin() as db:
            if rows:
                insert = insert.on_conflict_do_update(
                    index_elements=["repo_id"], set_={**changed, "read": read}
                )
                db.execute(insert, rows)
            db.execute(
                sa.delete(repositories).where(sa.or_(gone, repositories.c.listed < now - FORGOTTEN_AFTER))
            )

    def forget(self, installation: int) -> None:
        with self._database.begin() as db:
            db.execute(sa.delete(repositories).where(repositories.c.installation == installation))

    def unread(self, installation: int, most: int) -> list[KnownRepository]:
        return self._select(installation, repositories.c.read == 0, most)

    def least_recently_read(self, installation: int, most: int) -> list[KnownRepository]:
        return self._select(installation, repositories.c.read > 0, most)

    def _select(self, installation: int, which: sa.ColumnElement[bool], most: int) -> list[KnownRepository]:
        query = (
            sa.select(repositories.c.repo_id, repositories.c.full_name)
            .where(repositories.c.installation == installation, which)
            .order_by(repositories.c.read, repositories.c.repo_id)
            .limit(most)
        )
        with self._database.connect() as db:
            return [KnownRepository(row.repo_id, row.full_name) for row in db.execute(query)]

    def note_read(self, found: Iterable[KnownRepository], now: float) -> None:
        mine = repositories.c.repo_id.in_([one.id for one in found])
        with self._database.begin() as db:
            db.execute(sa.update(repositories).where(mine).values(read=now))
