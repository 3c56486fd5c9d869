"""Work that can hang or take its process along, done in another one: what comes back is its result, or why there is none.

A process that is itself one of several has somebody who watches over it; there the work is done in place.
"""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from codemods.workers.processes import START_SECONDS, Hand, Lost, hired, starting, stop

Task = TypeVar("Task")
Result = TypeVar("Result")
LOCK = threading.Lock()
at_work: dict[Callable[[Any, Any], Any], Hand] = {}
"""One process for each kind of work, kept for the next time."""


def is_watched() -> bool:
    """Whether somebody watches over this process."""
    return multiprocessing.current_process().daemon


def apart(work: Callable[[None, Task], Result], task: Task, seconds: float) -> Result | Lost:
    """`work` is a module's function."""
    if is_watched():
        return work(None, task)
    with LOCK:
        hand = at_work.pop(work, None) or hired(starting(work), work, None)
        result: Result | Lost = asked(hand, task, seconds)
        if isinstance(result, Lost):
            stop(hand)
        else:
            at_work[work] = hand
    return result


def asked(hand: Hand, task: object, seconds: float) -> Any:
    try:
        if hand.ready:
            hand.connection.send([(0, task)])
        while True:
            if not hand.connection.poll(seconds if hand.ready else START_SECONDS):
                return Lost(f"it took longer than {seconds:g} seconds")
            number, result = hand.connection.recv()
            if number >= 0:
                return result
            hand.ready = True
            hand.connection.send([(0, task)])
    except (EOFError, ConnectionError):
        return Lost("its process ended")
