"""Runs work that may hang or crash in a process of its own: the caller gets its result, or why there is none.

A process that is itself a worker is watched already; there the work is done directly.
"""

from __future__ import annotations

import multiprocessing
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

from codemods.workers.processes import (
    START_SECONDS,
    FailedTask,
    Worker,
    start_method,
    start_worker,
    stop_worker,
    with_details_logged,
)

Task = TypeVar("Task")
Result = TypeVar("Result")
LOCK = threading.Lock()
idle_workers: dict[Callable[[Any, Any], Any], Worker] = {}
"""One process for each kind of work, kept for the next time."""


def is_watched() -> bool:
    """Whether this process is a worker that another one watches."""
    return multiprocessing.current_process().daemon


def run_isolated(work: Callable[[None, Task], Result], task: Task, seconds: float) -> Result | FailedTask:
    """`work` is a module's function."""
    if is_watched():
        return work(None, task)
    with LOCK:
        worker = idle_workers.pop(work, None) or start_worker(start_method(work), work, None)
        result: Result | FailedTask = with_details_logged(result_from(worker, task, seconds))
        if isinstance(result, FailedTask):
            stop_worker(worker)
        else:
            idle_workers[work] = worker
    return result


def result_from(worker: Worker, task: object, seconds: float) -> Any:
    try:
        if worker.ready:
            worker.connection.send([(0, task)])
        worker.start_clock(seconds if worker.ready else START_SECONDS)
        while True:
            if not worker.connection.poll(max(0.0, worker.deadline - time.monotonic())):
                if worker.has_time_left(seconds if worker.ready else START_SECONDS):
                    continue
                return FailedTask(f"it took longer than {seconds:g} seconds")
            results = worker.connection.recv()
            if results:
                return results[0]
            worker.ready = True
            worker.start_clock(seconds)
            worker.connection.send([(0, task)])
    except (EOFError, ConnectionError):
        return FailedTask("its process ended")
