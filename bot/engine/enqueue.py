"""What is queued, under which id: what is requested twice, after a kill, is queued once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from dbos import DBOS, EnqueueOptions

from bot.decide.ratchet import Subject
from bot.engine.queues import COMMANDS, DELIVERIES, LOOKS, RATCHETS
from bot.engine.state import current
from bot.intake.first_steps import FirstSteps
from bot.migration.commands_job import CommandsJob
from bot.store import Migration

Asked = Mapping[str, Any]
"""A look or a check of the ratchet to queue, as a step returns it: DBOS keeps it."""


RETRY_AFTER = (60.0, 120.0, 300.0)
"""Seconds after which a look that failed is tried again, the first time, the second and the third."""


async def looks_at(migrations: Iterable[Migration]) -> list[Asked]:
    ask = current().store.looks.ask
    return [{"migration": asdict(one), "number": await asyncio.to_thread(ask, one)} for one in migrations]


def ratchet_checks(subjects: Iterable[Subject], at: float | None = None) -> list[Asked]:
    return [{"subject": one.as_json(), "at": at} for one in subjects]


def introductions(to: Iterable[FirstSteps]) -> list[Asked]:
    return [{"first_steps": one.as_json()} for one in to]


async def enqueue_all(asked: Iterable[Asked]) -> None:
    for one in asked:
        if "first_steps" in one:
            await enqueue_introduction(FirstSteps.from_json(one["first_steps"]), None)
            continue
        if "subject" in one:
            await enqueue_ratchet(Subject.from_json(one["subject"]), one.get("at"))
        else:
            await enqueue_look(Migration.from_json(one["migration"]), one["number"], one.get("at"))


async def enqueue_look(migration: Migration, number: int, at: float | None, postponed: bool = False) -> None:
    queued, workflow_id = current().queued_looks, look_id(migration, number)
    if at is None and queued.get(migration.key) == workflow_id:
        return
    options = look_options(migration, workflow_id)
    if at is not None:
        options["workflow_id"] = _later_look_id(migration, number, at, postponed)
        options["delay_seconds"] = max(0.0, at - time.time())
    after_pushes = bool(number) and at is not None
    await DBOS.enqueue_workflow_with_options_async(options, asdict(migration), number, after_pushes)
    _wake(LOOKS, at)
    if at is None:
        queued[migration.key] = workflow_id


async def enqueue_retry(migration: Migration, failures: int, failed_at: float) -> None:
    """Queue another try after a failed look, unless it was the last; `failures` includes this one."""
    if failures >= len(RETRY_AFTER):
        return
    name = f"look/{migration.key}/retry-{failures + 1}-{int(1000 * failed_at)}"
    options = look_options(migration, name)
    options["delay_seconds"] = RETRY_AFTER[failures]
    await DBOS.enqueue_workflow_with_options_async(
        options, asdict(migration), 0, False, failures + 1, failed_at
    )
    _wake(LOOKS, time.time() + RETRY_AFTER[failures])


def look_id(migration: Migration, number: int) -> str:
    return f"look/{migration.key}/{number}"


def _later_look_id(migration: Migration, number: int, at: float, postponed: bool) -> str:
    name = f"{number}/later" if number else f"at-{int(at)}"
    return f"look/{migration.key}/{name}" + (f"-{int(1000 * at)}" if postponed else "")


def look_options(migration: Migration, workflow_id: str) -> EnqueueOptions:
    return {
        "workflow_name": "look",
        "queue_name": LOOKS,
        "queue_partition_key": migration.key,
        "app_version": current().version,
        "workflow_id": workflow_id,
    }


async def enqueue_job(job: CommandsJob) -> None:
    """Every look requests it until it is done; under its key it is queued only once."""
    options: EnqueueOptions = {
        "workflow_name": "commands",
        "queue_name": COMMANDS,
        "app_version": current().version,
        "workflow_id": job.key,
    }
    await DBOS.enqueue_workflow_with_options_async(options, job.as_json())
    _wake(COMMANDS, None)


async def enqueue_introduction(to: FirstSteps, at: float | None) -> None:
    """Once for each workflow that asks for it."""
    when = DBOS.workflow_id if at is None else f"at-{int(at)}"
    options: EnqueueOptions = {
        "workflow_name": "introduce",
        "queue_name": DELIVERIES,
        "app_version": current().version,
        "workflow_id": f"introduce/{to.installation}/{to.key}/{when}",
    }
    if at is not None:
        options["delay_seconds"] = max(0.0, at - time.time())
    await DBOS.enqueue_workflow_with_options_async(options, to.as_json())
    _wake(DELIVERIES, at)


async def enqueue_ratchet(subject: Subject, at: float | None) -> None:
    """Once for each workflow that requests it."""
    when = DBOS.workflow_id if at is None else f"at-{int(at)}"
    options: EnqueueOptions = {
        "workflow_name": "ratchet",
        "queue_name": RATCHETS,
        "queue_partition_key": subject.key,
        "app_version": current().version,
        "workflow_id": f"ratchet/{subject.key}/{subject.press or subject.kind}/{when}",
    }
    if at is not None:
        options["delay_seconds"] = max(0.0, at - time.time())
    await DBOS.enqueue_workflow_with_options_async(options, subject.as_json())
    _wake(RATCHETS, at)


def _wake(queue: str, at: float | None) -> None:
    """At the time, where what was queued is delayed; the engine sees within a second that it is due."""
    wake = current().wakeups.wake
    if at is None or at <= time.time():
        wake(queue)
    else:
        asyncio.get_running_loop().call_later(at - time.time() + 0.5, wake, queue)
