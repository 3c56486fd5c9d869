"""Why a phase could not be published, for one commit of the default branch and one plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from bot.store.database import insert_into
from bot.store.tables import troubles


@dataclass(frozen=True)
class PhaseProblem:
    text: str
    at: float


class PhaseProblems:
    def __init__(self, database: sa.Engine) -> None:
        self._database = database

    def set(
        self, repo_id: int, issue: int, phase: int, slice_key: str, over: str, text: str, at: float
    ) -> None:
        row = {"over": over, "text": text, "at": at}
        with self._database.begin() as db:
            db.execute(
                insert_into(self._database, troubles)
                .values(repo_id=repo_id, issue=issue, phase=phase, slice=slice_key, **row)
                .on_conflict_do_update(index_elements=["repo_id", "issue", "phase", "slice"], set_=row)
            )

    def get(
        self, repo_id: int, issue: int, phase: int, slice_key: str, over: Sequence[str]
    ) -> PhaseProblem | None:
        query = sa.select(troubles).where(_is_of(repo_id, issue, phase, slice_key), troubles.c.over.in_(over))
        with self._database.connect() as db:
            row = db.execute(query).first()
        return PhaseProblem(row.text, row.at) if row is not None else None

    def clear(self, repo_id: int, issue: int, phase: int, slice_key: str) -> None:
        with self._database.begin() as db:
            db.execute(sa.delete(troubles).where(_is_of(repo_id, issue, phase, slice_key)))


def _is_of(repo_id: int, issue: int, phase: int, slice_key: str) -> sa.ColumnElement[bool]:
    return sa.and_(
        troubles.c.repo_id == repo_id,
        troubles.c.issue == issue,
        troubles.c.phase == phase,
        troubles.c.slice == slice_key,
    )
