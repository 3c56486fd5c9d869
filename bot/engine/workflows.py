"""The durable functions.

A delivery is a workflow under its delivery id. A migration is a partition of one queue: its looks run one after
another. A look is turns until nothing is left to do. A turn is one step: after a kill in the middle it runs again
from the facts, and finds done what was done.
"""

from __future__ import annotations

import asyncio
import time
import traceback
from collections.abc import Awaitable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict
from datetime import datetime
from typing import Any

from dbos import DBOS
from dbos._error import DBOSMaxStepRetriesExceeded

from bot.decide.ratchet import Subject
from bot.engine import pushes
from bot.engine.enqueue import (
    RETRY_AFTER,
    Asked,
    asked_checks,
    asked_delivery,
    asked_introductions,
    asked_looks,
    commands_job,
    delivery_id,
    enqueue,
    enqueue_all,
    introduction_job,
    look_job,
    new_requests,
    ratchet_job,
    retry_job,
)
from bot.engine.state import current
from bot.engine.work import EventNeeds
from bot.github import MustWait
from bot.intake.delivery import queued_event
from bot.intake.event import Event
from bot.intake.first_steps import FirstSteps, first_steps
from bot.logs import about
from bot.migration.commands_job import CommandsJob
from bot.store import Migration
from bot.tracing.spans import describe_span

MOST_TURNS = 40
_retried: dict[str, Any] = {
    "retries_allowed": True,
    "max_attempts": 4,
    "interval_seconds": 0.5,
    "backoff_rate": 4.0,
}


@DBOS.workflow(name="delivery", max_recovery_attempts=20)
async def delivery(event: dict[str, Any], failures: int = 0) -> None:
    """1. ask GitHub whom it concerns  2. keep what people ask for  3. queue looks, and the ratchet's checks. Where
    GitHub does not answer, or asks for a wait: again later."""
    with _about(delivery=event.get("delivery", ""), repository=event.get("repo", "")):
        try:
            asked = await _receive(event)
        except Exception:
            if failures >= len(RETRY_AFTER):
                raise
            asked = [await _again_later(event, failures)]
        await enqueue_all(asked)


@contextmanager
def _about(**what: str | int) -> Iterator[None]:
    """The log's lines and the spans of a workflow say what it is about, the engine's own too."""
    describe_span(**what)
    with about(**what):
        yield


def _about_migration(migration: Mapping[str, Any]) -> AbstractContextManager[None]:
    one = Migration.from_json(migration)
    return _about(repository=one.full_name, issue=one.issue)


@DBOS.step(name="receive", **_retried)
async def _receive(data: dict[str, Any]) -> list[Any]:
    event, state = queued_event(data), current()
    try:
        needs = await state.work.find_needs(event)
    except MustWait as wait:
        return [asked_delivery(event, 0, wait.until + 1)]
    return await asyncio.to_thread(_asked_by_delivery, event, needs)


def _asked_by_delivery(event: Event, needs: EventNeeds) -> list[Asked]:
    current().store.requests.add_all(new_requests(event, needs))
    checks = pushes.checks_by(event, needs.subjects)
    introductions = asked_introductions(first_steps(event), delivery_id(event.delivery))
    return [*pushes.asked_by([(event, needs.looks)]), *checks, *introductions]


@DBOS.step(name="again later")
async def _again_later(data: dict[str, Any], failures: int) -> Any:
    return asked_delivery(queued_event(data), failures + 1, time.time() + RETRY_AFTER[failures])


@DBOS.workflow(name="look", max_recovery_attempts=20)
async def look(
    migration: dict[str, Any],
    number: int,
    after_pushes: bool = False,
    failures: int = 0,
    failed_at: float = 0.0,
) -> list[str]:
    """Run turns until nothing is left to do; after pushes, once their series is over. `failures`: how many looks
    failed before this one, which tries again."""
    with _about_migration(migration):
        return await _look(migration, number, after_pushes, failures, failed_at)


async def _look(
    migration: dict[str, Any], number: int, after_pushes: bool, failures: int, failed_at: float
) -> list[str]:
    if after_pushes and (later := await _series_goes_on_until(migration)):
        await enqueue(look_job(Migration.from_json(migration), number, later, postponed=True))
        return ["waits for more pushes"]
    if number and not await _begin(migration, number):
        return ["a later look has begun"]
    if failures and not await _begin_again(migration, failed_at):
        return ["a later look has begun"]
    did: list[str] = []
    for _ in range(MOST_TURNS):
        try:
            turn = await _turn(migration)
        except Exception as error:
            failed_at = await _record_crash(migration, _describe_error(error))
            if retry := retry_job(Migration.from_json(migration), failures, failed_at):
                await enqueue(retry)
            raise
        for job in turn.get("jobs", ()):
            await enqueue(commands_job(CommandsJob.from_json(job)))
        did += turn["did"]
        if turn.get("rests", not turn["did"]):  # a turn of an older version does not say
            if turn["look_again"]:
                await enqueue(look_job(Migration.from_json(migration), 0, turn["look_again"]))
            break
    return did


def _describe_error(error: Exception) -> str:
    return "".join(traceback.format_exception_only(_cause(error)))


def _cause(error: Exception) -> BaseException:
    """The last error, if the engine only reports that there were too many."""
    return error.errors[-1] if isinstance(error, DBOSMaxStepRetriesExceeded) and error.errors else error


@DBOS.step(name="pushed on", **_retried)
async def _series_goes_on_until(migration: dict[str, Any]) -> float | None:
    return await pushes.series_goes_on_until(Migration.from_json(migration).repo_id)


@DBOS.step(name="begin", **_retried)
async def _begin(migration: dict[str, Any], number: int) -> bool:
    one, store = Migration.from_json(migration), current().store
    wanted = await asyncio.to_thread(store.looks.is_wanted, one, number)
    await asyncio.to_thread(store.looks.begin, one, number)
    return wanted


@DBOS.step(name="begin again", **_retried)
async def _begin_again(migration: dict[str, Any], failed_at: float) -> bool:
    begin_again = current().store.looks.begin_again
    return await asyncio.to_thread(begin_again, Migration.from_json(migration), since=failed_at)


@DBOS.step(name="turn", **_retried)
async def _turn(migration: dict[str, Any]) -> dict[str, Any]:
    return asdict(await current().work.run_turn(Migration.from_json(migration)))


@DBOS.step(name="crashed", **_retried)
async def _record_crash(migration: dict[str, Any], error: str) -> float:
    """Returns when that was."""
    await current().work.report_crash(Migration.from_json(migration), error)
    return time.time()


@DBOS.workflow(name="commands", max_recovery_attempts=5)
async def commands(job: dict[str, Any]) -> None:
    """Run a plan's commands on one commit, then look at what they reported. Where GitHub asks for a wait: later."""
    with _about_migration(job["migration"]):
        try:
            later = await _run_job(job)
        except Exception as error:
            later = await _job_failed(job, _describe_error(error))
        if later:
            await enqueue(commands_job(CommandsJob.from_json(job), later))
        else:
            await enqueue_all(await _look_after(job))


@DBOS.step(name="carry out", **_retried)
async def _run_job(job: dict[str, Any]) -> float | None:
    return await _until_possible(current().work.run_job(CommandsJob.from_json(job)))


@DBOS.step(name="could not", **_retried)
async def _job_failed(job: dict[str, Any], error: str) -> float | None:
    return await _until_possible(current().work.report_job_failure(CommandsJob.from_json(job), error))


async def _until_possible(work: Awaitable[None]) -> float | None:
    """When it is possible, where GitHub asks for a wait."""
    try:
        await work
    except MustWait as wait:
        return wait.until + 1
    return None


@DBOS.step(name="look after", **_retried)
async def _look_after(job: dict[str, Any]) -> list[Any]:
    return await asyncio.to_thread(asked_looks, [CommandsJob.from_json(job).migration])


@DBOS.workflow(name="introduce", max_recovery_attempts=5)
async def introduce(to: dict[str, Any]) -> None:
    """Say how to start, where Drover was just installed or somebody doesn't know."""
    with _about(repository=to.get("repo", "")):
        later = await _introduce(to)
    if later is not None:
        await enqueue(introduction_job(FirstSteps.from_json(to), "", later))


@DBOS.step(name="say how to start", **_retried)
async def _introduce(to: dict[str, Any]) -> float | None:
    return await current().work.introduce(FirstSteps.from_json(to))


@DBOS.workflow(name="sweep", max_recovery_attempts=5)
async def sweep(_scheduled: datetime, _context: Any) -> None:
    """Look at every migration and every open pull request, for what lost webhooks would have said."""
    await enqueue_all(await _sweep(DBOS.workflow_id or ""))


@DBOS.step(name="find", **_retried)
async def _sweep(by: str) -> list[Any]:
    found = await current().work.sweep()
    repos = {one.repo_id: Subject("all", one.repo_id, one.installation, one.full_name) for one in found}
    looks = await asyncio.to_thread(asked_looks, found)
    return [*looks, *asked_checks(repos.values(), by)]


@DBOS.workflow(name="ratchet", max_recovery_attempts=20)
async def ratchet(subject: dict[str, Any]) -> None:
    """Check one pull request's head or one merge group, or find those that were missed."""
    with _about(repository=subject.get("repo", "")):
        try:
            later = await _check_ratchet(subject)
        except Exception as error:
            await _ratchet_failed(subject, _describe_error(error))
            raise
        for one in later["subjects"]:
            found = Subject.from_json(one)
            await enqueue(ratchet_job(found, DBOS.workflow_id or "", found.not_before or later["at"]))


@DBOS.step(name="hold", **_retried)
async def _check_ratchet(subject: dict[str, Any]) -> dict[str, Any]:
    return asdict(await current().work.check_ratchet(Subject.from_json(subject)))


@DBOS.step(name="gave up", **_retried)
async def _ratchet_failed(subject: dict[str, Any], error: str) -> None:
    await current().work.report_ratchet_failure(Subject.from_json(subject), error)
