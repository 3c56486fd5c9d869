"""What the durable functions of this process work with. DBOS has one instance a process, and so there is one of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.engine.work import Work
from bot.store import Store


@dataclass(frozen=True)
class EngineState:
    work: Work
    store: Store
    version: str
    push_pause: float
    queued_looks: dict[str, str] = field(default_factory=dict)
    """By migration, the last look that this process queued: the many deliveries of a busy hour ask for one."""


_states: list[EngineState] = []


def use(state: EngineState) -> None:
    _states[:] = [state]


def current() -> EngineState:
    return _states[-1]
