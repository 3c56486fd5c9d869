"""How fast a migration goes, and how long the rest will take at that pace. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.decide.history import RemainingAt

FEWEST_POINTS = 4
SHORTEST_SECONDS = 86400.0
"""Less than a day says nothing about the next ones."""
SMALLEST_SHARE = 0.05
"""Of all references: less says nothing about the rest."""


@dataclass(frozen=True)
class Pace:
    since: float
    per_day: float
    days_left: float


def pace(points: Sequence[RemainingAt], left: int, now: float) -> Pace | None:
    """Since the count was highest. None if there's nothing left, or not enough happened to tell."""
    most = max((point.remaining for point in points), default=0)
    start = next((at for at in range(len(points) - 1, -1, -1) if points[at].remaining == most), 0)
    since = points[start:]
    if left <= 0 or len(since) < FEWEST_POINTS or now - since[0].at < SHORTEST_SECONDS:
        return None
    if most - left < most * SMALLEST_SHARE:
        return None
    per_day = (most - left) / ((now - since[0].at) / 86400)
    return Pace(since[0].at, per_day, left / per_day)
