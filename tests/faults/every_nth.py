"""Strikes at every so-manieth request that GitHub gets, whichever it is."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from sandbox.controls.faults import Faults

WITHOUT_END = 10**9
_VARIES = re.compile(r"[0-9a-f]{40}|\d+")


@dataclass
class EveryNth:
    """`offset` 0 to `every - 1`: all of them together reach every request."""

    every: int
    offset: int
    strike: Callable[[], Awaitable[object]]
    """It says `False` where it did not, because the last one still lasts."""
    step: Callable[[], str] = str
    """How far the journey is."""
    seen: int = 0
    struck: int = 0
    kinds: set[str] = field(default_factory=set)
    """Of the requests that were struck: the step of the journey, the method and the path."""

    def watch(self, faults: Faults, path: str = "") -> None:
        async def count() -> None:
            self.seen += 1
            if self.seen % self.every != self.offset:
                return
            kind = f"{self.step()}: {_VARIES.sub('…', faults.request)}"
            if await self.strike() is not False:
                self.struck += 1
                self.kinds.add(kind)

        faults.before(count, times=WITHOUT_END, path=path)
