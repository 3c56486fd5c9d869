"""How long looks wait for a slot: a simulation of a working day, with the rules of `bot/engine/dispatcher.py`.

Simulated: when events come and how long a look takes. Not simulated: GitHub's limits, which `python -m bench.day` measures.
"""

from __future__ import annotations

import heapq
import random
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from bench.simulated_day import EVENTS, WORKING_HOURS

SWEPT_AN_HOUR = 60
"""Migrations of an installation that sweeps look at."""
LOOK_SECONDS, PHASE_SECONDS = 3.0, 30.0
"""Longer than measured, for a GitHub that takes its time: a look, and one that opens a phase or merges it."""
SLOTS = 4
"""Looks at once in a worker, of which one installation has one fewer."""


@dataclass(frozen=True)
class Demand:
    installations: int
    migrations: int

    def arrivals(self, dice: random.Random) -> Iterator[tuple[float, int, float]]:
        """When, of which installation, and for how long: in a working day."""
        seconds = WORKING_HOURS * 3600.0
        for kind in EVENTS:
            took = PHASE_SECONDS if "phase" in kind.name and "check" not in kind.name else LOOK_SECONDS
            for _ in range(round(kind.a_day * self.migrations)):
                yield dice.uniform(0, seconds), dice.randrange(self.installations), took
        swept = min(SWEPT_AN_HOUR, self.migrations // self.installations) * WORKING_HOURS
        for installation in range(self.installations):
            for _ in range(swept):
                yield dice.uniform(0, seconds), installation, LOOK_SECONDS


@dataclass
class LookQueue:
    slots: int
    installation_slots: int
    waiting: dict[int, deque[tuple[float, float]]] = field(default_factory=dict)
    running: Counter[int] = field(default_factory=Counter)
    ends: list[tuple[float, int]] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)

    def add(self, at: float, installation: int, took: float) -> None:
        self.advance(at)
        self.waiting.setdefault(installation, deque()).append((at, took))
        self._start(at)

    def advance(self, until: float) -> None:
        while self.ends and self.ends[0][0] <= until:
            at, installation = heapq.heappop(self.ends)
            self.running[installation] -= 1
            self._start(at)

    def _start(self, now: float) -> None:
        while self.running.total() < self.slots:
            able = [one for one in self.waiting if self.running[one] < self.installation_slots]
            if not able:
                return
            chosen = min(able, key=lambda one: self.running[one])
            came, took = self.waiting[chosen].popleft()
            if not self.waiting[chosen]:
                del self.waiting[chosen]
            self.running[chosen] += 1
            self.waits.append(now - came)
            heapq.heappush(self.ends, (now + took, chosen))


def waits(demand: Demand, workers: int, seed: int = 1) -> list[float]:
    """Sorted, in seconds; of all looks of a working day."""
    queue = LookQueue(SLOTS * workers, (SLOTS - 1) * workers)
    for arrival in sorted(demand.arrivals(random.Random(seed))):
        queue.add(*arrival)
    queue.advance(float("inf"))
    return sorted(queue.waits)
