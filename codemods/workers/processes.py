"""Work spread over processes: each task has a limit of time, and one that kills its process takes no other with it."""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import os
import resource
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from typing import Any, Generic, TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")
Context = TypeVar("Context")

CHUNK = 24
CHUNKS_AHEAD = 8
"""Chunks that are read before their turn, so that memory stays bounded."""
START_SECONDS = 60.0
MEMORY_LIMIT = 2 * 2**30
"""Bytes that a process may take."""
PRELOADED = ("codemods.scan.survey",)
IN_THIS_PROCESS = 0
"""In the place of a number of processes: in this one, without a limit of time."""


@dataclass(frozen=True)
class FailedTask:
    """A task without a result, and why."""

    reason: str


@dataclass
class Worker:
    """A process at work."""

    process: Any
    connection: Connection
    chunk: deque[tuple[int, Any]] = field(default_factory=deque)
    since: float = 0.0
    ready: bool = False


def run_in_processes(
    work: Callable[[Context, Task], Result],
    context: Context,
    tasks: Iterable[Task],
    processes: int,
    seconds: float = 30.0,
) -> Iterator[tuple[Task, Result | FailedTask]]:
    """The tasks with their results, in order. `work` is a module's function; everything can be pickled."""
    if processes == IN_THIS_PROCESS:
        with without_collection():
            for task in tasks:
                yield task, run_task(work, context, task)
        return
    crew = WorkerPool(work, context, iter(tasks), processes, seconds)
    try:
        yield from crew.results()
    finally:
        crew.dismiss()


@contextlib.contextmanager
def without_collection() -> Iterator[None]:
    """Syntax trees hold no cycles; looking for some takes longer than parsing."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


class WorkerPool(Generic[Context, Task, Result]):
    def __init__(
        self,
        work: Callable[[Context, Task], Result],
        context: Context,
        tasks: Iterator[Task],
        processes: int,
        seconds: float,
    ) -> None:
        self.work, self.context, self.tasks, self.seconds = work, context, tasks, seconds
        self.started = start_method(work)
        self.waiting: deque[deque[tuple[int, Task]]] = deque()
        self.done: dict[int, tuple[Task, Result | FailedTask]] = {}
        self.taken = self.given = 0
        self.processes = processes
        self.hands: list[Worker] = []

    def results(self) -> Iterator[tuple[Task, Result | FailedTask]]:
        while True:
            self.read_ahead()
            self.hand_out()
            while self.given in self.done:
                yield self.done.pop(self.given)
                self.given += 1
            busy = [hand for hand in self.hands if hand.chunk]
            if not busy and not self.waiting:
                return
            self.listen(busy)

    def read_ahead(self) -> None:
        while (
            len(self.waiting) < self.processes
            and self.taken - self.given < CHUNK * CHUNKS_AHEAD * self.processes
        ):
            chunk: deque[tuple[int, Task]] = deque()
            for task in self.tasks:
                chunk.append((self.taken, task))
                self.taken += 1
                if len(chunk) == CHUNK:
                    break
            if not chunk:
                return
            self.waiting.append(chunk)

    def hand_out(self) -> None:
        while self.waiting:
            hand = next((hand for hand in self.hands if not hand.chunk), None)
            if hand is None and len(self.hands) < self.processes:
                hand = self.hire()
            if hand is None:
                return
            hand.chunk = self.waiting.popleft()
            hand.since = time.monotonic()
            try:
                hand.connection.send(list(hand.chunk))
            except (BrokenPipeError, ConnectionError):
                self.lose(hand, "its process ended")

    def hire(self) -> Worker:
        hand = start_worker(self.started, self.work, self.context)
        self.hands.append(hand)
        return hand

    def listen(self, busy: list[Worker]) -> None:
        """One message, or the first limit that is reached."""
        now = time.monotonic()
        ends = [(hand.since + (self.seconds if hand.ready else START_SECONDS), hand) for hand in busy]
        heard = wait([hand.connection for hand in busy], max(0.0, min(end for end, _ in ends) - now))
        for hand in busy:
            if hand.connection in heard:
                self.hear(hand)
        now = time.monotonic()
        for end, hand in ends:
            if hand.connection not in heard and end <= now:
                self.lose(hand, f"it took longer than {self.seconds:g} seconds")

    def hear(self, hand: Worker) -> None:
        try:
            number, result = hand.connection.recv()
        except (EOFError, ConnectionError):
            self.lose(hand, "its process ended")
            return
        hand.since, hand.ready = time.monotonic(), True
        if number < 0:
            return
        expected, task = hand.chunk.popleft()
        self.done[expected] = (task, result)

    def lose(self, hand: Worker, reason: str) -> None:
        """The task at hand is lost, the rest of the chunk is somebody else's."""
        self.hands.remove(hand)
        stop_worker(hand)
        if hand.chunk:
            number, task = hand.chunk.popleft()
            self.done[number] = (task, FailedTask(reason))
        if hand.chunk:
            self.waiting.appendleft(hand.chunk)

    def dismiss(self) -> None:
        for hand in self.hands:
            stop_worker(hand)


def start_method(work: Callable[..., Any]) -> Any:
    """Quick where it can be: a copy of this process, where no other thread of it could hold a lock; else of one
    that waits for that, with the modules read already."""
    if sys.platform == "linux" and threading.active_count() == 1:
        return multiprocessing.get_context("fork")
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["__main__", work.__module__, *PRELOADED])
    return context


def start_worker(started: Any, work: Callable[[Any, Any], Any], context: object) -> Worker:
    here, there = started.Pipe()
    ours = here if started.get_start_method() == "fork" else None
    process = started.Process(target=worker_main, args=(there, work, ours), daemon=True)
    process.start()
    there.close()
    here.send(context)
    return Worker(process, here)


def stop_worker(hand: Worker) -> None:
    hand.connection.close()
    hand.process.kill()
    hand.process.join()
    hand.process.close()


def worker_main(connection: Connection, work: Callable[[Any, Any], Any], copied: Connection | None) -> None:
    """The life of a process: a context, then chunks, each answered task by task. It ends with who started it:
    of the other end of its connection it must hold no copy."""
    if copied is not None:
        copied.close()
    threading.Thread(target=end_with_parent, daemon=True).start()
    sys.setrecursionlimit(sys.getrecursionlimit() + call_depth())
    gc.disable()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches it too; who started it ends it
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_LIMIT, MEMORY_LIMIT))
    try:
        context = connection.recv()
        connection.send((-1, None))
        while True:
            for number, task in connection.recv():
                connection.send((number, run_task(work, context, task)))
    except (EOFError, ConnectionError):
        os._exit(0)  # what is copied of the other's output, not written yet, is not ours to write


def end_with_parent() -> None:
    """Also in the middle of a task that never ends."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def call_depth() -> int:
    """Of the calls that a copied process is in already: a text that can be read must not depend on them."""
    frame, found = sys._getframe(), 0
    while frame.f_back is not None:
        frame, found = frame.f_back, found + 1
    return found


def run_task(work: Callable[[Context, Task], Result], context: Context, task: Task) -> Result | FailedTask:
    try:
        return work(context, task)
    except RecursionError:
        return FailedTask("it is nested too deeply")
    except MemoryError:
        return FailedTask("it takes too much memory")
