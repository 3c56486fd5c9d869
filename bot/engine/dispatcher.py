"""Starts what is queued as soon as there is room for it.

The engine would poll each of its queues several times a second. Here one statement finds the queues in which something
waits: when something was queued or has ended in this process, and every moment besides, for what others queue.
"""

from __future__ import annotations

import asyncio
import copy
import logging
import random
import threading
import time
from collections import Counter
from collections.abc import Container, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass

import sqlalchemy as sa
from dbos import DBOS, Queue, _dbos
from dbos._core import execute_dequeued_workflow
from dbos._dbos import _get_dbos_instance
from dbos._sys_db import WorkflowStatusInternal
from dbos._utils import INTERNAL_QUEUE_NAME, generate_uuid

from bot.engine.lease import Lease
from bot.engine.queues import QueueKind, kind_of, register_queue
from bot.engine.takeover import recover

LONG_WAIT = 5.0
"""Seconds: what waits for longer gives its slot to others meanwhile."""
UNFINISHED_EVERY = 10.0
"""Seconds after which it is asked what was begun here and runs no more."""
log = logging.getLogger("drover.engine")


@dataclass(frozen=True)
class RunningWorkflow:
    queue: str
    workflow_id: str


class Dispatcher:
    def __init__(self, kinds: Mapping[str, QueueKind], lease: Lease, version: str, poll: float) -> None:
        self._kinds, self._lease, self._version, self._poll = kinds, lease, version, poll
        self._queues: dict[str, Queue] = {}
        self._running: dict[asyncio.Task[object], RunningWorkflow] = {}
        self._waiting: Counter[str] = Counter()
        """By workflow, how many of its tasks are in a long wait."""
        self._asked_for_unfinished = 0.0
        self._wake, self._loop = asyncio.Event(), asyncio.get_running_loop()
        self._ends, self._claims_no_more = False, asyncio.Event()
        self._claims_no_more.set()

    def install(self) -> None:
        """In the place of the engine's own polling, before it is launched."""
        vars(_dbos)["queue_thread"] = _poll_nothing

    def register(self) -> None:
        self._queues = {name: register_queue(kind) for name, kind in self._kinds.items()}

    def wake(self) -> None:
        """Something was queued, or has ended."""
        self._wake.set()

    def wake_in(self, seconds: float) -> None:
        """Something was queued for later, maybe in another thread. The engine sees within a second that it is due."""
        self._loop.call_soon_threadsafe(self._loop.call_later, seconds + 1.1, self.wake)

    async def run(self) -> None:
        """For as long as the process works."""
        self._claims_no_more.clear()
        try:
            while not self._ends:
                await self._start_what_waits()
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._poll):
                        await self._wake.wait()
                self._wake.clear()
        finally:
            self._claims_no_more.set()

    async def _start_what_waits(self) -> None:
        try:
            await self._start_queued()
            await self._queue_unfinished()
        except Exception:
            log.exception("the queues can't be read now; they are read again")

    async def finish(self, seconds: float) -> None:
        """Claim nothing more, and give what runs here a moment to end."""
        self._ends = True
        self.wake()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._claims_no_more.wait()
                while self._running:
                    await asyncio.wait(tuple(self._running))

    async def sleep(self, seconds: float) -> None:
        """As `asyncio.sleep`; within a workflow, others have its slot during a long wait."""
        workflow_id = DBOS.workflow_id
        if seconds < LONG_WAIT or workflow_id is None:
            await asyncio.sleep(seconds)
            return
        self._waiting[workflow_id] += 1
        self.wake()
        try:
            await asyncio.sleep(seconds)
        finally:
            self._waiting[workflow_id] -= 1
            self._waiting += Counter()  # without what is zero

    async def _start_queued(self) -> None:
        """The installation of which the least runs has the next turn."""
        await self._lease.hold()
        names = await asyncio.to_thread(self._names_of_queues)
        for kind in self._kinds.values():
            waiting = {name for name in names if kind_of(name) == kind.name}
            while not self._ends and (name := self._next(kind, waiting)) is not None:
                if not await self._start(kind, name, self._room(kind, name) if len(waiting) == 1 else 1):
                    waiting.discard(name)

    async def _queue_unfinished(self) -> None:
        """Again what was begun here and runs no more: its end could not be written, on a full disk."""
        if time.monotonic() - self._asked_for_unfinished < UNFINISHED_EVERY:
            return
        self._asked_for_unfinished = time.monotonic()
        running = {one.workflow_id for one in self._running.values()}
        if await asyncio.to_thread(_queue_all_but, running, self._lease.executor):
            self.wake()

    def _next(self, kind: QueueKind, waiting: Iterable[str]) -> str | None:
        with_room = [name for name in waiting if self._room(kind, name) > 0]
        return min(with_room, key=lambda name: (self._count([name]), random.random()), default=None)

    def _room(self, kind: QueueKind, name: str) -> int:
        of_kind = {one.queue for one in self._running.values() if kind_of(one.queue) == kind.name}
        return min(kind.slots - self._count(of_kind), kind.installation_slots - self._count([name]))

    def _count(self, queues: Iterable[str]) -> int:
        wanted = {*queues}
        running = [one for one in self._running.values() if one.queue in wanted]
        return sum(not self._waiting[one.workflow_id] for one in running)

    def _names_of_queues(self) -> list[str]:
        """In which something waits."""
        system = _get_dbos_instance()._sys_db
        workflows = system.tables.workflow_status
        query = (
            sa.select(workflows.c.queue_name)
            .distinct()
            .where(workflows.c.status == "ENQUEUED", workflows.c.application_version == self._version)
        )
        with system.engine.connect() as db:
            return [name for name in db.execute(query).scalars() if name]

    def waiting(self) -> list[tuple[str, int, float]]:
        """By kind, how many are queued, in whichever version, and for how many seconds the oldest has been."""
        system = _get_dbos_instance()._sys_db
        workflows = system.tables.workflow_status
        query = (
            sa.select(workflows.c.queue_name, sa.func.count(), sa.func.min(workflows.c.created_at))
            .where(workflows.c.status == "ENQUEUED", workflows.c.queue_name.is_not(None))
            .group_by(workflows.c.queue_name)
        )
        found: dict[str, tuple[int, float]] = {}
        with system.engine.connect() as db:
            for name, count, oldest in db.execute(query):
                known = found.get(kind_of(name), (0, 0.0))
                age = max(0.0, time.time() - oldest / 1000)
                found[kind_of(name)] = (known[0] + count, max(known[1], age))
        return [(kind, count, age) for kind, (count, age) in sorted(found.items())]

    async def _start(self, kind: QueueKind, name: str, at_most: int) -> int:
        """How many were started: none where the lease was lost during the claim."""
        token, executor, number = generate_uuid(), self._lease.executor, self._lease.number
        try:
            claimed = await asyncio.to_thread(self._claim, kind, name, at_most, token, executor)
        except sa.exc.DBAPIError as error:
            if _is_claimed_elsewhere(error):
                return 0
            raise
        if number != self._lease.number:
            await asyncio.to_thread(recover, executor)
            return 0
        self._lease.claim()
        for one in claimed:
            try:
                await asyncio.to_thread(execute_dequeued_workflow, _get_dbos_instance(), one, token)
            except Exception:
                log.exception("workflow %s can't be started", one["workflow_uuid"])
            self._note_new_tasks(RunningWorkflow(name, one["workflow_uuid"]))
        return len(claimed)

    def drop_running(self) -> None:
        """What runs here has another worker now."""
        for task in tuple(self._running):
            task.cancel()

    async def end_running(self) -> None:
        """What runs here goes on where the engine starts again, and no longer here."""
        running = tuple(self._running)
        self.drop_running()
        if running:
            await asyncio.wait(running, timeout=LONG_WAIT)

    def _claim(
        self, kind: QueueKind, name: str, at_most: int, token: str, executor: str
    ) -> list[WorkflowStatusInternal]:
        system, queue = _get_dbos_instance()._sys_db, copy.copy(self._queues[kind.name])
        queue.name = name
        if kind.is_partitioned:
            ids = system.start_queued_partitioned_workflows(
                queue, executor, self._version, at_most, owner_xid=token
            )
        else:
            queue._worker_concurrency = at_most
            ids, _ = system.start_queued_workflows(queue, executor, self._version, None, owner_xid=token)
        found = {one["workflow_uuid"]: one for one in system.get_workflow_statuses(ids)}
        return [found[id] for id in ids if id in found]

    def _note_new_tasks(self, running: RunningWorkflow) -> None:
        for task in _get_dbos_instance()._workflow_tasks - self._running.keys():
            self._running[task] = running
            task.add_done_callback(self._forget)

    def _forget(self, task: asyncio.Task[object]) -> None:
        self._running.pop(task, None)
        self.wake()


def _queue_all_but(running: Container[str], executor: str) -> int:
    """How many of an executor's pending workflows were queued again."""
    system = _get_dbos_instance()._sys_db
    pending = DBOS.list_workflows(status="PENDING", executor_id=executor, load_input=False, load_output=False)
    lost = [one.workflow_id for one in pending if one.workflow_id not in running]
    for workflow_id in lost:
        log.warning("workflow %s was begun and runs no more: it is queued again", workflow_id)
        system.reenqueue_for_recovery(workflow_id, [executor], INTERNAL_QUEUE_NAME)
    return len(lost)


def _is_claimed_elsewhere(error: sa.exc.DBAPIError) -> bool:
    """Whether another worker claims from the same queue at this moment."""
    system = _get_dbos_instance()._sys_db
    return system.is_lock_conflict(error) or system.is_serialization_conflict(error)


def _poll_nothing(_stop: threading.Event, _instance: DBOS) -> None:
    """What is queued is found by the dispatcher."""
