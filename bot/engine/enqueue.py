"""What is queued, under which id: what is requested twice, after a kill, is queued once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any, NamedTuple, cast

from dbos import DBOS, EnqueueOptions
from dbos._dbos import _get_dbos_instance
from dbos._enqueue_options import build_enqueue_status

from bot.decide.ratchet import Subject
from bot.engine.queues import COMMANDS, DELIVERIES, LOOKS, NAME, RATCHETS, queue_of
from bot.engine.state import current
from bot.engine.work import EventNeeds
from bot.intake.event import Event
from bot.intake.first_steps import FirstSteps
from bot.migration.commands_job import CommandsJob
from bot.store import Migration
from bot.store.requests import NewRequest
from bot.tracing.spans import TraceContext, trace_context

Asked = Mapping[str, Any]
"""A look, a check of the ratchet or a delivery to queue, as a step returns it: DBOS keeps it."""

LONGEST_IN_A_TRACE = 600.0
"""Seconds."""
RETRY_AFTER = (60.0, 120.0, 300.0)
"""Seconds after which what failed is tried again, the first time, the second and the third."""


class Job(NamedTuple):
    """A workflow to queue."""

    options: EnqueueOptions
    arguments: tuple[Any, ...]
    trace: TraceContext | None = None
    """What it belongs to, if that is not what queues it."""

    @property
    def traced_options(self) -> EnqueueOptions:
        """The options, so that it goes on with a trace; what has to wait for long begins its own."""
        context = self.trace or trace_context()
        if context is None or self.delay > LONGEST_IN_A_TRACE:
            return self.options
        return {**self.options, "otel_context": cast(Any, context)}

    @property
    def id(self) -> str:
        return self.options["workflow_id"] or ""

    @property
    def is_delayed(self) -> bool:
        return "delay_seconds" in self.options

    @property
    def delay(self) -> float:
        return self.options.get("delay_seconds") or 0.0


def asked_looks(migrations: Iterable[Migration]) -> list[Asked]:
    ask = current().store.looks.ask
    return [{"migration": asdict(one), "number": ask(one)} for one in migrations]


def asked_checks(subjects: Iterable[Subject], by: str, at: float | None = None) -> list[Asked]:
    """`by`: the id of the workflow that asks; each has its own."""
    return [{"subject": one.as_json(), "at": at, "by": by} for one in subjects]


def asked_delivery(event: Event, failures: int, at: float) -> Asked:
    return {"event": event.as_json(), "failures": failures, "at": at}


def asked_introductions(to: Iterable[FirstSteps], by: str) -> list[Asked]:
    return [{"first_steps": one.as_json(), "by": by} for one in to]


def new_requests(event: Event, needs: EventNeeds) -> Iterator[NewRequest]:
    return ((one, request.id, request.as_json(), event.at) for one, request in needs.requests)


async def enqueue_all(asked: Sequence[Asked]) -> None:
    """In one transaction, but for what waits."""
    later = await asyncio.to_thread(_write_what_is_due, asked)
    for one in later:
        await enqueue(one)
    _note_looks(asked)
    current().dispatcher.wake()


def write_all(asked: Sequence[Asked]) -> None:
    """As `enqueue_all`, in a thread, outside of workflows."""
    for one in _write_what_is_due(asked):
        DBOS.enqueue_workflow_with_options(one.traced_options, *one.arguments)
        current().dispatcher.wake_in(one.delay)
    _note_looks(asked)


def _write_what_is_due(asked: Sequence[Asked]) -> list[Job]:
    """Returns the rest."""
    jobs = [_job(one) for one in asked if not _is_queued(one)]
    write_jobs(one for one in jobs if not one.is_delayed)
    return [one for one in jobs if one.is_delayed]


def write_jobs(jobs: Iterable[Job]) -> set[str]:
    """In one transaction; the ids of those that were not queued before. DBOS does so only for its own Kafka reader."""
    system = _get_dbos_instance()._sys_db
    rows = [build_enqueue_status(one.traced_options, system.serializer, one.arguments, {})[1] for one in jobs]
    return system.init_workflows(rows)


def _is_queued(asked: Asked) -> bool:
    """Whether this process has queued just that look: the many deliveries of a busy hour ask for one."""
    if "migration" not in asked or not asked["number"]:
        return False
    migration = Migration.from_json(asked["migration"])
    return current().queued_looks.get(migration.key) == _job(asked).id


def _note_looks(asked: Iterable[Asked]) -> None:
    for one in asked:
        if "migration" in one and one["number"]:
            job = _job(one)
            current().queued_looks[Migration.from_json(one["migration"]).key] = job.id


def _job(asked: Asked) -> Job:
    return _job_of_its_kind(asked)._replace(trace=asked.get("trace"))


def _job_of_its_kind(asked: Asked) -> Job:
    if "subject" in asked:
        return ratchet_job(Subject.from_json(asked["subject"]), asked.get("by", ""), asked.get("at"))
    if "first_steps" in asked:
        return introduction_job(FirstSteps.from_json(asked["first_steps"]), asked["by"])
    if "event" in asked:
        return _later_delivery_job(asked["event"], asked["failures"], asked["at"])
    return look_job(Migration.from_json(asked["migration"]), asked["number"], asked.get("at"))


def look_job(migration: Migration, number: int, at: float | None = None, postponed: bool = False) -> Job:
    """`number` 0: for a moment, not for what was asked."""
    if at is None:
        return Job(_look_options(migration, str(number)), (asdict(migration), number))
    name = f"{number}/later" if number else f"at-{int(at)}"
    options = _look_options(migration, name + (f"-{int(1000 * at)}" if postponed else ""))
    return Job(_delay_until(options, at), (asdict(migration), number, bool(number)))


def retry_job(migration: Migration, failures: int, failed_at: float) -> Job | None:
    """After a look that failed, the `failures` before it included; none after the last try."""
    if failures >= len(RETRY_AFTER):
        return None
    options = _look_options(migration, f"retry-{failures + 1}-{int(1000 * failed_at)}")
    at = time.time() + RETRY_AFTER[failures]
    return Job(_delay_until(options, at), (asdict(migration), 0, False, failures + 1, failed_at))


def ratchet_job(subject: Subject, by: str, at: float | None) -> Job:
    """Once for each workflow that asks for it; a press of the button once."""
    when = f"/at-{round(at)}" if at is not None else "" if subject.press else f"/{by}"
    name = f"ratchet/{subject.key}/{subject.press or subject.kind}{when}"
    options = _options("ratchet", queue_of(RATCHETS, subject.installation), name)
    options["queue_partition_key"] = subject.key
    return Job(options if at is None else _delay_until(options, at), (subject.as_json(),))


def commands_job(job: CommandsJob, at: float | None = None) -> Job:
    """Every look requests it until it is done; under its key it is queued only once."""
    name = job.key if at is None else f"{job.key}/at-{int(at)}"
    options = _options("commands", queue_of(COMMANDS, job.migration.installation), name)
    return Job(options if at is None else _delay_until(options, at), (job.as_json(),))


def introduction_job(to: FirstSteps, by: str, at: float | None = None) -> Job:
    """Once for each workflow that asks for it; on an issue, once for each person."""
    when = f"at-{int(at)}" if at is not None else to.asked_by or by
    name = f"introduce/{to.installation}/{to.key}/{when}"
    options = _options("introduce", queue_of(DELIVERIES, to.installation), name)
    return Job(options if at is None else _delay_until(options, at), (to.as_json(),))


def delivery_job(event: Event) -> Job:
    options = _options("delivery", queue_of(DELIVERIES, event.installation), delivery_id(event.delivery))
    return Job(options, (event.as_json(),))


def _later_delivery_job(event: Mapping[str, Any], failures: int, at: float) -> Job:
    name = f"{delivery_id(event['delivery'])}/at-{int(at)}"
    options = _options("delivery", queue_of(DELIVERIES, event["installation"]), name)
    return Job(_delay_until(options, at), (event, failures))


def delivery_id(delivery: str) -> str:
    return f"delivery/{delivery}"


async def enqueue(job: Job) -> None:
    await DBOS.enqueue_workflow_with_options_async(job.traced_options, *job.arguments)
    if job.is_delayed:
        current().dispatcher.wake_in(job.delay)
    else:
        current().dispatcher.wake()


def _look_options(migration: Migration, name: str) -> EnqueueOptions:
    options = _options("look", queue_of(LOOKS, migration.installation), f"look/{migration.key}/{name}")
    options["queue_partition_key"] = migration.key
    return options


def _options(workflow: str, queue: str, workflow_id: str) -> EnqueueOptions:
    return {
        "workflow_name": workflow,
        "queue_name": queue,
        "app_version": current().version,
        "workflow_id": workflow_id,
        "application_name": NAME,
    }


def _delay_until(options: EnqueueOptions, at: float) -> EnqueueOptions:
    options["delay_seconds"] = max(0.0, at - time.time())
    return options
