"""Rate limits, really counted: 5,000 an hour, and the secondary ones that nobody can ask about."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field

from sandbox.clock import Clock

READ_POINTS, WRITE_POINTS = 1, 5


@dataclass
class Usage:
    """What one caller has used."""

    reset: float = 0.0
    used: int = 0
    points: deque[tuple[float, int]] = field(default_factory=deque)
    created: deque[float] = field(default_factory=deque)
    running: int = 0


@dataclass(frozen=True)
class Primary:
    limit: int
    remaining: int
    used: int
    reset: int

    @property
    def exceeded(self) -> bool:
        return self.used > self.limit


class Limits:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._usage: dict[str, Usage] = {}
        self.primary = 5_000
        self.enforce_primary = True
        self.enforce_secondary = False
        self.concurrent = 100
        self.points_a_minute = 900
        self.content_a_minute = 80
        self.content_an_hour = 500
        self.hits: Counter[str] = Counter()
        """How often each secondary limit was met, whether enforced or not."""

    def usage(self, who: str) -> Usage:
        return self._usage.setdefault(who, Usage())

    def count(self, who: str) -> Primary:
        usage, now = self._current(who), self._clock.seconds()
        if usage.used == 0:
            usage.reset = now + 3600
        usage.used += 1
        return self.look(who)

    def give_back(self, who: str) -> Primary:
        """A 304 is free."""
        usage = self._current(who)
        usage.used = max(0, usage.used - 1)
        return self.look(who)

    def look(self, who: str) -> Primary:
        usage = self._current(who)
        reset = usage.reset or self._clock.seconds() + 3600
        return Primary(self.primary, max(0, self.primary - usage.used), usage.used, int(reset))

    def exhaust(self, who: str) -> None:
        """A test's way to the last request of the hour."""
        usage = self._current(who)
        usage.used, usage.reset = self.primary, self._clock.seconds() + 3600

    def _current(self, who: str) -> Usage:
        usage = self.usage(who)
        if usage.used and usage.reset <= self._clock.seconds():
            usage.used, usage.reset = 0, 0.0
        return usage

    def secondary(self, who: str, *, writes: bool, creates: bool) -> int | None:
        """The seconds to wait where a secondary limit is met by this request."""
        usage, now = self.usage(who), self._clock.seconds()
        usage.points.append((now, WRITE_POINTS if writes else READ_POINTS))
        if creates:
            usage.created.append(now)
        _forget(usage, now)
        met = self._met(usage, now)
        if met is None:
            return None
        self.hits[met[0]] += 1
        return met[1] if self.enforce_secondary else None

    def _met(self, usage: Usage, now: float) -> tuple[str, int] | None:
        last_minute = [at for at in usage.created if at > now - 60]
        if usage.running >= self.concurrent:
            return "concurrent", 60
        if sum(points for _, points in usage.points) > self.points_a_minute:
            return "points", _wait(usage.points[0][0], 60, now)
        if len(last_minute) > self.content_a_minute:
            return "content a minute", _wait(last_minute[0], 60, now)
        if len(usage.created) > self.content_an_hour:
            return "content an hour", _wait(usage.created[0], 3600, now)
        return None


def _forget(usage: Usage, now: float) -> None:
    while usage.points and usage.points[0][0] <= now - 60:
        usage.points.popleft()
    while usage.created and usage.created[0] <= now - 3600:
        usage.created.popleft()


def _wait(oldest: float, window: int, now: float) -> int:
    return max(1, int(oldest + window - now) + 1)
