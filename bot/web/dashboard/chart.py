"""The burndown as a path: a count holds until the next one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.store.overviews import StoredOverview

WIDTH, HEIGHT = 600, 200


@dataclass(frozen=True)
class Chart:
    line: str
    """In a box of `WIDTH` by `HEIGHT`, from the first count to the last."""
    area: str
    grid: tuple[int, ...]
    """What the horizontal lines stand for, from the top to 0."""
    points: tuple[tuple[float, int], ...]

    @property
    def spans_days(self) -> bool:
        return self.points[-1][0] - self.points[0][0] > 3 * 86400


def chart(stored: StoredOverview) -> Chart | None:
    """None before there are two counts."""
    points = _points(stored)
    if len(points) < 2 or points[-1][0] <= points[0][0]:
        return None
    top = _top(max(stored.overview.whole, *(left for _, left in points)))
    line = _steps(points, top)
    return Chart(line, f"{line}V{HEIGHT}H0Z", (top, top // 2, 0), points)


def _points(stored: StoredOverview) -> tuple[tuple[float, int], ...]:
    """With the last look, at which nothing need have changed."""
    points = list(stored.overview.burndown)
    if points and stored.at > points[-1][0]:
        points.append((stored.at, stored.overview.left))
    return tuple(points)


def _top(most: int) -> int:
    """An even number above all counts, of two digits that differ from 0."""
    unit: int = 10 ** max(0, len(str(most)) - 2)
    return max(2, -(-most // (2 * unit)) * 2 * unit)


def _steps(points: Sequence[tuple[float, int]], top: int) -> str:
    start, span = points[0][0], points[-1][0] - points[0][0]
    found = [f"M0,{_y(points[0][1], top)}"]
    found += [f"H{WIDTH * (at - start) / span:.1f}V{_y(left, top)}" for at, left in points[1:]]
    return "".join(found)


def _y(left: int, top: int) -> str:
    return f"{HEIGHT - HEIGHT * left / top:.1f}"
