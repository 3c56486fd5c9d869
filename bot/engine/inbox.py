"""Deliveries taken in: durable before they are acknowledged, many in one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import asdict

import sqlalchemy as sa
from dbos import DBOS, EnqueueOptions
from dbos._dbos import _get_dbos_instance
from dbos._enqueue_options import build_enqueue_status
from dbos._serialization import Serializer
from dbos._sys_db import WorkflowStatusInternal

from bot.engine.enqueue import look_id, look_options
from bot.engine.pushes import note_pushes
from bot.engine.queues import DELIVERIES, LOOKS, NAME
from bot.engine.state import EngineState
from bot.intake.event import Event
from bot.intake.webhook import EnqueueResult, NotStorable
from bot.store import Migration

Arrived = tuple[Event, asyncio.Future[bool]]
"""A delivery, and whether it is new, once that is known."""
UNSTORABLE = (sa.exc.DataError, UnicodeEncodeError, ValueError)
FAILED = ("ERROR", "MAX_RECOVERY_ATTEMPTS_EXCEEDED", "CANCELLED")


class Inbox:
    def __init__(self, state: EngineState) -> None:
        self._state = state
        self._waiting: list[Arrived] = []
        self._wake = asyncio.Event()

    async def add(self, event: Event) -> EnqueueResult:
        """The delivery is durable on return. A known delivery id isn't run again, unless its run failed."""
        is_new: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((event, is_new))
        self._wake.set()
        return EnqueueResult.QUEUED if await is_new else await self._run_again_if_failed(event)

    async def write_all(self) -> None:
        """Runs as long as the process: what arrives during a transaction shares the next one."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            arrived, self._waiting = self._waiting, []
            await self._write_batch(arrived)

    async def _write_batch(self, arrived: list[Arrived]) -> None:
        try:
            new = await asyncio.to_thread(self._write, [event for event, _ in arrived])
        except Exception as error:
            if len(arrived) > 1 and not isinstance(error, sa.exc.OperationalError):
                for one in arrived:  # what the database does not take of one fails no other
                    await self._write_batch([one])
                return
            for _, is_new in arrived:
                _fail(is_new, error)
            return
        for event, is_new in arrived:
            if not is_new.done():
                is_new.set_result(event.delivery in new)
            new.discard(event.delivery)

    def _write(self, events: list[Event]) -> set[str]:
        """The ids of the deliveries that were not known. One that only asks for looks is no workflow of its own, and
        many that ask for the same look are one. DBOS writes many at once only for its own Kafka reader."""
        note_pushes(events)
        system = _get_dbos_instance()._sys_db
        only_looks = {event.delivery: self._state.work.only_looks(event) for event in events}
        others = {event.delivery: event for event in events if only_looks[event.delivery] is None}
        rows = [self._delivery_row(event, system.serializer) for event in others.values()]
        looks = self._looks_to_queue(one for found in only_looks.values() for one in found or ())
        rows += [_look_row(one, number, system.serializer) for one, number in looks.items()]
        inserted = system.init_workflows(rows)
        for queue in (DELIVERIES, LOOKS):
            self._state.wakeups.wake(queue)
        self._state.queued_looks.update((one.key, look_id(one, number)) for one, number in looks.items())
        return {one for one in only_looks if one not in others or _delivery_id(others[one]) in inserted}

    def _looks_to_queue(self, migrations: Iterable[Migration]) -> Mapping[Migration, int]:
        """By migration, the number of its next look, unless this process has queued that already."""
        asked = {one: self._state.store.looks.ask(one) for one in set(migrations)}
        queued = self._state.queued_looks
        return {one: number for one, number in asked.items() if queued.get(one.key) != look_id(one, number)}

    def _delivery_row(self, event: Event, serializer: Serializer) -> WorkflowStatusInternal:
        options: EnqueueOptions = {
            "workflow_name": "delivery",
            "queue_name": DELIVERIES,
            "workflow_id": _delivery_id(event),
            "app_version": self._state.version,
            "application_name": NAME,
        }
        return build_enqueue_status(options, serializer, (event.as_json(),), {})[1]

    async def _run_again_if_failed(self, event: Event) -> EnqueueResult:
        workflow_id = _delivery_id(event)
        status = await DBOS.get_workflow_status_async(workflow_id)
        if status is None or status.status not in FAILED:
            return EnqueueResult.REPEATED
        await DBOS.rewind_workflow_async(
            workflow_id, application_version=self._state.version, queue_name=DELIVERIES
        )
        self._state.wakeups.wake(DELIVERIES)
        return EnqueueResult.AGAIN


def _fail(is_new: asyncio.Future[bool], error: Exception) -> None:
    if not is_new.done():
        is_new.set_exception(NotStorable() if isinstance(error, UNSTORABLE) else error)


def _delivery_id(event: Event) -> str:
    return f"delivery/{event.delivery}"


def _look_row(migration: Migration, number: int, serializer: Serializer) -> WorkflowStatusInternal:
    options = look_options(migration, look_id(migration, number))
    options["application_name"] = NAME
    return build_enqueue_status(options, serializer, (asdict(migration), number), {})[1]
