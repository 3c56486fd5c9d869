"""The engine: DBOS, started and stopped with the process."""

from __future__ import annotations

import asyncio
import logging
import os
import tempfile
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
from dbos import DBOS, DBOSConfig

from bot.engine.dispatcher import Dispatcher
from bot.engine.inbox import Inbox
from bot.engine.lease import Lease
from bot.engine.queues import CHORES, NAME, QUEUED_AGAIN, VERSION, queue_kinds
from bot.engine.state import EngineState, use
from bot.engine.takeover import Takeover, new_executor, recover
from bot.engine.work import Work
from bot.engine.workflows import sweep
from bot.git.bare_folder import opened_lock, try_exclusive
from bot.intake.event import Event
from bot.intake.webhook import EnqueueResult
from bot.settings import Settings
from bot.store import Store
from bot.tracing.spans import is_tracing

KEPT = 4 * 86400.0
"""Seconds for which ended work is remembered: longer than the three days in which GitHub can deliver it again."""
POLL_ALONE, POLL_SHARED = 2.0, 0.5
"""Seconds after which the queues are read though nothing was queued here."""
PROBE_BYTES, READY_FOR = 2**18, 1.0
log = logging.getLogger("drover.engine")


class Engine:
    def __init__(
        self, settings: Settings, database: sa.Engine, store: Store, work: Work, *, works: bool
    ) -> None:
        self.settings, self.store, self.works = settings, store, works
        self.lease = Lease(store, VERSION, settings.worker_silence, is_shared=not settings.sqlite)
        poll = POLL_ALONE if settings.sqlite else POLL_SHARED
        self._dispatcher = Dispatcher(queue_kinds(settings), self.lease, VERSION, poll)
        self._state = EngineState(work, store, VERSION, settings.push_pause, self._dispatcher)
        self._takeover = Takeover(store, VERSION, QUEUED_AGAIN, settings.worker_silence)
        self._inbox = Inbox(self._state)
        self._database = database
        self._asked_whether_ready, self._is_ready, self._ready_until = asyncio.Lock(), False, 0.0
        self._tasks: list[asyncio.Task[None]] = []
        self._held = ExitStack()

    async def start(self) -> None:
        use(self._state)
        DBOS(config=self._config())
        self._dispatcher.install()
        wanted, self.works = self.works, self.works and self._is_only_worker()
        if self.works:
            await self.lease.start(self._dispatcher.drop_running)
        DBOS.launch()  # on this loop's own thread: DBOS then runs our coroutines on this loop
        await asyncio.to_thread(self._dispatcher.register)
        await asyncio.to_thread(self._schedule_sweeps)
        self._tasks = [asyncio.create_task(self._inbox.write_all())]
        if self.works:
            await self._start_work()
        elif wanted:
            log.warning("another process works with this database: this one does once that has ended")
            self._tasks.append(asyncio.create_task(self._stand_in(lambda: not self._is_only_worker())))
        elif self.settings.worker == "auto" and not self.settings.sqlite:
            self._tasks.append(asyncio.create_task(self._stand_in(self._takeover.has_workers)))

    def _is_only_worker(self) -> bool:
        """On SQLite, one process works, and all would do so under one name. Others have it when this one has ended."""
        if not self.settings.sqlite:
            return True
        with ExitStack() as lock:
            if not try_exclusive(lock.enter_context(opened_lock(self.settings.sqlite_lock))):
                return False
            self._held = lock.pop_all()
            return True

    async def _start_work(self) -> None:
        await asyncio.to_thread(recover, self.lease.executor)
        await asyncio.to_thread(self._takeover.release_old_versions, self.lease.executor)
        await self.sweep_now()
        chores = (self._dispatcher.run(), self._beat(), self._take_over(), self._forget())
        self._tasks += [asyncio.create_task(chore) for chore in chores]

    async def _stand_in(self, has_worker: Callable[[], bool]) -> None:
        """Do the work here while there is no worker, so that nothing waits unseen."""
        while await asyncio.to_thread(has_worker):  # noqa: ASYNC110 another process says so
            await asyncio.sleep(1.0 if self.settings.sqlite else self.settings.worker_silence / 3)
        apart = "" if self.settings.sqlite else " (set WORKER=apart to leave it)"
        log.warning("no worker is there: this process does the work itself%s", apart)
        self.works = True
        await self.lease.start(self._dispatcher.drop_running)
        await self._start_work()

    def _config(self) -> DBOSConfig:
        return {
            "name": NAME,
            "system_database_url": self.settings.database_url,
            "system_database_engine": self._database,
            "application_version": self._state.version,
            "executor_id": new_executor(self._state.version),  # DBOS would recover the lease's beside ours
            "log_level": "WARNING" if self.settings.log_level != "DEBUG" else "INFO",
            "run_migrations": True,
            "enable_otlp": is_tracing(),
            "otel_attribute_format": "semconv",
            "notification_listener_polling_interval_sec": 0.5,
        }

    def _schedule_sweeps(self) -> None:
        minutes = self.settings.sweep_minutes
        cron = f"*/{round(minutes)} * * * *" if minutes >= 1 else f"*/{max(1, round(minutes * 60))} * * * * *"
        DBOS.apply_schedules(
            [{"schedule_name": "sweep", "workflow_fn": sweep, "schedule": cron, "queue_name": CHORES}]
        )

    async def sweep_now(self) -> None:
        """Look at whatever happened while no process was running."""
        await DBOS.enqueue_workflow_with_options_async(
            {"workflow_name": "sweep", "queue_name": CHORES, "app_version": self._state.version},
            datetime.now(),
            None,
        )
        self._dispatcher.wake()

    async def enqueue(self, event: Event) -> EnqueueResult:
        return await self._inbox.add(event)

    async def ready(self) -> bool:
        """Whether what it needs can be read and written. Anybody may ask: the answer is a second old at most."""
        async with self._asked_whether_ready:
            if time.monotonic() > self._ready_until:
                self._is_ready = await self._can_write()
                self._ready_until = time.monotonic() + READY_FOR
            return self._is_ready

    async def _can_write(self) -> bool:
        try:
            await asyncio.to_thread(check_disk, self.settings.data_dir)
            await asyncio.to_thread(self.store.check)
            await DBOS.list_workflows_async(limit=1, load_input=False, load_output=False)
        except Exception:
            log.exception("not ready")
            return False
        return True

    async def busy(self) -> int:
        """How much is queued or running now, without what waits for a later moment."""
        found = await DBOS.list_workflows_async(
            status=["ENQUEUED", "PENDING"], limit=1000, load_input=False, load_output=False
        )
        return len(found)

    def waiting(self) -> list[tuple[str, int, float]]:
        """By kind, how many are queued and for how many seconds the oldest has been."""
        return self._dispatcher.waiting()

    async def finish(self, seconds: float) -> None:
        """Give what runs here a moment to end; the rest goes on at the next start."""
        await self._dispatcher.finish(seconds)

    async def _beat(self) -> None:
        await _every(self.settings.worker_silence / 6, self.lease.renew)

    async def _take_over(self) -> None:
        await _every(self.settings.worker_silence / 3, self.take_over_now)

    async def take_over_now(self) -> None:
        """Continue the work of workers that have died, of this version and of older ones."""
        own = self.lease.executor
        if await asyncio.to_thread(self._takeover.recover_dead, own):
            self._dispatcher.wake()
        if await asyncio.to_thread(self._takeover.release_old_versions, own):
            await self.sweep_now()

    async def _forget(self) -> None:
        await _every(3600.0, lambda: asyncio.to_thread(self.forget_old, time.time()))

    def forget_old(self, now: float) -> None:
        self.store.retention.forget_old(now)
        self.forget_ended(now - KEPT)

    def forget_ended(self, before: float) -> int:
        """Delete the workflows that ended before then, so that the database stays small."""
        forgotten = 0
        until = datetime.fromtimestamp(before, UTC).isoformat()
        while ended := DBOS.list_workflows(
            status=["SUCCESS", "ERROR", "CANCELLED"],
            end_time=until,
            limit=500,
            load_input=False,
            load_output=False,
        ):
            DBOS.delete_workflows([one.workflow_id for one in ended])
            forgotten += len(ended)
        return forgotten

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.to_thread(DBOS.destroy)
        await self._dispatcher.end_running()
        # DBOS made its own threads this loop's default ones, and has ended them.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor())
        if self.works:
            await self.lease.end()
        self._held.close()


async def _every(seconds: float, chore: Callable[[], Awaitable[object]]) -> None:
    while True:
        try:
            await chore()
        except Exception:
            log.exception("a chore failed and is tried again")
        await asyncio.sleep(seconds)


def check_disk(folder: Path) -> None:
    """Raise OSError where nothing more can be written there."""
    with tempfile.TemporaryFile(dir=folder) as file:
        file.write(bytes(PROBE_BYTES))
        file.flush()
        os.fsync(file.fileno())
