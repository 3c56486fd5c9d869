"""Deliveries taken in: durable before they are acknowledged, many in one transaction.

Most ask for nothing that the store does not know: what they ask for is queued at once. The others are a workflow each,
which asks GitHub.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from dbos import DBOS

from bot.engine.enqueue import (
    asked_introductions,
    delivery_id,
    delivery_job,
    new_requests,
    write_all,
    write_jobs,
)
from bot.engine.pushes import asked_by, checks_by, note_pushes
from bot.engine.queues import DELIVERIES, queue_of
from bot.engine.state import EngineState
from bot.engine.work import EventNeeds
from bot.intake.event import Event
from bot.intake.first_steps import first_steps
from bot.intake.webhook import EnqueueResult, NotStorable
from bot.tracing.spans import TraceContext, trace_context


@dataclass(frozen=True)
class Arrival:
    """A delivery, and whether it is new, once that is known."""

    event: Event
    is_new: asyncio.Future[bool]
    trace: TraceContext | None


Traces = Mapping[str, TraceContext | None]
"""By the id of a delivery's workflow."""
UNSTORABLE = (sa.exc.DataError, UnicodeEncodeError, ValueError)
FAILED = ("ERROR", "MAX_RECOVERY_ATTEMPTS_EXCEEDED", "CANCELLED")


class Inbox:
    def __init__(self, state: EngineState) -> None:
        self._state = state
        self._waiting: list[Arrival] = []
        self._wake = asyncio.Event()

    async def add(self, event: Event) -> EnqueueResult:
        """The delivery is durable on return. A known delivery id isn't run again, unless its run failed."""
        is_new: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append(Arrival(event, is_new, trace_context()))
        self._wake.set()
        return EnqueueResult.QUEUED if await is_new else await self._run_again_if_failed(event)

    async def write_all(self) -> None:
        """Runs as long as the process: what arrives during a transaction shares the next one."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            arrived, self._waiting = self._waiting, []
            await self._write_batch(arrived)
            self._state.dispatcher.wake()

    async def _write_batch(self, arrived: list[Arrival]) -> None:
        try:
            new = await asyncio.to_thread(self._write, arrived)
        except Exception as error:
            if len(arrived) > 1 and not isinstance(error, sa.exc.OperationalError):
                for one in arrived:  # what the database does not take of one fails no other
                    await self._write_batch([one])
                return
            for one in arrived:
                _fail(one.is_new, error)
            return
        for one in arrived:
            if not one.is_new.done():
                one.is_new.set_result(one.event.delivery in new)
            new.discard(one.event.delivery)

    def _write(self, arrived: list[Arrival]) -> set[str]:
        """The ids of the deliveries that were not known."""
        events = [one.event for one in arrived]
        traces = {delivery_id(one.event.delivery): one.trace for one in arrived}
        note_pushes(events)
        needs = self._needs(events)
        known = [(event, found) for event, found in zip(events, needs, strict=True) if found is not None]
        others = {event.delivery: event for event, found in zip(events, needs, strict=True) if found is None}
        new = self._write_needs(known, traces)
        jobs = map(delivery_job, others.values())
        inserted = write_jobs(one._replace(trace=traces[one.id]) for one in jobs)
        return new | {one for one in others if delivery_id(one) in inserted}

    def _needs(self, events: list[Event]) -> list[EventNeeds | None]:
        """None also for a click that came before under another id: GitHub is asked whether it is another."""
        clicks = {event.delivery: event for event in events if event.is_click and event.digest}
        again = self._state.store.clicks.record_all(clicks.values())
        found = self._state.work.needs(events)
        return [None if event.delivery in again else one for event, one in zip(events, found, strict=True)]

    def _write_needs(self, known: list[tuple[Event, EventNeeds]], traces: Traces) -> set[str]:
        """Requests first: the looks answer them."""
        store = self._state.store
        added = store.requests.add_all(one for event, found in known for one in new_requests(event, found))
        asked = asked_by((event, found.looks) for event, found in known)
        for event, found in known:
            by = delivery_id(event.delivery)
            asked += checks_by(event, found.subjects)
            asked += asked_introductions(first_steps(event), by)
        write_all([{**one, "trace": traces[one["by"]]} for one in asked])
        ids = {event.delivery: [one.id for _, one in found.requests] for event, found in known}
        return {delivery for delivery, those in ids.items() if not those or not added.isdisjoint(those)}

    async def _run_again_if_failed(self, event: Event) -> EnqueueResult:
        workflow_id = delivery_id(event.delivery)
        status = await DBOS.get_workflow_status_async(workflow_id)
        if status is None or status.status not in FAILED:
            return EnqueueResult.REPEATED
        await DBOS.rewind_workflow_async(
            workflow_id,
            application_version=self._state.version,
            queue_name=queue_of(DELIVERIES, event.installation),
        )
        self._state.dispatcher.wake()
        return EnqueueResult.AGAIN


def _fail(is_new: asyncio.Future[bool], error: Exception) -> None:
    if not is_new.done():
        is_new.set_exception(NotStorable() if isinstance(error, UNSTORABLE) else error)
