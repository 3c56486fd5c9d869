"""An upgrade that changes the version of the workflows: nothing that the old one left is waited for, and none is lost."""

from __future__ import annotations

import asyncio
import base64
import pickle
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, replace
from typing import Any

import pytest
from dbos import DBOS, EnqueueOptions

from bot.decide.ratchet import LaterSubjects, Subject
from bot.decide.requests import UserRequest
from bot.engine import engine as engines
from bot.engine import queues
from bot.engine.engine import Engine
from bot.engine.takeover import new_executor, version_of
from bot.engine.work import EventNeeds, TurnResult
from bot.intake.event import Event
from bot.intake.webhook import EnqueueResult
from bot.migration.commands_job import CommandsJob
from bot.service import running
from bot.store import Migration, open_engine
from bot.turn.bot_work import BotWork
from tests.upgrade.test_old_json import STORED
from tests.world import World

EVENT = Event("d-1", "push", 7, 1, "acme/shop", "maya", False, ref="main")
MIGRATION = Migration(1, 5, 7, "acme/shop")
DEAD = "drover-dead00000000"


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the work was asked for, while it does nothing else."""
    found: list[str] = []

    def needs(_: BotWork, events: Sequence[Event]) -> list[None]:
        return [None for _ in events]

    async def find_needs(_: BotWork, event: Event) -> EventNeeds:
        found.append(f"received {event.delivery}")
        return EventNeeds()

    async def run_turn(_: BotWork, migration: Migration) -> TurnResult:
        found.append(f"looked at {migration.key}")
        return TurnResult(())

    async def run_job(_: BotWork, job: CommandsJob) -> None:
        found.append(f"ran {job.key}")

    async def check_ratchet(_: BotWork, subject: Subject) -> LaterSubjects:
        found.append(f"held {subject.press}")
        return LaterSubjects()

    async def sweep(_: BotWork) -> list[Migration]:
        found.append("swept")
        return [MIGRATION]

    for name, function in list(locals().items()):
        if name in vars(BotWork):
            monkeypatch.setattr(BotWork, name, function)
    return found


@asynccontextmanager
async def the_old_version(place: World, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Engine]:
    """Its web process, without a worker: all that is asked of it is left for the new version."""
    settings = place.settings()
    with monkeypatch.context() as patched:
        patched.setattr(engines, "VERSION", "0")
        async with running(settings, works=False) as engine:
            yield engine


async def leave(name: str, queue: str, workflow_id: str, *arguments: Any, partition: str = "") -> None:
    options: EnqueueOptions = {"workflow_name": name, "queue_name": queue, "workflow_id": workflow_id}
    options["app_version"] = "0"
    if partition:
        options["queue_partition_key"] = partition
    await DBOS.enqueue_workflow_with_options_async(options, *arguments)


def change(place: World, statement: str, *values: object) -> None:
    database = open_engine(f"sqlite:///{place.home / 'bot' / 'drover.db'}")
    with database.begin() as connection:
        connection.exec_driver_sql(statement, values)
    database.dispose()


async def state_of(workflow_id: str) -> str:
    found = await DBOS.get_workflow_status_async(workflow_id)
    return f"{found.status} {found.app_version}" if found else ""


async def ended(place: World, *workflow_ids: str) -> None:
    async def all_ended() -> bool:
        return {await state_of(one) for one in workflow_ids} == {f"SUCCESS {queues.VERSION}"}

    await place.until(all_ended, "all of it has ended")


async def test_what_only_the_old_version_knew_is_queued_again(
    place: World, monkeypatch: pytest.MonkeyPatch, done: list[str]
) -> None:
    job = CommandsJob(MIGRATION, "c0ffee", 3, ("pytest",))
    subject = Subject("fix", 1, 7, "acme/shop", head="c0ffee", press="p-1")
    pressed = "ratchet/1/c0ffee/p-1/x"
    async with the_old_version(place, monkeypatch):
        await leave("delivery", queues.DELIVERIES, "delivery/d-1", EVENT.as_json())
        await leave("commands", queues.COMMANDS, job.key, job.as_json())
        await leave("ratchet", queues.RATCHETS, pressed, subject.as_json(), partition=subject.key)
    place.extra["RUN_COMMANDS"] = "bwrap"
    await place.start_bot()
    await ended(place, "delivery/d-1", job.key, pressed)
    assert {"received d-1", f"ran {job.key}", "held p-1", "swept"} <= {*done}


async def test_a_look_of_the_old_version_does_not_block_its_migration(
    place: World, monkeypatch: pytest.MonkeyPatch, done: list[str]
) -> None:
    async with the_old_version(place, monkeypatch) as old:
        store = old.store
        running = await asyncio.to_thread(store.looks.ask, MIGRATION)
        await asyncio.to_thread(store.looks.begin, MIGRATION, running)
        waiting = await asyncio.to_thread(store.looks.ask, MIGRATION)
        for number in (running, waiting):
            name = f"look/{MIGRATION.key}/{number}"
            await leave("look", queues.LOOKS, name, asdict(MIGRATION), number, partition=MIGRATION.key)
    held = f"look/{MIGRATION.key}/{running}"
    change(
        place,
        "UPDATE workflow_status SET status = 'PENDING', executor_id = 'local' WHERE workflow_uuid = ?",
        held,
    )
    await place.start_bot()
    await place.until(lambda: f"looked at {MIGRATION.key}" in done, "it is looked at")
    await place.settled()
    assert await state_of(held) == "CANCELLED 0"
    assert await state_of(f"look/{MIGRATION.key}/{waiting}") == "CANCELLED 0"


async def test_a_kill_between_releasing_and_queueing_again_loses_nothing(
    place: World, monkeypatch: pytest.MonkeyPatch, done: list[str]
) -> None:
    async with the_old_version(place, monkeypatch):
        await leave("delivery", queues.DELIVERIES, "delivery/d-1", EVENT.as_json())
        await DBOS.cancel_workflow_async("delivery/d-1")
    await place.start_bot()
    await ended(place, "delivery/d-1")
    assert done.count("received d-1") == 1


async def test_unreadable_work_of_an_old_version_ends_and_stops_nothing(
    place: World, monkeypatch: pytest.MonkeyPatch, done: list[str]
) -> None:
    async with the_old_version(place, monkeypatch):
        for name in ("gone", "cut", "d-1"):
            event = replace(EVENT, delivery=name)
            await leave("delivery", queues.DELIVERIES, f"delivery/{name}", event.as_json())
    for name, text in (("gone", "Y2JvdC5nb25lCkdvbmUKLg=="), ("cut", "gASV")):
        change(
            place, "UPDATE workflow_input SET inputs = ? WHERE workflow_uuid = ?", text, f"delivery/{name}"
        )
    await place.start_bot()
    await ended(place, "delivery/d-1")
    await place.settled()
    assert {await state_of("delivery/gone"), await state_of("delivery/cut")} == {f"ERROR {queues.VERSION}"}


async def test_a_delivery_that_failed_in_the_old_version_is_run_when_it_is_sent_again(
    place: World, monkeypatch: pytest.MonkeyPatch, done: list[str]
) -> None:
    async with the_old_version(place, monkeypatch):
        await leave("delivery", queues.DELIVERIES, "delivery/d-1", EVENT.as_json())
    change(place, "UPDATE workflow_status SET status = 'ERROR' WHERE workflow_uuid = 'delivery/d-1'")
    await place.start_bot()
    assert place.engine is not None
    assert await place.engine.enqueue(EVENT) is EnqueueResult.AGAIN
    await ended(place, "delivery/d-1")


async def test_work_of_another_version_is_left_alone_while_somebody_runs_it(
    place: World, monkeypatch: pytest.MonkeyPatch, done: list[str]
) -> None:
    async with the_old_version(place, monkeypatch) as old:
        await leave("delivery", queues.DELIVERIES, "delivery/d-1", EVENT.as_json())
        await asyncio.to_thread(old.store.heartbeats.start, "drover-0-abcdefabcdef")
    await place.start_bot()
    engine = place.engine
    assert engine is not None
    await engine.take_over_now()
    assert await state_of("delivery/d-1") == "ENQUEUED 0"
    await asyncio.to_thread(engine.store.heartbeats.start, "drover-0-abcdefabcdef", 0.0)
    await engine.take_over_now()
    await ended(place, "delivery/d-1")
    assert done.count("received d-1") == 1


async def test_a_dead_worker_is_remembered_until_nothing_of_its_work_is_pending(
    place: World, monkeypatch: pytest.MonkeyPatch, done: list[str]
) -> None:
    await place.start_bot()
    engine = place.engine
    assert engine is not None
    await place.settled()
    await engine.enqueue(EVENT)
    await ended(place, "delivery/d-1")
    await asyncio.to_thread(engine.store.heartbeats.start, DEAD, 0.0)
    change(
        place,
        "UPDATE workflow_status SET status = 'PENDING', executor_id = ?, queue_name = 'deliveries' "
        "WHERE workflow_uuid = 'delivery/d-1'",
        DEAD,
    )
    with monkeypatch.context() as patched:
        patched.setattr(DBOS, "_recover_pending_workflows", lambda _: [])
        await engine.take_over_now()
    assert DEAD in engine.store.heartbeats.silent_for(1)
    await engine.take_over_now()
    await ended(place, "delivery/d-1")
    await engine.take_over_now()
    assert DEAD not in engine.store.heartbeats.silent_for(1)


def test_an_executor_says_which_version_it_runs() -> None:
    assert version_of(new_executor("3"), "2") == "3"
    assert version_of("drover-0123456789ab", "2") == "1"
    assert version_of("local", "2") == "2"


async def test_an_error_of_a_removed_class_ends_its_look_and_the_next_runs(
    place: World, monkeypatch: pytest.MonkeyPatch, done: list[str]
) -> None:
    crashed: list[str] = []

    async def crash(_: BotWork, migration: Migration, error: str) -> None:
        crashed.append(migration.key)

    monkeypatch.setattr(BotWork, "report_crash", crash)
    settings = place.settings()
    async with running(settings, works=False) as old:
        number = await asyncio.to_thread(old.store.looks.ask, MIGRATION)
        await asyncio.to_thread(old.store.looks.begin, MIGRATION, number)
        look = f"look/{MIGRATION.key}/{number}"
        options: EnqueueOptions = {
            "workflow_name": "look",
            "queue_name": queues.LOOKS,
            "workflow_id": look,
        }
        options |= {"app_version": queues.VERSION, "queue_partition_key": MIGRATION.key}
        await DBOS.enqueue_workflow_with_options_async(options, asdict(MIGRATION), number)
    change(
        place,
        "UPDATE workflow_status SET status = 'PENDING', executor_id = 'local' WHERE workflow_uuid = ?",
        look,
    )
    for step, (name, output, error) in enumerate((("begin", TRUE, None), ("turn", None, GONE)), 1):
        change(
            place,
            "INSERT INTO operation_outputs (workflow_uuid, function_id, function_name, output, error, serialization)"
            " VALUES (?, ?, ?, ?, ?, 'py_pickle')",
            *(look, step, name, output, error),
        )
    await place.start_bot()
    await place.until(lambda: f"looked at {MIGRATION.key}" in done, "the next look goes on")
    await place.settled()
    assert crashed == [MIGRATION.key]
    assert await state_of(look) == f"ERROR {queues.VERSION}"


async def test_a_delivery_that_was_interrupted_after_its_first_step_goes_on(
    place: World, monkeypatch: pytest.MonkeyPatch, done: list[str]
) -> None:
    async with running(place.settings(), works=False) as old:
        number = await asyncio.to_thread(old.store.looks.ask, MIGRATION)
        options: EnqueueOptions = {"workflow_name": "delivery", "queue_name": queues.DELIVERIES}
        options |= {"app_version": queues.VERSION, "workflow_id": "delivery/d-1"}
        await DBOS.enqueue_workflow_with_options_async(options, STORED["event"])
    received = [
        {"migration": STORED["migration"], "number": number},
        {"subject": STORED["subject"], "at": None},
    ]
    change(place, "UPDATE workflow_status SET status = 'PENDING', executor_id = 'local'")
    change(
        place,
        "INSERT INTO operation_outputs (workflow_uuid, function_id, function_name, output, serialization)"
        " VALUES ('delivery/d-1', 1, 'receive', ?, 'py_pickle')",
        base64.b64encode(pickle.dumps(received)).decode(),
    )
    await place.start_bot()
    await ended(place, "delivery/d-1")
    await place.settled()
    assert "received d-1" not in done
    assert {f"looked at {MIGRATION.key}", "held p-1"} <= {*done}


TRUE = base64.b64encode(pickle.dumps(True)).decode()
GONE = base64.b64encode(b"cbot.gone\nGone\n(Vwhy\ntR.").decode()


def test_what_another_version_stored_as_json_is_read_as_far_as_it_is_known() -> None:
    newer = {"since_then": 1}
    assert Event.from_json({**EVENT.as_json(), **newer}) == EVENT
    assert Migration.from_json({**asdict(MIGRATION), **newer}) == MIGRATION
    job = CommandsJob(MIGRATION, "c0ffee", 3, ("pytest",))
    assert CommandsJob.from_json({**job.as_json(), "migration": {**asdict(MIGRATION), **newer}}) == job
    subject = Subject("head", 1, 7, "acme/shop")
    assert (
        Subject.from_json({"kind": "head", "repo_id": 1, "installation": 7, "repo": "acme/shop", **newer})
        == subject
    )
    request = UserRequest("start", phase=1, id="box-1", by="maya", at=1.0, source="box", where=5)
    assert UserRequest.from_json({**request.as_json(), **newer}) == request
    assert UserRequest.from_json({"id": "box-1", **newer}) is None
