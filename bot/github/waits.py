"""What the processes of one installation share: the waits that GitHub asked for, the moments of writes, and points."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Protocol

CONTENT_LIMITS = ((75, 60.0), (480, 3600.0))
"""Content-creating writes within so many seconds; GitHub refuses beyond 80 and 500."""
REMEMBERED = 3600.0


Write = tuple[float, bool]
"""When; and whether it is content, of which people are notified: that has limits of its own."""
Choose = Callable[[Sequence[Write]], Write | None]
"""From the writes of the last hour, oldest first, the next one; None if it has to wait for longer."""


POINTS_A_MINUTE = 850
"""GitHub refuses beyond 900."""
POINTS_COUNT_FOR = 66.0
"""A minute, and the seconds in which they may be spent after they were taken."""
BLOCK, BLOCK_SECONDS = 25, 5.0
"""Points that a process takes at once, and the seconds in which it may spend them."""
SpentPoints = tuple[float, int]
"""When they were taken, and how many."""
ChoosePoints = Callable[[Sequence[SpentPoints]], int]
"""From the points of the last minute, oldest first, how many more are taken."""


class Waits(Protocol):
    """The waits that all processes share."""

    def wait_until(self, installation: int) -> tuple[float, str] | None: ...

    def set_wait(self, installation: int, until: float, why: str) -> None: ...

    def reserve_write(self, installation: int, now: float, choose: Choose) -> None:
        """Add the chosen write; no other process chooses at the same time."""

    def reserve_points(self, installation: int, now: float, choose: ChoosePoints) -> None:
        """Add the chosen points in the same way."""


class LocalWaits:
    """For a single process."""

    def __init__(self) -> None:
        self._waits: dict[int, tuple[float, str]] = {}
        self._writes: defaultdict[int, list[Write]] = defaultdict(list)
        self._points: defaultdict[int, list[SpentPoints]] = defaultdict(list)

    def wait_until(self, installation: int) -> tuple[float, str] | None:
        return self._waits.get(installation)

    def set_wait(self, installation: int, until: float, why: str) -> None:
        known = self._waits.get(installation)
        if known is None or known[0] < until:
            self._waits[installation] = (until, why)

    def reserve_write(self, installation: int, now: float, choose: Choose) -> None:
        writes = self._writes[installation]
        chosen = choose(writes)
        if chosen is not None:
            kept = [one for one in writes if one[1] and one[0] > now - REMEMBERED]
            self._writes[installation] = [*kept, chosen]

    def reserve_points(self, installation: int, now: float, choose: ChoosePoints) -> None:
        points = [one for one in self._points[installation] if one[0] > now - POINTS_COUNT_FOR]
        if chosen := choose(points):
            points.append((now, chosen))
        self._points[installation] = points


def next_write(writes: Sequence[Write], now: float, pause: float, content: bool) -> float:
    """The moment from which one more write keeps to the pause and, for content, to its limits."""
    moments = [now, *(at + pause for at, _ in writes[-1:])]
    if content:
        created = [at for at, is_content in writes if is_content]
        moments += [created[-most] + seconds for most, seconds in CONTENT_LIMITS if len(created) >= most]
    return max(moments)


def points_free_at(points: Sequence[SpentPoints], now: float, most: int = POINTS_A_MINUTE) -> float:
    """The moment from which one more block of points keeps to what GitHub allows in a minute."""
    over, at = sum(spent for _, spent in points) + BLOCK - most, now
    for taken, spent in points:
        if over <= 0:
            break
        over, at = over - spent, taken + POINTS_COUNT_FOR
    return at
