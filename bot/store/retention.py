"""How long rows are kept that nothing else removes: all of it can be lost, and must not grow without end."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from bot.store.tables import (
    clicks,
    counts,
    decisions,
    heads,
    heartbeats,
    intents,
    overviews,
    points,
    pushes,
    troubles,
    waits,
    writes,
)

DAY = 86400.0
KEPT_FOR: Mapping[sa.Column[float], float] = {
    intents.c.asked: 90 * DAY,
    clicks.c.at: 365 * DAY,
    heads.c.pushed: 365 * DAY,
    counts.c.at: 730 * DAY,
    overviews.c.at: 365 * DAY,
    decisions.c.at: 365 * DAY,
    troubles.c.at: 180 * DAY,
    pushes.c.last: DAY,
    waits.c.until: DAY,
    writes.c.at: DAY,
    points.c.at: DAY,
    heartbeats.c.at: 7 * DAY,
}
"""Seconds after the moment that a column says."""


class Retention:
    def __init__(self, database: sa.Engine) -> None:
        self._database = database

    def forget_old(self, now: float) -> int:
        """How many rows were removed."""
        forgotten = 0
        for column, seconds in KEPT_FOR.items():
            with self._database.begin() as db:
                found = db.execute(sa.delete(column.table).where(column < now - seconds))
                forgotten += max(0, found.rowcount)
        return forgotten
