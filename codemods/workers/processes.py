"""Work spread over processes: each task has a time limit, and one that kills its process fails alone."""

from __future__ import annotations

import contextlib
import gc
import itertools
import mmap
import multiprocessing
import os
import resource
import selectors
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from typing import Any, Generic, TypeVar

from codemods.model.records import record
from codemods.workers.confine import confine
from codemods.workers.memory import allow_deep_nesting, keep_freed_memory, memory_limit

Task = TypeVar("Task")
Result = TypeVar("Result")
Context = TypeVar("Context")

CHUNK = 24
CHUNKS_AHEAD = 8
"""Chunks that are read before their turn, so that memory stays bounded."""
MOST_BYTES = 32 * 2**20
"""Bytes of files that are held at once."""
START_SECONDS = 60.0
SLOW_SECONDS = 1.0
SECONDS_TOGETHER = 600.0
"""Processor time that all slow tasks may take before each of the others may take `SLOW_SECONDS`: files may be many, and
be written to take as long as they can."""
LONGEST_WAIT = 10
"""How many times its limit of processor time a task may take by the clock: on a busy machine it waits most of it."""
MEMORY_LIMIT = memory_limit()
"""Bytes that a process may take."""
PRELOADED = ("codemods.scan.survey",)
RESULTS_TOGETHER = 0.1
"""Seconds after which the results so far are sent: each message costs both processes more than many a result."""
NUMBER_SIZE = 8
IN_THIS_PROCESS = 0
"""Instead of a number of processes: work in this one, without a time limit."""


@record
class FailedTask:
    """A task without a result, and why."""

    reason: str
    details: str = field(default="", compare=False)
    """What whoever runs Drover should know."""
    is_for_others: bool = field(default=False, compare=False)
    """Whether its limit was that low only because others before it took so long."""


@dataclass
class Worker:
    """A process at work."""

    process: Any
    connection: Connection
    current: mmap.mmap | None
    """Shared with it, where it is a copy of this process: the number of the task that it is at."""
    tasks: deque[tuple[int, Any]] = field(default_factory=deque)
    started: float = 0.0
    processor_started: float = 0.0
    deadline: float = 0.0
    ready: bool = False

    def start_clock(self, seconds: float) -> None:
        self.started = time.monotonic()
        self.processor_started = processor_seconds(self.process.pid) or 0.0
        self.deadline = self.started + seconds

    def processor_time(self) -> float:
        """Processor time that its task has taken so far; as far as the system says."""
        return (processor_seconds(self.process.pid) or self.processor_started) - self.processor_started

    def has_time_left(self, seconds: float) -> bool:
        """Whether it has used less processor time than its limit; then its deadline is later."""
        used = processor_seconds(self.process.pid)
        if used is None or time.monotonic() - self.started >= seconds * LONGEST_WAIT:
            return False
        left = seconds - (used - self.processor_started)
        self.deadline = min(time.monotonic() + max(left, 0.05), self.started + seconds * LONGEST_WAIT)
        return left > 0


def run_in_processes(
    work: Callable[[Context, Task], Result],
    context: Context,
    tasks: Iterable[Task],
    processes: int,
    seconds: float = 30.0,
    readable: Sequence[str] = (),
    together: float = SECONDS_TOGETHER,
) -> Iterator[tuple[Task, Result | FailedTask]]:
    """The tasks with their results, in order. `work` is a module's function; everything can be pickled. `readable`:
    what the processes may read besides the Python that they run on. `together`: see `SECONDS_TOGETHER`."""
    if processes == IN_THIS_PROCESS:
        with without_collection():
            for task in tasks:
                yield task, with_details_logged(run_task(work, context, task))
        return
    crew = WorkerPool(work, context, iter(tasks), processes, seconds, readable, together)
    try:
        for task, result in crew.results():
            yield task, with_details_logged(result)
    finally:
        crew.stop()


def with_details_logged(result: Result | FailedTask) -> Result | FailedTask:
    if isinstance(result, FailedTask) and result.details:
        import logging  # it takes a while to load, as does what writes a traceback

        logging.getLogger("drover.workers").error("%s\n%s", result.reason, result.details)
    return result


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


def bytes_of(task: object) -> int:
    """What a task holds of files' contents."""
    parts = task if isinstance(task, tuple) else (task, *getattr(task, "__dict__", {}).values())
    return sum(len(part) for part in parts if isinstance(part, bytes))


class WorkerPool(Generic[Context, Task, Result]):
    def __init__(
        self,
        work: Callable[[Context, Task], Result],
        context: Context,
        tasks: Iterator[Task],
        processes: int,
        seconds: float,
        readable: Sequence[str],
        together: float,
    ) -> None:
        self.together, self.spent = together, 0.0
        self.work, self.context, self.tasks, self.seconds = work, context, tasks, seconds
        self.readable = readable
        self.start_method = start_method(work)
        self.waiting: deque[deque[tuple[int, Task]]] = deque()
        self.done: dict[int, tuple[Task, Result | FailedTask]] = {}
        self.read = self.yielded = self.held = 0
        self.processes = processes
        self.workers: list[Worker] = []
        self.selector = selectors.DefaultSelector()

    def results(self) -> Iterator[tuple[Task, Result | FailedTask]]:
        while True:
            self.read_ahead()
            self.give_out_tasks()  # before the results go out: what is done with them may take a while
            if self.yielded in self.done:
                yield from self.results_in_order()
                continue
            busy = [worker for worker in self.workers if worker.tasks]
            if not busy and not self.waiting:
                return
            self.wait_for_message(busy)

    def results_in_order(self) -> Iterator[tuple[Task, Result | FailedTask]]:
        while self.yielded in self.done:
            task, result = self.done.pop(self.yielded)
            self.held -= bytes_of(task)
            yield task, result
            self.yielded += 1

    def read_ahead(self) -> None:
        while (
            len(self.waiting) < self.processes
            and self.read - self.yielded < CHUNK * CHUNKS_AHEAD * self.processes
            and self.held < MOST_BYTES
        ):
            chunk: deque[tuple[int, Task]] = deque()
            for task in self.tasks:
                chunk.append((self.read, task))
                self.read += 1
                self.held += bytes_of(task)
                if len(chunk) == CHUNK or self.held >= MOST_BYTES:
                    break
            if not chunk:
                return
            self.waiting.append(chunk)

    def give_out_tasks(self) -> None:
        while self.waiting:
            worker = next((worker for worker in self.workers if not worker.tasks), None)
            if worker is None and len(self.workers) < self.processes:
                worker = self.start_worker()
            if worker is None:
                return
            worker.tasks = self.waiting.popleft()
            worker.start_clock(self.limit_of(worker))
            try:
                worker.connection.send(list(worker.tasks))
            except (BrokenPipeError, ConnectionError):
                self.drop_worker(worker, "its process ended")

    def start_worker(self) -> Worker:
        worker = start_worker(self.start_method, self.work, self.context, self.readable)
        self.workers.append(worker)
        self.selector.register(worker.connection, selectors.EVENT_READ, worker)
        return worker

    def wait_for_message(self, busy: list[Worker]) -> None:
        """One message, or the first limit that is reached."""
        first = min(worker.deadline for worker in busy)
        ready = [key.data for key, _ in self.selector.select(max(0.0, first - time.monotonic()))]
        for worker in ready:
            self.receive(worker)
        for worker in busy:
            late = worker not in ready and worker.deadline <= time.monotonic()
            limit = self.limit_of(worker)
            if late and not worker.has_time_left(limit):
                self.spent += limit
                since = f", and others before it {self.together:g}" if limit < self.seconds else ""
                self.drop_worker(
                    worker, f"it took longer than {limit:g} seconds{since}", limit < self.seconds
                )

    def limit_of(self, worker: Worker) -> float:
        if not worker.ready:
            return START_SECONDS
        return min(self.seconds, SLOW_SECONDS) if self.spent > self.together else self.seconds

    def receive(self, worker: Worker) -> None:
        try:
            results = worker.connection.recv()
        except (EOFError, ConnectionError):
            self.drop_worker(worker, "its process ended")
            return
        used = worker.processor_time() if worker.ready else 0.0
        self.spent += used if used > SLOW_SECONDS else 0.0
        worker.ready = True
        worker.start_clock(self.limit_of(worker))
        for result in results:
            number, task = worker.tasks.popleft()
            self.done[number] = (task, result)

    def drop_worker(self, worker: Worker, reason: str, is_for_others: bool = False) -> None:
        """The current task fails; the rest of its chunk, and what it hasn't sent yet, goes to another worker."""
        self.workers.remove(worker)
        self.selector.unregister(worker.connection)
        stop_worker(worker)
        tasks = worker.tasks
        if tasks:
            current = int.from_bytes(worker.current[:], "little") if worker.current else tasks[0][0]
            number, task = next((one for one in tasks if one[0] == current), tasks[0])
            self.done[number] = (task, FailedTask(reason, is_for_others=is_for_others))
            tasks = deque(one for one in tasks if one[0] != number)
        if tasks:
            self.waiting.appendleft(tasks)

    def stop(self) -> None:
        self.selector.close()
        for worker in self.workers:
            stop_worker(worker)


def processor_seconds(process: int) -> float | None:
    """The processor time that a process has used; None if the system doesn't say."""
    if sys.platform != "linux":
        return None
    try:
        return time.clock_gettime(
            (~process << 3) | 2
        )  # CPUCLOCK_SCHED of a process, as clock_getcpuclockid has it
    except OSError:
        return None


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


def start_worker(
    method: Any, work: Callable[[Any, Any], Any], context: object, readable: Sequence[str] = ()
) -> Worker:
    ours, theirs = method.Pipe()
    copied = method.get_start_method() == "fork"
    given, current = (context, mmap.mmap(-1, NUMBER_SIZE)) if copied else (None, None)
    arguments = (theirs, work, given, copied, readable, current)
    process = method.Process(target=worker_main, args=arguments, daemon=True)
    process.start()
    theirs.close()
    if current is None:
        ours.send(context)
    else:
        current.madvise(mmap.MADV_DONTFORK)  # no other process gets to write it
    return Worker(process, ours, current)


def stop_worker(worker: Worker) -> None:
    worker.connection.close()
    worker.process.kill()
    worker.process.join()
    worker.process.close()


def worker_main(
    connection: Connection,
    work: Callable[[Any, Any], Any],
    context: object,
    copied: bool,
    readable: Sequence[str],
    current: mmap.mmap | None,
) -> None:
    """The life of a process: a context, then chunks, whose results are sent in order: some together where it can be
    told which task was `current`. It ends with who started it."""
    if copied:
        close_inherited(connection)
    confine(readable)
    threading.Thread(target=end_with_parent, daemon=True).start()
    allow_deep_nesting()
    gc.disable()
    keep_freed_memory()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches it too; who started it ends it
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_LIMIT, MEMORY_LIMIT))
    try:
        context = context if copied else connection.recv()
        connection.send([])
        while True:
            results, sent = [], time.monotonic()
            for number, task in connection.recv():
                if current is not None:
                    current[:] = number.to_bytes(NUMBER_SIZE, "little")
                results.append(run_task(work, context, task))
                if current is None or time.monotonic() - sent >= RESULTS_TOGETHER:
                    connection.send(results)
                    results, sent = [], time.monotonic()
            if results:
                connection.send(results)
    except (EOFError, ConnectionError):
        os._exit(0)  # what is copied of the other's output, not written yet, is not ours to write


def close_inherited(connection: Connection) -> None:
    """All files that a copied process has open, but for the standard streams and those that tie it to who started
    it: a git that reads from a pipe would wait for ever for an end that a copy keeps open."""
    parent = multiprocessing.parent_process()
    kept = sorted({2, connection.fileno(), *([parent.sentinel] if parent else [])})
    for last, following in itertools.pairwise([*kept, os.sysconf("SC_OPEN_MAX")]):
        os.closerange(last + 1, following)


def end_with_parent() -> None:
    """Also in the middle of a task that never ends."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def run_task(work: Callable[[Context, Task], Result], context: Context, task: Task) -> Result | FailedTask:
    try:
        return work(context, task)
    except RecursionError:
        return FailedTask("it is nested too deeply")
    except MemoryError:
        return FailedTask("it takes too much memory")
    except Exception as error:
        import traceback

        reason = f"Drover itself failed on it, with {type(error).__name__}: please report that"
        return FailedTask(reason, traceback.format_exc())
