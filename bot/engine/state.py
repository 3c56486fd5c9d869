"""What the durable functions of this process work with. DBOS has one instance a process, and so there is one of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from cachetools import LRUCache

from bot.engine.dispatcher import Dispatcher
from bot.engine.outsiders import OutsiderLooks
from bot.engine.work import Work
from bot.store import Store


@dataclass(frozen=True)
class EngineState:
    work: Work
    store: Store
    version: str
    push_pause: float
    dispatcher: Dispatcher
    queued_looks: LRUCache[str, str] = field(default_factory=lambda: LRUCache(10_000))
    """By migration, the last look that this process queued: the many deliveries of a busy hour ask for one."""
    outsider_looks: OutsiderLooks = field(default_factory=OutsiderLooks)


_states: list[EngineState] = []


def use(state: EngineState) -> None:
    _states[:] = [state]


def current() -> EngineState:
    return _states[-1]


async def sleep_without_a_slot(seconds: float) -> None:
    """As `asyncio.sleep`, for what waits for GitHub: others go on meanwhile."""
    await current().dispatcher.sleep(seconds)
