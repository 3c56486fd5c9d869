"""Strikes at every so-manieth request that GitHub gets, whichever it is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sandbox.controls.faults import Faults

WITHOUT_END = 10**9


@dataclass
class EveryNth:
    """`offset` 0 to `every - 1`: all of them together reach every request."""

    every: int
    offset: int
    strike: Callable[[], Awaitable[None]]
    seen: int = 0
    struck: int = 0

    def watch(self, faults: Faults, path: str = "") -> None:
        faults.before(self._count, times=WITHOUT_END, path=path)

    async def _count(self) -> None:
        self.seen += 1
        if self.seen % self.every == self.offset:
            self.struck += 1
            await self.strike()
