"""GitHub's rate limits: the hourly one and the secondary ones."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

from sandbox.controls.clock import Clock

Resource = Literal["core", "graphql"]
SecondaryLimitStatus = Literal["403", "429", "422"]
READ_POINTS, WRITE_POINTS = 1, 5
ANONYMOUS_CALLER = "nobody"
ANONYMOUS_LIMIT = 60
"""Requests per hour without authentication."""
DEFAULT_WAIT = 60
"""Seconds to wait where no window tells when requests are allowed again."""
INCLUDED_REPOSITORIES = 20
REQUESTS_A_REPOSITORY = 0.01
"""The share of the hourly limit by which each further repository of an installation raises it: 50 of 5,000."""
MOST_TIMES = 2.5
"""12,500 of 5,000."""

WRITE_SECONDS = 0.95
"""GitHub asks for a second between two writes. It may refuse what is closer; the sandbox only counts it."""
TOO_CLOSE = "a second between writes"


class SlidingWindow:
    """What was spent within the last seconds."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.sum = 0
        self._spent: deque[tuple[float, int]] = deque()

    def spend(self, now: float, cost: int) -> None:
        self._spent.append((now, cost))
        self.sum += cost

    def seconds_until_room(self, now: float, cost: int, limit: int) -> int:
        """Return the whole seconds until the cost fits into the limit."""
        while self._spent and self._spent[0][0] <= now - self.seconds:
            self.sum -= self._spent.popleft()[1]
        over, free = self.sum + cost - limit, now
        for at, spent in self._spent:
            if over <= 0:
                break
            over, free = over - spent, at + self.seconds
        return 0 if free <= now else int(free - now) + 1


@dataclass
class RateLimit:
    """A caller's hourly limit and what is left of it."""

    limit: int
    remaining: int
    used: int
    reset: int
    resource: Resource = "core"

    @property
    def exceeded(self) -> bool:
        return self.used > self.limit


@dataclass
class HourlyUsage:
    used: int = 0
    reset: float = 0.0


@dataclass
class Totals:
    counted: int = 0
    """Requests that count against the hourly limits, GraphQL's among them."""
    free: int = 0
    """Those that were answered with 304."""
    content: int = 0
    """Those that created content."""


@dataclass
class CallerUsage:
    """What one caller has used."""

    hours: defaultdict[Resource, HourlyUsage] = field(default_factory=lambda: defaultdict(HourlyUsage))
    points: dict[Resource, SlidingWindow] = field(
        default_factory=lambda: {"core": SlidingWindow(60), "graphql": SlidingWindow(60)}
    )
    created: tuple[SlidingWindow, SlidingWindow] = field(
        default_factory=lambda: (SlidingWindow(60), SlidingWindow(3600))
    )
    running: int = 0
    last_write: float = 0.0


class Limits:
    def __init__(self, clock: Clock, repositories: Callable[[str], int] = lambda _who: 0) -> None:
        """`repositories` of a caller that is an installation: its hourly limit grows with them."""
        self._clock, self._repositories = clock, repositories
        self._usage: dict[str, CallerUsage] = {}
        self.primary = 5_000
        self.enforce_primary = True
        self.enforce_secondary = True
        self.refused_as: SecondaryLimitStatus = "403"
        """How a secondary limit is reported. GitHub has been seen to use all three."""
        self.concurrent = 100
        self.points_a_minute: dict[Resource, int] = {"core": 900, "graphql": 2_000}
        self.content_a_minute = 80
        self.content_an_hour = 500
        self.totals: defaultdict[str, Totals] = defaultdict(Totals)
        """What each caller has used in all hours together."""
        self.hits: Counter[str] = Counter()
        """How often each secondary limit was exceeded, whether enforced or not."""

    def scale(self, times: int) -> None:
        """Multiply the limits, as the operator of an Enterprise Server can."""
        self.primary *= times
        self.points_a_minute = {name: times * most for name, most in self.points_a_minute.items()}
        self.content_a_minute *= times
        self.content_an_hour *= times

    def usage(self, who: str) -> CallerUsage:
        return self._usage.setdefault(who, CallerUsage())

    # hourly limit

    def count(self, who: str, resource: Resource = "core") -> RateLimit:
        hour = self._hour(who, resource)
        if hour.used == 0:
            hour.reset = self._clock.seconds() + 3600
        hour.used += 1
        self.totals[who].counted += 1
        return self.current(who, resource)

    def refund(self, who: str, resource: Resource = "core") -> RateLimit:
        """Refund a request that was answered with 304."""
        hour = self._hour(who, resource)
        hour.used = max(0, hour.used - 1)
        self.totals[who].counted -= 1
        self.totals[who].free += 1
        return self.current(who, resource)

    def current(self, who: str, resource: Resource = "core") -> RateLimit:
        hour, limit = self._hour(who, resource), self._hourly_limit(who)
        reset = hour.reset or self._clock.seconds() + 3600
        return RateLimit(limit, max(0, limit - hour.used), hour.used, int(reset), resource)

    def exhaust(self, who: str, resource: Resource = "core") -> None:
        """Use up the hour's requests."""
        hour = self._hour(who, resource)
        hour.used, hour.reset = self._hourly_limit(who), self._clock.seconds() + 3600

    def _hourly_limit(self, who: str) -> int:
        if who == ANONYMOUS_CALLER:
            return min(self.primary, ANONYMOUS_LIMIT)
        further = max(0, self._repositories(who) - INCLUDED_REPOSITORIES)
        return round(self.primary * min(MOST_TIMES, 1 + further * REQUESTS_A_REPOSITORY))

    def _hour(self, who: str, resource: Resource) -> HourlyUsage:
        hour = self.usage(who).hours[resource]
        if hour.used and hour.reset <= self._clock.seconds():
            hour.used, hour.reset = 0, 0.0
        return hour

    # secondary limits

    @contextmanager
    def running(self, who: str) -> Iterator[None]:
        usage = self.usage(who)
        usage.running += 1
        try:
            yield
        finally:
            usage.running -= 1

    def create(self, who: str, times: int) -> None:
        """Count this many creations, as if others had made them."""
        for window in self.usage(who).created:
            window.spend(self._clock.seconds(), times)

    def check_secondary(
        self, who: str, *, writes: bool, creates: bool, resource: Resource = "core"
    ) -> int | None:
        """Count a request, even if refused, and return the seconds to wait if it exceeds a secondary limit."""
        usage, now = self.usage(who), self._clock.seconds()
        cost = WRITE_POINTS if writes else READ_POINTS
        if writes:
            if now - usage.last_write < WRITE_SECONDS:
                self.hits[TOO_CLOSE] += 1
            usage.last_write = now
        met = self._exceeded_limit(usage, now, cost, creates, resource)
        usage.points[resource].spend(now, cost)
        if met:
            self.hits[met[0]] += 1
            if self.enforce_secondary:
                return met[1]
        if creates:
            self.totals[who].content += 1
            for window in usage.created:
                window.spend(now, 1)
        return None

    def _exceeded_limit(
        self, usage: CallerUsage, now: float, cost: int, creates: bool, resource: Resource
    ) -> tuple[str, int] | None:
        if usage.running >= self.concurrent:
            return "concurrent", DEFAULT_WAIT
        waits = {
            "points": usage.points[resource].seconds_until_room(now, cost, self.points_a_minute[resource])
        }
        if creates:
            minute, hour = usage.created
            waits["content a minute"] = minute.seconds_until_room(now, 1, self.content_a_minute)
            waits["content an hour"] = hour.seconds_until_room(now, 1, self.content_an_hour)
        met = max(waits.items(), key=lambda one: one[1])
        return met if met[1] else None
