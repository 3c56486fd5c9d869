"""The engine: what is durable, in which order it runs, and who takes over. The only file that names DBOS.

A delivery is a workflow under its delivery id. A migration is a partition of one queue: its looks run
one after another. A look is turns until nothing is left to do; a turn looks, decides and acts, as one step:
a kill in the middle of it runs it again from the facts, and what it did before is found done.
"""

from __future__ import annotations

import asyncio
import logging
import time
import traceback
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

import sqlalchemy as sa
from dbos import DBOS, DBOSConfig
from dbos._dbos import _get_dbos_instance
from dbos._enqueue_options import EnqueueOptions, build_enqueue_status
from dbos._error import DBOSMaxStepRetriesExceeded
from dbos._serialization import Serializer
from dbos._sys_db import WorkflowStatusInternal

from bot.decide.ratchet import Later, Subject
from bot.engine.takeover import ALONE, Running, new_executor, recover_dead, release_old_versions
from bot.intake.events import Event
from bot.intake.webhook import Taken
from bot.migration.job import Job
from bot.settings import Settings
from bot.store import Migration, Store

NAME = "drover"
VERSION = "1"
"""Of the workflows' shape, not of the source: an upgrade goes on with what is queued or running. Changed only
when steps change their order, and then old looks are let go: the next look sees all that they would have."""
DELIVERIES, LOOKS, RATCHETS, CHORES, COMMANDS = "deliveries", "looks", "ratchets", "chores", "commands"
QUEUED_AGAIN = {"delivery": DELIVERIES, "ratchet": RATCHETS, "commands": COMMANDS}
"""What an upgrade that changes the version does not let go, by the workflow's name: no sweep would ask for it."""
TURNS = 40
SEEN = 1.0
"""Seconds after a push from which on GitHub surely tells of it."""
LONGEST_ROW = 12
"""How many times the pause between pushes a row of them is waited for."""
KEPT = 4 * 86400.0
"""How long the engine remembers what has ended: longer than GitHub's three days for redelivery."""
log = logging.getLogger("drover.engine")


@dataclass(frozen=True)
class Turn:
    """What one turn did, in words, and when to look again though nobody calls."""

    did: tuple[str, ...]
    look_again: float | None = None
    rests: bool = True
    """Nothing but the status was written: what was seen is how it stands."""
    jobs: tuple[Job, ...] = ()


class Work(Protocol):
    def looks(self, event: Event) -> list[Migration] | None: ...
    async def received(self, event: Event) -> list[Migration]: ...
    async def turn(self, migration: Migration) -> Turn: ...
    async def crashed(self, migration: Migration, error: str) -> None: ...
    async def carry_out(self, job: Job) -> None: ...
    async def could_not(self, job: Job, error: str) -> None: ...
    async def sweep(self) -> list[Migration]: ...
    async def ratcheted(self, event: Event) -> list[Subject]: ...
    async def hold(self, subject: Subject) -> Later: ...
    async def gave_up(self, subject: Subject, error: str) -> None: ...


class _Process:
    """DBOS has one instance a process, and so have we: what the registered workflows work with."""

    work: Work
    store: Store
    push_pause: float
    asked: dict[str, str]
    """The last look that was queued from here for each migration: the many deliveries of a busy hour ask for one."""


_retried: dict[str, Any] = {
    "retries_allowed": True,
    "max_attempts": 4,
    "interval_seconds": 0.5,
    "backoff_rate": 4.0,
}


@DBOS.workflow(name="delivery", max_recovery_attempts=20)
async def delivery(event: dict[str, Any]) -> None:
    """1. keep the intents  2. ask for a look at each migration that it may concern, and for the ratchet"""
    await _enqueue(await _receive(event))


@DBOS.step(name="receive", **_retried)
async def _receive(event: dict[str, Any]) -> list[dict[str, Any]]:
    told = Event.from_json(event)
    pause = _Process.push_pause if told.kind == "push" else 0.0
    later = told.at + pause if pause else None
    found = await _Process.work.received(told)
    asked = await _pushed(found, told, told.at + pause) if pause else await _asked(found)
    subjects = await _Process.work.ratcheted(told)
    return asked + [{"subject": one.as_json(), "at": later} for one in subjects]


@DBOS.workflow(name="look", max_recovery_attempts=20)
async def look(migration: dict[str, Any], number: int, patient: bool = False) -> list[str]:
    """Turns, until one only says how it stands. A patient one waits until a row of pushes is over."""
    if patient and (later := await _pushed_on(migration)):
        await _enqueue_look(Migration.from_json(migration), number, later, again=True)
        return ["waits for more pushes"]
    if number and not await _begin(migration, number):
        return ["seen already"]
    did: list[str] = []
    for _ in range(TURNS):
        try:
            turn = await _turn(migration)
        except Exception as error:
            await _crashed(migration, "".join(traceback.format_exception_only(_cause(error))))
            raise
        for job in turn.get("jobs", ()):
            await _enqueue_job(Job.from_json(job))
        did += turn["did"]
        if turn.get("rests", not turn["did"]):  # a turn of an older version does not say
            if turn["look_again"]:
                await _enqueue_look(Migration.from_json(migration), 0, turn["look_again"])
            break
    return did


def _cause(error: Exception) -> BaseException:
    """What went wrong the last time, under the engine's own word that it went wrong too often."""
    return error.errors[-1] if isinstance(error, DBOSMaxStepRetriesExceeded) and error.errors else error


@DBOS.step(name="pushed on", **_retried)
async def _pushed_on(migration: dict[str, Any]) -> float | None:
    pause, repo = _Process.push_pause, Migration.from_json(migration).repo_id
    end = await asyncio.to_thread(_Process.store.pushes_end, repo, pause, LONGEST_ROW * pause)
    return end if end > time.time() else None


@DBOS.step(name="begin", **_retried)
async def _begin(migration: dict[str, Any], number: int) -> bool:
    one = Migration.from_json(migration)
    wanted = await asyncio.to_thread(_Process.store.look_wanted, one, number)
    await asyncio.to_thread(_Process.store.begin_look, one, number)
    return wanted


@DBOS.step(name="turn", **_retried)
async def _turn(migration: dict[str, Any]) -> dict[str, Any]:
    return asdict(await _Process.work.turn(Migration.from_json(migration)))


@DBOS.step(name="crashed", **_retried)
async def _crashed(migration: dict[str, Any], error: str) -> None:
    await _Process.work.crashed(Migration.from_json(migration), error)


@DBOS.workflow(name="commands", max_recovery_attempts=5)
async def commands(job: dict[str, Any]) -> None:
    """A plan's commands on one commit, and then a look at what they said."""
    try:
        await _carry_out(job)
    except Exception as error:
        await _could_not(job, "".join(traceback.format_exception_only(_cause(error))))
    await _enqueue(await _look_after(job))


@DBOS.step(name="carry out", **_retried)
async def _carry_out(job: dict[str, Any]) -> None:
    await _Process.work.carry_out(Job.from_json(job))


@DBOS.step(name="could not", **_retried)
async def _could_not(job: dict[str, Any], error: str) -> None:
    await _Process.work.could_not(Job.from_json(job), error)


@DBOS.step(name="look after", **_retried)
async def _look_after(job: dict[str, Any]) -> list[dict[str, Any]]:
    return await _asked([Job.from_json(job).migration])


@DBOS.workflow(name="sweep", max_recovery_attempts=5)
async def sweep(_scheduled: datetime, _context: Any) -> None:
    """Finds what a lost webhook should have said: every migration is looked at, and every open pull request."""
    await _enqueue(await _sweep())


@DBOS.step(name="find", **_retried)
async def _sweep() -> list[dict[str, Any]]:
    found = await _Process.work.sweep()
    repos = {one.repo_id: Subject("all", one.repo_id, one.installation, one.full_name) for one in found}
    return await _asked(found) + [{"subject": one.as_json()} for one in repos.values()]


@DBOS.workflow(name="ratchet", max_recovery_attempts=20)
async def ratchet(subject: dict[str, Any]) -> None:
    """One pull request's head, one merge group's, or the search for those that were missed."""
    try:
        later = await _hold(subject)
    except Exception as error:
        await _gave_up(subject, "".join(traceback.format_exception_only(_cause(error))))
        raise
    for one in later["subjects"]:
        found = Subject.from_json(one)
        await _enqueue_ratchet(found, found.not_before or later["at"])


@DBOS.step(name="hold", **_retried)
async def _hold(subject: dict[str, Any]) -> dict[str, Any]:
    return asdict(await _Process.work.hold(Subject.from_json(subject)))


@DBOS.step(name="gave up", **_retried)
async def _gave_up(subject: dict[str, Any], error: str) -> None:
    await _Process.work.gave_up(Subject.from_json(subject), error)


async def _asked(migrations: list[Migration]) -> list[dict[str, Any]]:
    return [
        {"migration": asdict(one), "number": await asyncio.to_thread(_Process.store.ask_look, one)}
        for one in migrations
    ]


async def _pushed(migrations: list[Migration], push: Event, at: float) -> list[dict[str, Any]]:
    """A look for a row of pushes, and none for what a look has seen meanwhile."""
    ask, since = _Process.store.ask_look_unless, push.at + SEEN
    numbers = [(one, await asyncio.to_thread(ask, one, since)) for one in migrations]
    return [{"migration": asdict(one), "number": number, "at": at} for one, number in numbers if number]


async def _enqueue(asked: list[dict[str, Any]]) -> None:
    for one in asked:
        if "subject" in one:
            await _enqueue_ratchet(Subject.from_json(one["subject"]), one.get("at"))
        else:
            await _enqueue_look(Migration.from_json(one["migration"]), one["number"], one.get("at"))


async def _enqueue_job(job: Job) -> None:
    """Asked for at each look until it is done: once queued under its key it is not queued again."""
    options: dict[str, Any] = {
        "workflow_name": "commands",
        "queue_name": COMMANDS,
        "app_version": VERSION,
        "workflow_id": job.key,
    }
    await DBOS.enqueue_workflow_with_options_async(options, job.as_json())  # type: ignore[arg-type]


async def _enqueue_ratchet(subject: Subject, delay_until: float | None) -> None:
    """Once for each workflow that asks: what it asks for twice, after a kill, is one."""
    when = DBOS.workflow_id if delay_until is None else f"at-{int(delay_until)}"
    options: dict[str, Any] = {
        "workflow_name": "ratchet",
        "queue_name": RATCHETS,
        "queue_partition_key": subject.key,
        "app_version": VERSION,
        "workflow_id": f"ratchet/{subject.key}/{subject.press or subject.kind}/{when}",
    }
    if delay_until is not None:
        options["delay_seconds"] = max(0.0, delay_until - time.time())
    await DBOS.enqueue_workflow_with_options_async(options, subject.as_json())  # type: ignore[arg-type]


async def _enqueue_look(
    migration: Migration, number: int, delay_until: float | None, again: bool = False
) -> None:
    if delay_until is None and _Process.asked.get(migration.key) == _look_id(migration, number):
        return
    options = _look_options(migration, _look_id(migration, number))
    if delay_until is not None:
        which = f"{number}/later" if number else f"at-{int(delay_until)}"
        which += f"-{int(1000 * delay_until)}" if again else ""
        options["workflow_id"] = f"look/{migration.key}/{which}"
        options["delay_seconds"] = max(0.0, delay_until - time.time())
    patient = bool(number) and delay_until is not None
    await DBOS.enqueue_workflow_with_options_async(options, asdict(migration), number, patient)
    if delay_until is None:
        _Process.asked[migration.key] = _look_id(migration, number)


def _look_options(migration: Migration, workflow_id: str) -> EnqueueOptions:
    return {
        "workflow_name": "look",
        "queue_name": LOOKS,
        "queue_partition_key": migration.key,
        "app_version": VERSION,
        "workflow_id": workflow_id,
    }


def _look_id(migration: Migration, number: int) -> str:
    return f"look/{migration.key}/{number}"


def _delivery_id(event: Event) -> str:
    return f"delivery/{event.delivery}"


def _delivery_row(event: Event, serializer: Serializer) -> WorkflowStatusInternal:
    options: EnqueueOptions = {
        "workflow_name": "delivery",
        "queue_name": DELIVERIES,
        "workflow_id": _delivery_id(event),
        "app_version": VERSION,
        "application_name": NAME,
    }
    return build_enqueue_status(options, serializer, (event.as_json(),), {})[1]


def _look_row(migration: Migration, number: int, serializer: Serializer) -> WorkflowStatusInternal:
    options = _look_options(migration, _look_id(migration, number))
    options["application_name"] = NAME
    return build_enqueue_status(options, serializer, (asdict(migration), number), {})[1]


class Engine:
    """DBOS, started and stopped with the process."""

    def __init__(
        self, settings: Settings, database: sa.Engine, store: Store, work: Work, *, listen: bool
    ) -> None:
        self.settings, self.store, self.listen = settings, store, listen
        self.executor = ALONE if settings.sqlite else new_executor(VERSION)
        self._running = Running(self.executor, VERSION, QUEUED_AGAIN)
        self._database = database
        self._tasks: list[asyncio.Task[None]] = []
        self._arrived: list[tuple[Event, asyncio.Future[bool]]] = []
        self._wake = asyncio.Event()
        _Process.work, _Process.store, _Process.push_pause = work, store, settings.push_pause
        _Process.asked = {}

    async def start(self) -> None:
        config: DBOSConfig = {
            "name": NAME,
            "system_database_url": self.settings.database_url,
            "system_database_engine": self._database,
            "application_version": VERSION,
            "executor_id": self.executor,
            "log_level": "WARNING" if self.settings.log_level != "DEBUG" else "INFO",
            "run_migrations": True,
            "notification_listener_polling_interval_sec": 0.5,
        }
        DBOS(config=config)
        if not self.listen:
            await asyncio.to_thread(DBOS.listen_queues, [])
        await asyncio.to_thread(self.store.beat, self.executor, time.time())
        DBOS.launch()  # on this loop's own thread: DBOS then runs our coroutines on this loop
        await asyncio.to_thread(self._queues)
        self._tasks = [asyncio.create_task(self._take_in())]
        if self.listen:
            await asyncio.to_thread(self._release_old_versions)
            await self.sweep_now()
            chores = (self._beat(), self._take_over(), self._forget())
            self._tasks += [asyncio.create_task(chore) for chore in chores]

    def _queues(self) -> None:
        many = self.settings.worker_concurrency
        poll = 0.2 if self.settings.sqlite else 0.3
        DBOS.register_queue(
            DELIVERIES,
            worker_concurrency=max(8, many),
            polling_interval_sec=2 * poll,
            on_conflict="always_update",
        )
        DBOS.register_queue(
            LOOKS,
            worker_concurrency=many,
            partition_concurrency=1,
            polling_interval_sec=poll,
            on_conflict="always_update",
        )
        DBOS.register_queue(
            RATCHETS,
            worker_concurrency=many,
            partition_concurrency=1,
            polling_interval_sec=4 * poll,
            on_conflict="always_update",
        )
        DBOS.register_queue(
            CHORES, global_concurrency=1, polling_interval_sec=5 * poll, on_conflict="always_update"
        )
        if self.settings.run_commands != "off":
            DBOS.register_queue(
                COMMANDS, worker_concurrency=1, polling_interval_sec=5 * poll, on_conflict="always_update"
            )
        minutes = self.settings.sweep_minutes
        cron = f"*/{round(minutes)} * * * *" if minutes >= 1 else f"*/{max(1, round(minutes * 60))} * * * * *"
        DBOS.apply_schedules(
            [{"schedule_name": "sweep", "workflow_fn": sweep, "schedule": cron, "queue_name": CHORES}]
        )

    async def sweep_now(self) -> None:
        """What a start does: whatever happened while nobody was there is looked at."""
        await DBOS.enqueue_workflow_with_options_async(
            {"workflow_name": "sweep", "queue_name": CHORES, "app_version": VERSION}, datetime.now(), None
        )

    async def enqueue(self, event: Event) -> Taken:
        """Durable when it returns. A delivery id seen before is not run again, unless its run had failed."""
        waiting: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._arrived.append((event, waiting))
        self._wake.set()
        if await waiting:
            return Taken.QUEUED
        return await self._again(_delivery_id(event))

    async def _take_in(self) -> None:
        """Those that arrive while others are written wait for the next writing: one transaction for all of them."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            arrived, self._arrived = self._arrived, []
            try:
                new = await asyncio.to_thread(self._write, [event for event, _ in arrived])
            except Exception as error:
                for _, waiting in arrived:
                    waiting.set_exception(error)
                continue
            for event, waiting in arrived:
                if not waiting.done():
                    waiting.set_result(event.delivery in new)
                new.discard(event.delivery)

    def _write(self, events: list[Event]) -> set[str]:
        """The deliveries among them that were not known. What only says *look sooner* is a look, and no workflow of
        its own: of many, one is written. DBOS writes many at once only for its own Kafka reader."""
        self._note_pushes(events)
        system = _get_dbos_instance()._sys_db
        looks = {event.delivery: _Process.work.looks(event) for event in events}
        more = {event.delivery: event for event in events if looks[event.delivery] is None}
        rows = [_delivery_row(event, system.serializer) for event in more.values()]
        asked = {one: self.store.ask_look(one) for found in looks.values() for one in found or ()}
        fresh = {one: n for one, n in asked.items() if _Process.asked.get(one.key) != _look_id(one, n)}
        rows += [_look_row(one, number, system.serializer) for one, number in fresh.items()]
        inserted = system.init_workflows(rows)
        _Process.asked.update((one.key, _look_id(one, number)) for one, number in fresh.items())
        return {one for one in looks if one not in more or _delivery_id(more[one]) in inserted}

    def _note_pushes(self, events: list[Event]) -> None:
        pause = self.settings.push_pause
        last = {event.repo_id: event.at for event in events if pause and event.kind == "push"}
        for repo, at in last.items():
            self.store.note_push(repo, at, pause)

    async def _again(self, workflow_id: str) -> Taken:
        status = await DBOS.get_workflow_status_async(workflow_id)
        if status is None or status.status not in ("ERROR", "MAX_RECOVERY_ATTEMPTS_EXCEEDED", "CANCELLED"):
            return Taken.REPEATED
        await DBOS.rewind_workflow_async(workflow_id, application_version=VERSION, queue_name=DELIVERIES)
        return Taken.AGAIN

    async def ready(self) -> bool:
        try:
            await asyncio.to_thread(self.store.check)
            await DBOS.list_workflows_async(limit=1, load_input=False, load_output=False)
        except Exception:
            log.exception("not ready")
            return False
        return True

    async def busy(self) -> int:
        """How much is queued or running now; what waits for a later moment is not."""
        found = await DBOS.list_workflows_async(
            status=["ENQUEUED", "PENDING"], limit=1000, load_input=False, load_output=False
        )
        return len(found)

    async def finish(self, seconds: float) -> None:
        """Gives what runs here a moment to come to its end; the rest goes on at the next start."""
        deadline = time.monotonic() + seconds
        while self.listen and time.monotonic() < deadline:
            if not await DBOS.list_workflows_async(
                status="PENDING", executor_id=self.executor, limit=1, load_input=False, load_output=False
            ):
                return
            await asyncio.sleep(0.05)

    async def _beat(self) -> None:
        beat = self.settings.worker_silence / 6
        await _every(beat, lambda: asyncio.to_thread(self.store.beat, self.executor, time.time()))

    async def _take_over(self) -> None:
        await _every(self.settings.worker_silence / 3, self.take_over_now)

    async def take_over_now(self) -> None:
        """The work of workers that fell silent, of this version and of those before."""
        await asyncio.to_thread(recover_dead, self.store, self._running, self._silent_since())
        if await asyncio.to_thread(self._release_old_versions):
            await self.sweep_now()

    def _release_old_versions(self) -> int:
        return release_old_versions(self.store, self._running, self._silent_since())

    def _silent_since(self) -> float:
        return time.time() - self.settings.worker_silence

    async def _forget(self) -> None:
        await _every(3600.0, lambda: asyncio.to_thread(self.forget_ended, time.time() - KEPT))

    def forget_ended(self, before: float) -> int:
        """What ended so long ago that GitHub can't deliver it again: the database stays as small as it is."""
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
        # DBOS had made its own threads this loop's, and has ended them.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor())
        await asyncio.to_thread(self.store.beat, self.executor, 0.0)


async def _every(seconds: float, what: Callable[[], Awaitable[object]]) -> None:
    while True:
        try:
            await what()
        except Exception:
            log.exception("a chore failed and is tried again")
        await asyncio.sleep(seconds)
