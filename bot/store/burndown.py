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


class Burndown:
    def __init__(self, database: sa.Engine) -> None:
        self._database = database

    def record(self, migration: Migration, sha: str, remaining: int, at: float) -> None:
        row = {"repo_id": migration.repo_id, "issue": migration.issue, "sha": sha}
        with self._database.begin() as db:
            db.execute(
                insert_into(self._database, counts)
                .values(**row, at=at, remaining=remaining)
                .on_conflict_do_update(
                    index_elements=["repo_id", "issue", "sha"], set_={"remaining": remaining}
                )
            )

    def points(self, migration: Migration) -> list[BurndownPoint]:
        query = (
            sa.select(counts)
            .where(counts.c.repo_id == migration.repo_id, counts.c.issue == migration.issue)
            .order_by(counts.c.at)
        )
        with self._database.connect() as db:
            return [BurndownPoint(row.sha, row.at, row.remaining) for row in db.execute(query)]


def thinned(points: Sequence[BurndownPoint], most: int) -> list[BurndownPoint]:
    """At most so many of them, evenly spread, always with the first and the last."""
    if len(points) <= most:
        return list(points)
    step = (len(points) - 1) / (most - 1)
    return [points[round(i * step)] for i in range(most)]
