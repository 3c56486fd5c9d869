"""A worker's lease on what it does: as long as it is renewed, no other worker takes it over.

A worker can stand still for a minute in the middle of a turn (a suspended machine, a full memory) and then go on as if
nothing had happened, while another has its work. GitHub compares nothing before it writes, so each write asks here
first: what was claimed under a lease that is over may write nothing more.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from collections.abc import Callable
from contextvars import ContextVar

from bot.engine.takeover import ALONE, new_executor
from bot.store import Store

log = logging.getLogger("drover.engine")
_claimed_under: ContextVar[int | None] = ContextVar("claimed_under", default=None)


class LeaseLost(Exception):
    """Another worker has this work now."""


def uptime() -> float:
    """Seconds, those included in which the machine was suspended."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if sys.platform == "linux" else time.monotonic()


class Lease:
    def __init__(self, store: Store, version: str, silence: float, *, is_shared: bool) -> None:
        """Not shared: the database of one process, whose work nobody takes over."""
        self._heartbeats, self._version, self._is_shared = store.heartbeats, version, is_shared
        self._valid = silence / 2
        self._renewed = 0.0
        self._renewing = asyncio.Lock()
        self._on_loss: Callable[[], None] | None = None
        self.executor = new_executor(version) if is_shared else ALONE
        self.number = 0
        """Which of this process's leases it is: the token of what is claimed under it."""

    async def start(self, on_loss: Callable[[], None]) -> None:
        """`on_loss`: called when what runs here goes on elsewhere."""
        self._on_loss = on_loss
        await self._start()

    async def renew(self) -> None:
        """Where another worker has taken over: begin a new one, after what runs here was dropped."""
        async with self._renewing:
            await self._renew()

    async def check(self) -> None:
        """Before each write on GitHub. Raises LeaseLost where another worker may have this work."""
        number = _claimed_under.get()
        await self.hold()
        if number is not None and number != self.number:
            raise LeaseLost("another worker has taken over this work")

    async def hold(self) -> None:
        """On return it is valid for a while, and maybe a new one."""
        if self._on_loss is None or uptime() - self._renewed < self._valid:
            return
        async with self._renewing:
            if uptime() - self._renewed >= self._valid:
                await self._renew()

    def claim(self) -> None:
        """What is started from here on is claimed under this lease."""
        _claimed_under.set(self.number)

    async def end(self) -> None:
        """So that others needn't wait for it to fall silent; what is left here of what was claimed writes nothing more."""
        self.number, self._on_loss = self.number + 1, None
        await asyncio.to_thread(self._heartbeats.start, self.executor, 0.0)

    async def _renew(self) -> None:
        began = uptime()
        if await asyncio.to_thread(self._heartbeats.renew, self.executor):
            self._renewed = began
        elif self._is_shared and self._on_loss is not None:
            await self._begin_another(self._on_loss)
        else:
            await self._start()

    async def _begin_another(self, on_loss: Callable[[], None]) -> None:
        """What it claimed since it was silent, and nobody else knows of, is taken over as a dead worker's is."""
        lost, self.executor, self.number = self.executor, new_executor(self._version), self.number + 1
        log.warning("worker %s was silent and its work was taken over: it goes on as %s", lost, self.executor)
        on_loss()
        await asyncio.to_thread(self._heartbeats.start, lost, 0.0)
        await self._start()

    async def _start(self) -> None:
        began = uptime()
        await asyncio.to_thread(self._heartbeats.start, self.executor)
        self._renewed = began
