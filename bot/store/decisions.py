"""What Drover did with each migration, and why: a line a decision. A lost one is lost; what GitHub tells is not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from bot.store.migration import Migration
from bot.store.tables import decisions

MOST_DECISIONS = 1_000
"""Of a migration: the newest."""


@dataclass(frozen=True)
class Decision:
    at: float
    what: str
    why: str


class Decisions:
    def __init__(self, database: sa.Engine) -> None:
        self._database = database

    def record(self, migration: Migration, full_name: str, decision: Decision) -> None:
        """Unless the last one says the same."""
        mine = _are_of(migration.repo_id, migration.issue)
        newest = sa.select(decisions).where(mine).order_by(decisions.c.id.desc())
        with self._database.begin() as db:
            last = db.execute(newest.limit(1)).first()
            if last is not None and (last.what, last.why) == (decision.what, decision.why):
                return
            db.execute(
                sa.insert(decisions).values(
                    repo_id=migration.repo_id,
                    issue=migration.issue,
                    name_key=full_name.lower(),
                    at=decision.at,
                    what=decision.what,
                    why=decision.why,
                )
            )
            oldest = db.execute(newest.offset(MOST_DECISIONS).limit(1)).first()
            if oldest is not None:
                db.execute(sa.delete(decisions).where(mine, decisions.c.id <= oldest.id))

    def newest(self, repo_id: int, issue: int, most: int = MOST_DECISIONS) -> list[Decision]:
        """The newest first."""
        query = sa.select(decisions).where(_are_of(repo_id, issue)).order_by(decisions.c.id.desc())
        with self._database.connect() as db:
            return [Decision(row.at, row.what, row.why) for row in db.execute(query.limit(most))]

    def repository_of(self, full_name: str, issue: int) -> int | None:
        """The repository that had a decision under this name last."""
        query = (
            sa.select(decisions.c.repo_id)
            .where(decisions.c.name_key == full_name.lower(), decisions.c.issue == issue)
            .order_by(decisions.c.id.desc())
            .limit(1)
        )
        with self._database.connect() as db:
            return db.execute(query).scalar()

    def migrations(self) -> Sequence[tuple[str, int]]:
        """The name and the issue of each that has decisions."""
        query = sa.select(decisions.c.name_key, decisions.c.issue).distinct()
        with self._database.connect() as db:
            return [(row.name_key, row.issue) for row in db.execute(query)]


def _are_of(repo_id: int, issue: int) -> sa.ColumnElement[bool]:
    return sa.and_(decisions.c.repo_id == repo_id, decisions.c.issue == issue)
