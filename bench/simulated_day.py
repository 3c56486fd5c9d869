"""A day of an organization: an hour at rest and a working hour at full size, and what each kind of event costs."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import cycle, islice

from bench.organization import ActiveMigration, Organization, Requests, organization

WORKING_HOURS = 10
SWEEPS_AN_HOUR = 6
SECONDS_BETWEEN = 3600 / SWEEPS_AN_HOUR


@dataclass(frozen=True)
class EventKind:
    name: str
    a_day: float
    """For each active migration."""
    happens: Callable[[Organization, ActiveMigration], Awaitable[None]]


EVENTS = (
    EventKind("push to the default branch", 3, Organization.push),
    EventKind("result of a check on a phase", 1, Organization.report_result),
    EventKind("pull request of somebody's", 1, Organization.open_pull),
    EventKind("command in a comment", 0.5, Organization.comment),
    EventKind("merge of a phase", 0.1, Organization.merge_phase),
    EventKind("start of a phase", 0.1, Organization.start_phase),
)
SWEEP = "sweep"


@dataclass(frozen=True)
class Cost:
    name: str
    times: int
    requests: Requests


@dataclass(frozen=True)
class SimulatedDay:
    repositories: int
    migrations: int
    hourly_limit: int
    content_limit: int
    at_rest: Requests
    working: tuple[Cost, ...]
    refusals: Mapping[str, int]
    """By the limit that was exceeded."""

    @property
    def working_hour(self) -> Requests:
        return sum((one.requests for one in self.working), Requests())

    @property
    def day(self) -> Requests:
        rest = [self.at_rest] * (24 - WORKING_HOURS)
        return sum((*rest, *[self.working_hour] * WORKING_HOURS), Requests())

    @property
    def share(self) -> float:
        """The busiest hour's, of the limit that is nearest."""
        used = self.working_hour
        return max(used.counted / self.hourly_limit, used.content / self.content_limit)

    def __str__(self) -> str:
        head = ["in an hour", "times", "requests", "each", "answered with 304", "new content"]
        rows = [[one.name, f"{one.times:,}", *_cells(one.requests, one.times)] for one in self.working]
        rows.append(["**a working hour**", "", *_cells(self.working_hour)])
        rows.append(["**an hour at rest**", "", *_cells(self.at_rest)])
        rows.append([f"**a day** ({WORKING_HOURS} working hours)", "", *_cells(self.day)])
        table = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
        return "\n".join(
            [
                f"{self.repositories:,} repositories, {self.migrations} active migrations. "
                f"GitHub allows {self.hourly_limit:,} requests an hour and {self.content_limit} of new content: "
                f"a working hour takes {self.share:.0%}, "
                f"an hour at rest {self.at_rest.counted / self.hourly_limit:.1%}. "
                f"Refused for a limit: {_counted(self.refusals)}.",
                "",
                *("| " + " | ".join(row) + " |" for row in table),
            ]
        )


def _counted(refusals: Mapping[str, int]) -> str:
    return ", ".join(f"{number} ({limit})" for limit, number in refusals.items()) or "none"


def _cells(used: Requests, times: int = 0) -> list[str]:
    each = f"{used.counted / times:.1f}" if times else ""
    return [f"{used.counted:,}", each, f"{used.free:,}", f"{used.content:,}"]


async def simulate(repositories: int, migrations: int) -> SimulatedDay:
    async with organization(repositories, migrations) as place:
        at_rest = await _hour(place, ())
        working = await _hour(place, [(kind, _times(kind, migrations)) for kind in EVENTS])
        return SimulatedDay(
            repositories,
            migrations,
            place.hourly_limit,
            place.content_limit,
            sum((one.requests for one in at_rest), Requests()),
            working,
            place.refusals,
        )


def _times(kind: EventKind, migrations: int) -> int:
    return math.ceil(kind.a_day * migrations / WORKING_HOURS)


async def _hour(place: Organization, events: Sequence[tuple[EventKind, int]]) -> tuple[Cost, ...]:
    """The sweeps of an hour, and between them the events, of each kind with one migration after another. What was
    read in the hour before costs its full price again."""
    place.wait_until(place.now + 3600)
    begins, costs = place.now, {SWEEP: Requests(), **{kind.name: Requests() for kind, _ in events}}
    turns: dict[str, Iterator[ActiveMigration]] = {kind.name: cycle(place.migrations) for kind, _ in events}
    for number in range(SWEEPS_AN_HOUR):
        costs[SWEEP] += await place.measured(place.sweep)
        for kind, times in events:
            count = times * (number + 1) // SWEEPS_AN_HOUR - times * number // SWEEPS_AN_HOUR
            work = partial(_all, place, kind, list(islice(turns[kind.name], count)))
            costs[kind.name] += await place.measured(work)
        place.wait_until(begins + (number + 1) * SECONDS_BETWEEN)
    times_of = {SWEEP: SWEEPS_AN_HOUR, **{kind.name: times for kind, times in events}}
    return tuple(Cost(name, times_of[name], used) for name, used in costs.items())


async def _all(place: Organization, kind: EventKind, migrations: Sequence[ActiveMigration]) -> None:
    for one in migrations:
        await kind.happens(place, one)
