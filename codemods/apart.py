"""Work that can hang or take its process along, done in another one: what comes back is its result, or why there is none.

A process that is itself one of several has somebody who watches over it; there the work is done in place.
"""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from codemods.processes import START_SECONDS, Hand, Lost, serve, stop

Result = TypeVar("Result")
LOCK = threading.Lock()
at_work: dict[Callable[[Any, Any], Any], Hand] = {}
"""One process for each kind of work, kept for the next time."""


def apart(work: Callable[[None, str], Result], task: str, seconds: float) -> Result | Lost:
    """`work` is a module's function."""
    if multiprocessing.current_process().daemon:
        return work(None, task)
    with LOCK:
        hand = at_work.pop(work, None) or hired(work)
        result: Result | Lost = asked(hand, task, seconds)
        if isinstance(result, Lost):
            stop(hand)
        else:
            at_work[work] = hand
    return result


def hired(work: Callable[[None, str], Any]) -> Hand:
    spawn = multiprocessing.get_context("spawn")
    here, there = spawn.Pipe()
    process = spawn.Process(target=serve, args=(there, work), daemon=True)
    process.start()
    there.close()
    here.send(None)
    return Hand(process, here)


def asked(hand: Hand, task: str, seconds: float) -> Any:
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
