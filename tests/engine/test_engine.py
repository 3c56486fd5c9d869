"""Each delivery runs once, many that ask for the same look share one, and a look that failed is tried again."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from dbos import DBOS
from dbos._sys_db import SystemDatabase

from bot.engine.enqueue import enqueue, retry_job
from bot.engine.state import current
from bot.engine.work import EventNeeds, TurnResult
from bot.intake.event import Event
from bot.intake.webhook import EnqueueResult
from bot.store import Migration, open_store
from tests.world import World

EVENT = Event("d-1", "issues.labeled", 1, 7, "o/r", "maya", False, issue=5, tracking=True)


async def test_a_delivery_id_runs_once(here: World) -> None:
    assert here.engine is not None
    event = replace(EVENT, installation=here.installation.id, kind="installation.created", tracking=False)
    assert await here.engine.enqueue(event) is EnqueueResult.QUEUED
    assert await here.engine.enqueue(event) is EnqueueResult.REPEATED
    await here.settled()
    assert await here.engine.enqueue(event) is EnqueueResult.REPEATED


async def test_deliveries_that_only_say_look_sooner_share_one_look(here: World) -> None:
    assert here.engine is not None
    await here.settled()
    before = await _looks()
    repo = here.forge.repo("acme/shop").id
    events = [
        replace(EVENT, delivery=f"s-{n}", kind="status", repo_id=repo, installation=here.installation.id)
        for n in range(100)
    ]
    told = [replace(event, issue=None, tracking=False, repo="acme/shop") for event in events]
    assert set(await asyncio.gather(*map(here.engine.enqueue, told))) == {EnqueueResult.QUEUED}
    await here.settled()
    assert 1 <= await _looks() - before <= 3


async def _looks() -> int:
    return len(await DBOS.list_workflows_async(name="look", load_input=False, load_output=False))


async def test_workflows_that_ended_long_ago_are_deleted_and_recent_ones_kept(here: World) -> None:
    engine = here.engine
    assert engine is not None
    await here.settled()
    now = time.time()
    assert await asyncio.to_thread(engine.forget_ended, now - 3600) == 0
    assert await asyncio.to_thread(engine.forget_ended, now + 60) > 0
    assert await asyncio.to_thread(engine.forget_ended, now + 60) == 0
    await here.label("migration:phase-1")
    await here.until(lambda: "🔀 open" in here.status(), "it goes on as before")


async def test_tables_that_an_older_version_left_are_replaced_and_the_work_goes_on(here: World) -> None:
    await here.settled()
    await here.stop_bot()
    with sqlite3.connect(here.home / "bot" / "drover.db") as database:
        for table in ("drover_troubles", "drover_migrations"):
            database.execute(f"DROP TABLE {table}")
            database.execute(f"CREATE TABLE {table} (repo_id INTEGER, issue INTEGER)")
    database.close()
    await here.start_bot()
    await here.label("migration:phase-1")
    await here.until(
        lambda: "🔀 open" in here.status(), "the phase is open, though the looks' count was lost"
    )


async def test_a_hundred_pushes_are_one_look(place: World, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[Migration] = []

    async def turn(migration: Migration) -> TurnResult:
        looks.append(migration)
        return TurnResult(())

    def needs(events: Sequence[Event]) -> list[EventNeeds]:
        return [EventNeeds((Migration(event.repo_id, 5, 1, "o/r"),)) for event in events]

    place.extra = {"PUSH_PAUSE": "2"}
    await place.start_bot()
    engine = place.engine
    assert engine is not None
    await place.settled()
    monkeypatch.setattr(current().work, "run_turn", turn)
    monkeypatch.setattr(current().work, "needs", needs)
    pushes = [
        replace(EVENT, delivery=f"p-{number}", kind="push", ref="main", tracking=False, at=time.time())
        for number in range(100)
    ]
    assert set(await asyncio.gather(*map(engine.enqueue, pushes))) == {EnqueueResult.QUEUED}
    await place.until(lambda: bool(looks), "they are looked at")
    await place.settled()
    assert len(looks) == 1


async def test_a_look_or_a_delivery_that_failed_is_tried_again_without_any_event(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns: list[float] = []
    asked: list[float] = []

    async def find_needs(event: Event) -> EventNeeds:
        asked.append(time.time())
        if len(asked) <= ATTEMPTS:
            raise RuntimeError("no answer")
        return EventNeeds()

    async def turn(migration: Migration) -> TurnResult:
        turns.append(time.time())
        if len(turns) <= ATTEMPTS:
            raise RuntimeError("a bug")
        return TurnResult(())

    await here.settled()
    for module in ("enqueue", "workflows"):
        monkeypatch.setattr(f"bot.engine.{module}.RETRY_AFTER", (0.5, 1.0))
    monkeypatch.setattr(current().work, "run_turn", turn)
    monkeypatch.setattr(current().work, "find_needs", find_needs)
    assert here.engine is not None
    await here.engine.enqueue(replace(EVENT, delivery="d-2", kind="installation.created", tracking=False))
    await here.label("migration:phase-1")
    await here.until(lambda: len(turns) > ATTEMPTS, "it is looked at again")
    await here.until(lambda: len(asked) > ATTEMPTS, "the delivery is asked about again")
    await here.settled()
    assert (len(turns), len(asked)) == (ATTEMPTS + 1, ATTEMPTS + 1)


ATTEMPTS = 4
"""How often the engine runs a step of a look before the look fails."""


async def test_a_look_whose_end_the_full_disk_does_not_take_runs_again(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else its migration would wait for the process's next start: one look after another."""
    monkeypatch.setattr("bot.engine.dispatcher.UNFINISHED_EVERY", 0.0)
    write, refused = SystemDatabase.update_workflow_outcome, list[str]()

    def refuse(database: SystemDatabase, workflow_id: str, *rest: Any, **named: Any) -> bool:
        if workflow_id.startswith("look/") and len(refused) < 3:
            refused.append(workflow_id)
            raise sa.exc.OperationalError("UPDATE", {}, sqlite3.OperationalError("database or disk is full"))
        return write(database, workflow_id, *rest, **named)

    await here.settled()
    monkeypatch.setattr(SystemDatabase, "update_workflow_outcome", refuse)
    await here.comment("/migrate status")
    await here.until(lambda: bool(refused), "its end could not be written")
    await here.settled()
    await here.comment("/migrate status")
    await here.until(lambda: len(here.answers()) == 2, "the next look has run")


async def test_a_look_is_tried_again_three_times_and_later_each_time(here: World) -> None:
    (migration,) = await asyncio.to_thread(current().store.migrations.all)
    await here.settled()
    for failures in range(4):
        if job := retry_job(migration, failures, 1000.0):
            await enqueue(job)
    found = await DBOS.list_workflows_async(status="DELAYED")
    delays = {one.workflow_id: round((one.delay_until_epoch_ms or 0) / 1000 - time.time()) for one in found}
    assert delays == {
        f"look/{migration.key}/retry-1-1000000": 60,
        f"look/{migration.key}/retry-2-1000000": 120,
        f"look/{migration.key}/retry-3-1000000": 300,
    }


def test_a_failed_look_is_not_tried_again_after_another_has_begun(tmp_path: Path) -> None:
    migration = Migration(7, 5, 1, "o/r")
    with open_store(f"sqlite:///{tmp_path}/drover.db") as store:
        store.prepare()
        assert not store.looks.begin_again(migration, since=time.time())
        store.looks.begin(migration, store.looks.ask(migration))
        assert not store.looks.begin_again(migration, since=time.time() - 60)
        failed = time.time()
        assert store.looks.begin_again(migration, since=failed)
        assert not store.looks.begin_again(migration, since=failed)


def test_a_series_of_pushes_ends_after_a_while(tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path}/drover.db") as store:
        store.prepare()
        for at in range(100):
            store.pushes.note(7, 1000.0 + at, 5.0)
        store.pushes.note(7, 1050.0, 5.0)
        assert store.pushes.series_end(7, 5.0, 60.0) == 1060.0
        store.pushes.note(7, 1200.0, 5.0)
        assert store.pushes.series_end(7, 5.0, 60.0) == 1205.0
        assert store.pushes.series_end(8, 5.0, 60.0) == 0.0
