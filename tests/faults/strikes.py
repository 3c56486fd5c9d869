"""Which of the requests that GitHub gets are struck, and what they were."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.controls.faults import Faults
from tests.faults.database_writes import METHOD

WITHOUT_END = 10**9
_VARIES = re.compile(r"[0-9a-f]{40}|\d+")
Choose = Callable[[str], bool]
"""Whether a request is to be struck, by its kind: the step of the journey, the method and the path."""


@dataclass
class EveryNth:
    """`offset` 0 to `every - 1`: all of them together reach every request."""

    every: int
    offset: int
    seen: int = 0

    def __call__(self, kind: str) -> bool:
        self.seen += 1
        return self.seen % self.every == self.offset


@dataclass
class EachKind:
    """Those whose kind was not struck before; after each, some are left alone, and after a while all."""

    apart: int
    struck: set[str]
    """In earlier journeys as well."""
    until: float = math.inf
    since: int = WITHOUT_END

    def __call__(self, kind: str) -> bool:
        self.since += 1
        if kind in self.struck or self.since < self.apart or time.monotonic() > self.until:
            return False
        self.since = 0
        return True


@dataclass
class Strikes:
    choose: Choose
    strike: Callable[[], Awaitable[object]]
    """It says `False` where it did not, because the last one still lasts."""
    step: Callable[[], str] = str
    """How far the journey is."""
    log: Path | None = None
    """Where it is written what was struck, beside what the bot says."""
    struck_kinds: set[str] = field(default_factory=set)
    """In this journey and before it."""
    kinds: set[str] = field(default_factory=set)
    """Of those that could be struck."""
    seen: int = 0
    struck: int = 0

    def watch(self, faults: Faults, path: str = "") -> None:
        """Those whose path matches are struck; all requests are counted."""

        async def count() -> None:
            self.seen += not faults.request.startswith(METHOD)
            if not re.search(path, faults.request):
                return
            kind = f"{self.step()}: {_VARIES.sub('…', faults.request)}"
            self.kinds.add(kind)
            if not self.choose(kind):
                return
            self._write(f"--- {kind} is struck")
            if await self.strike() is not False:
                self.struck += 1
                self.struck_kinds.add(kind)

        faults.before(count, times=WITHOUT_END)

    def _write(self, line: str) -> None:
        if self.log:
            with self.log.open("a") as log:
                log.write(f"{line}\n")
