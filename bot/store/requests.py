"""What people requested where GitHub doesn't keep it: ticked boxes, clicked buttons, comments that no look reads."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from bot.store.database import insert_into
from bot.store.migration import Migration
from bot.store.tables import intents

MOST_AT_ONCE = 200
"""Those beyond wait until these have an outcome."""


NewRequest = tuple[Migration, str, Mapping[str, Any], float]
"""Whose it is, its id, what it asks for, and when."""


class Requests:
    def __init__(self, database: sa.Engine) -> None:
        self._database = database

    def add_all(self, requests: Iterable[NewRequest]) -> set[str]:
        """The ids of those that were not known: each is kept once."""
        rows = [
            {
                "id": request_id,
                "repo_id": migration.repo_id,
                "issue": migration.issue,
                "asked": asked,
                "intent": json.dumps(request, sort_keys=True),
                "outcome": None,
            }
            for migration, request_id, request, asked in requests
        ]
        insert = insert_into(self._database, intents).on_conflict_do_nothing().returning(intents.c.id)
        with self._database.begin() as db:
            return {id for row in rows for id in db.execute(insert.values(row)).scalars()}

    def close(self, request_id: str, outcome: str) -> None:
        with self._database.begin() as db:
            db.execute(sa.update(intents).where(intents.c.id == request_id).values(outcome=outcome))

    def open_ones(self, migration: Migration) -> list[Mapping[str, Any]]:
        """The oldest of those without an outcome."""
        query = (
            sa.select(intents.c.intent)
            .where(_are_of(migration), intents.c.outcome.is_(None))
            .order_by(intents.c.asked, intents.c.id)
            .limit(MOST_AT_ONCE)
        )
        with self._database.connect() as db:
            return [json.loads(text) for text in db.execute(query).scalars()]

    def ticked_boxes(self, migration: Migration, comment: int, since: float) -> frozenset[str]:
        """The boxes of a comment of which a delivery has said since then that they were ticked."""
        query = sa.select(intents.c.intent).where(
            _are_of(migration),
            intents.c.asked >= since,
            intents.c.id.startswith(f"box-{comment}-", autoescape=True),
        )
        with self._database.connect() as db:
            return frozenset(json.loads(text)["box"] for text in db.execute(query).scalars())


def _are_of(migration: Migration) -> sa.ColumnElement[bool]:
    return sa.and_(intents.c.repo_id == migration.repo_id, intents.c.issue == migration.issue)
