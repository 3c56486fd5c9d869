"""What is queued starts at once, and no installation's work keeps another's waiting."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from dbos import DBOS

from bot.engine.dispatcher import LONG_WAIT
from bot.engine.enqueue import asked_looks, commands_job, enqueue, enqueue_all
from bot.engine.state import sleep_without_a_slot
from bot.engine.work import EventNeeds, TurnResult
from bot.github import MustWait
from bot.intake.event import Event
from bot.migration.commands_job import CommandsJob
from bot.store import Migration
from bot.turn.bot_work import BotWork
from tests.world import World

EVENT = Event("d-1", "installation.created", 7, 1, "acme/shop", "maya", False)
FLOOD, OTHER = 7, 8
"""Two installations."""


@dataclass
class Turns:
    """Turns that last until they are released."""

    begun: list[Migration] = field(default_factory=list)
    running: list[Migration] = field(default_factory=list)
    most: int = 0
    released: asyncio.Event = field(default_factory=asyncio.Event)
    waits_for_github: bool = False
    held: set[int] = field(default_factory=lambda: {FLOOD})
    """The installations whose turns wait to be released."""

    async def run(self, migration: Migration) -> TurnResult:
        assert migration not in self.running, "two turns of one migration at once"
        self.begun.append(migration)
        self.running.append(migration)
        self.most = max(self.most, len(self.running))
        if migration.installation in self.held:
            await self._wait()
        self.running.remove(migration)
        return TurnResult(())

    async def _wait(self) -> None:
        github = asyncio.ensure_future(sleep_without_a_slot(600.0)) if self.waits_for_github else None
        await self.released.wait()
        if github is not None:
            github.cancel()
            await asyncio.gather(github, return_exceptions=True)


def migrations(installation: int, count: int) -> list[Migration]:
    return [Migration(100 * installation + n, 5, installation, "acme/shop") for n in range(count)]


@pytest.fixture
async def turns(place: World, monkeypatch: pytest.MonkeyPatch) -> Turns:
    found = Turns()

    async def run_turn(_: BotWork, migration: Migration) -> TurnResult:
        return await found.run(migration)

    async def sweep(_: BotWork) -> list[Migration]:
        return []

    monkeypatch.setattr(BotWork, "run_turn", run_turn)
    monkeypatch.setattr(BotWork, "sweep", sweep)
    place.extra["WORKER_CONCURRENCY"] = "4"
    await place.start_bot()
    await place.settled()
    return found


async def look_at(these: Sequence[Migration]) -> None:
    await enqueue_all(await asyncio.to_thread(asked_looks, these))


async def test_one_installations_flood_leaves_room_for_another(place: World, turns: Turns) -> None:
    flood = migrations(FLOOD, 20)
    await look_at(flood)
    await place.until(lambda: len(turns.running) == 3, "the flood has its slots")
    (other,) = migrations(OTHER, 1)
    await look_at([other])
    await place.until(lambda: other in turns.begun, "the other is looked at meanwhile")
    assert len(turns.running) == 3
    looked_at = [*turns.running]
    await look_at(looked_at)
    turns.released.set()
    await place.settled()
    assert {*turns.begun} == {*flood, other}
    assert [turns.begun.count(one) for one in looked_at] == [2, 2, 2]
    assert turns.most <= 4


async def test_what_waits_for_github_gives_its_slot_to_others(place: World, turns: Turns) -> None:
    turns.waits_for_github = True
    flood = migrations(FLOOD, 10)
    await look_at(flood)
    await place.until(lambda: len(turns.running) == 10, "all of them wait at the same time")
    turns.released.set()
    await place.settled()
    assert LONG_WAIT < 10


async def test_the_installation_of_which_least_runs_is_next(place: World, turns: Turns) -> None:
    turns.held = {FLOOD, OTHER}
    flood, others = migrations(FLOOD, 20), migrations(OTHER, 6)
    await look_at([*flood, *others])
    await place.until(lambda: len(turns.running) == 4, "all slots are taken")
    assert Counter(one.installation for one in turns.running) == {FLOOD: 2, OTHER: 2}
    turns.released.set()
    await place.settled()
    assert {*turns.begun} == {*flood, *others}


async def test_a_delivery_that_github_has_wait_comes_again_after_the_wait(
    place: World, turns: Turns, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[float] = []

    async def find_needs(_: BotWork, event: Event) -> EventNeeds:
        asked.append(time.time())
        if len(asked) == 1:
            raise MustWait(time.time() + 1, "GitHub asks us to wait")
        return EventNeeds((migrations(OTHER, 1)[0],))

    monkeypatch.setattr(BotWork, "find_needs", find_needs)
    assert place.engine is not None
    await place.engine.enqueue(EVENT)
    await place.until(lambda: bool(turns.begun), "it is looked at")
    await place.settled()
    assert len(asked) == 2
    assert asked[1] - asked[0] >= 2


async def test_a_job_that_github_has_wait_comes_again_after_the_wait(
    place: World, turns: Turns, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[float] = []

    async def run_job(_: BotWork, job: CommandsJob) -> None:
        asked.append(time.time())
        raise MustWait(time.time() + 600, "GitHub asks us to wait")

    monkeypatch.setattr(BotWork, "run_job", run_job)
    await place.stop_bot()
    place.extra["RUN_COMMANDS"] = "bwrap"
    await place.start_bot()
    await enqueue(commands_job(CommandsJob(migrations(OTHER, 1)[0], "c0ffee", 3, ("pytest",))))
    await place.until(lambda: bool(asked), "it was tried")
    await place.settled()
    (delayed,) = await DBOS.list_workflows_async(status="DELAYED", name="commands")
    assert delayed.queue_name == f"commands/{OTHER}"
    assert len(asked) == 1
