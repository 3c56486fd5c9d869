"""How many references were left at which commit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from bot.store.database import insert_into
from bot.store.migration import Migration
from bot.store.tables import counts


@dataclass(frozen=True)
class BurndownPoint:
    sha: str
    at: float
    remaining: int


MOST_POINTS, NEWEST_POINTS, OLDER_POINTS = 400, 150, 150
"""Of a migration; beyond, its older points become fewer."""


class Burndown:
    def __init__(self, database: sa.Engine) -> None:
        self._database = database

    def record(self, migration: Migration, sha: str, remaining: int, at: float) -> None:
        mine = _are_of(migration)
        row = {"repo_id": migration.repo_id, "issue": migration.issue, "sha": sha}
        known = sa.select(counts.c.remaining).where(mine, counts.c.sha == sha)
        with self._database.begin() as db:
            if db.execute(known).scalar() == remaining:
                return
            db.execute(
                insert_into(self._database, counts)
                .values(**row, at=at, remaining=remaining)
                .on_conflict_do_update(
                    index_elements=["repo_id", "issue", "sha"], set_={"remaining": remaining}
                )
            )
            if db.execute(sa.select(sa.func.count()).where(mine)).scalar_one() > MOST_POINTS:
                self._thin(db, mine)

    def _thin(self, db: sa.Connection, mine: sa.ColumnElement[bool]) -> None:
        """Of all but the newest, leave the first in each of so many equal spans of time."""
        rows = db.execute(sa.select(counts.c.sha, counts.c.at).where(mine).order_by(counts.c.at)).all()
        older = rows[:-NEWEST_POINTS]
        first, span = older[0].at, (older[-1].at - older[0].at) / OLDER_POINTS or 1.0
        kept: dict[int, str] = {}
        for row in older:
            kept.setdefault(int((row.at - first) / span), row.sha)
        removed = {row.sha for row in older} - {*kept.values()}
        db.execute(sa.delete(counts).where(mine, counts.c.sha.in_(removed)))

    def last_commit_before(self, migration: Migration, sha: str) -> str:
        """The one that was counted last, besides that one; empty where there is none."""
        query = (
            sa.select(counts.c.sha)
            .where(_are_of(migration), counts.c.sha != sha)
            .order_by(counts.c.at.desc())
            .limit(1)
        )
        with self._database.connect() as db:
            return db.execute(query).scalar() or ""

    def points(self, migration: Migration) -> list[BurndownPoint]:
        query = sa.select(counts).where(_are_of(migration)).order_by(counts.c.at)
        with self._database.connect() as db:
            return [BurndownPoint(row.sha, row.at, row.remaining) for row in db.execute(query)]


def thin_out(points: Sequence[BurndownPoint], most: int) -> list[BurndownPoint]:
    """At most so many of them, evenly spread, always with the first and the last."""
    if len(points) <= most:
        return list(points)
    step = (len(points) - 1) / (most - 1)
    return [points[round(i * step)] for i in range(most)]


def _are_of(migration: Migration) -> sa.ColumnElement[bool]:
    return sa.and_(counts.c.repo_id == migration.repo_id, counts.c.issue == migration.issue)
