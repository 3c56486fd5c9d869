"""What the durable functions of this process work with. DBOS has one instance a process, and so there is one of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from bot.engine.wakeups import Wakeups
from bot.engine.work import Work
from bot.store import Store

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")
_UNTIL_RECORDED = 0.05
"""Seconds until the engine has surely written down that a workflow has ended."""
Function = Callable[Parameters, Coroutine[Any, Any, Result]]


@dataclass(frozen=True)
class EngineState:
    work: Work
    store: Store
    version: str
    push_pause: float
    wakeups: Wakeups
    queued_looks: dict[str, str] = field(default_factory=dict)
    """By migration, the last look that this process queued: the many deliveries of a busy hour ask for one."""


_states: list[EngineState] = []


def use(state: EngineState) -> None:
    _states[:] = [state]


def current() -> EngineState:
    return _states[-1]


def frees(queue: str) -> Callable[[Function[Parameters, Result]], Function[Parameters, Result]]:
    """Polls the queue when it ends, since something else may be waiting for its turn."""

    def decorate(function: Function[Parameters, Result]) -> Function[Parameters, Result]:
        @wraps(function)
        async def run(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
            try:
                return await function(*args, **kwargs)
            finally:
                asyncio.get_running_loop().call_later(_UNTIL_RECORDED, current().wakeups.wake, queue)

        return run

    return decorate
