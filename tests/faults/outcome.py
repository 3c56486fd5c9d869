"""What a kind of fault led to, and the table of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.faults.journey import Facts
from tests.faults.strikes import Strikes


@dataclass
class Outcome:
    kind: str
    undisturbed: int
    """Requests of a journey without faults…"""
    expected_kinds: set[str]
    """… and what they were; where only some are struck, or others, those that the journeys below had."""
    tried: int = 0
    survived: int = 0
    """Of those tried, in journeys that ended as the undisturbed one."""
    journeys: int = 0
    requests: int = 0
    kinds: set[str] = field(default_factory=set)
    """Of the requests that were struck."""
    lost: Facts = field(default_factory=Counter)
    doubled: Facts = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)
    """Journeys that did not come to their end, and why."""
    different: list[int] = field(default_factory=list)
    """The numbers of journeys that ended otherwise."""

    def add(self, number: int, strikes: Strikes, ended: Facts, wanted: Facts) -> None:
        self.tried, self.requests, self.journeys = (
            self.tried + strikes.struck,
            self.requests + strikes.seen,
            self.journeys + 1,
        )
        self.survived += strikes.struck if ended == wanted else 0
        self.different += [number] if ended != wanted else []
        self.lost += wanted - ended
        self.doubled += ended - wanted

    @property
    def ratio(self) -> float:
        return self.requests / (self.journeys * self.undisturbed) if self.journeys else 0.0

    @property
    def reached(self) -> str:
        return f"{len(self.kinds & self.expected_kinds)} of {len(self.expected_kinds)}"

    def row(self) -> str:
        return (
            f"| {self.kind} | {self.journeys} | {self.tried} | {self.survived} | {self.lost.total()} "
            f"| {self.doubled.total()} | {len(self.failed)} | {self.ratio:.2f} | {self.reached} |"
        )

    def details(self) -> Iterable[str]:
        yield from (f"lost {number}: {what}" for what, number in self.lost.items())
        yield from (f"doubled {number}: {what}" for what, number in self.doubled.items())
        yield from (f"journey {number} ended otherwise" for number in self.different)
        yield from (f"never struck: {kind}" for kind in sorted(self.expected_kinds - self.kinds))
        yield from self.failed


HEAD = (
    "| fault | journeys | tried | survived | lost | doubled | did not end | requests | kinds of requests struck |\n"
    "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
)
