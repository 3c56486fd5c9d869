"""A week of work in minutes: five people push, rename, revert and force-push while phases are started, merged and
reverted, and deliveries are lost, repeated and shuffled. At the end a fresh bot, with an empty database, changes nothing.

Here a day or two of one seed; `DROVER_SEEDS=50 DROVER_PUSHES=200` runs that many whole weeks.
"""

from __future__ import annotations

import os
import random
import shutil
from pathlib import Path

import pytest

from tests.week import PEOPLE, SHOP, Week, lost, state, twice, unanswered
from tests.world import REPO, World, world

SEEDS = int(os.environ.get("DROVER_SEEDS", "1"))
FIRST = int(os.environ.get("DROVER_FIRST_SEED", "0"))
PUSHES = int(os.environ.get("DROVER_PUSHES", "16"))


async def adopted(here: World) -> None:
    for login in PEOPLE[2:]:
        here.forge.people.add(login)
        here.forge.repos.set_role(REPO, login, "write")
    here.forge.limits.scale(100)
    here.extra = {"PUSH_PAUSE": "1"}
    await here.start_bot()
    await here.open_issue()
    await here.label("migration")
    await here.until(lambda: "is ready to start" in here.status(), "the migration is adopted")


async def worked(here: World, seed: int) -> Week:
    faults = here.forge.faults.deliveries
    faults.drop, faults.repeat, faults.reorder = 0.15, 0.2, 0.2
    faults.dice.seed(seed)
    week = Week(here, random.Random(seed))
    while week.pushes < PUSHES:
        await week.day(week.dice.randint(3, 14))
        assert list(twice(here)) == []
    faults.drop = faults.repeat = faults.reorder = 0.0
    return week


async def at_rest(here: World) -> None:
    assert here.engine is not None
    await here.engine.sweep_now()
    await here.settled()
    await here.engine.sweep_now()
    await here.settled()


@pytest.mark.parametrize("seed", range(FIRST, FIRST + SEEDS))
async def test_after_a_week_of_work_a_fresh_look_changes_nothing(tmp_path: Path, seed: int) -> None:
    async with world(tmp_path, SHOP) as here:
        await adopted(here)
        week = await worked(here, seed)
        await at_rest(here)
        await here.until(lambda: not unanswered(here), "everybody has an answer")
        await here.settled()
        ended = await state(here)

        await here.stop_bot()
        shutil.rmtree(here.home / "bot")
        await here.start_bot()
        await here.settled()
        assert await state(here) == ended
        assert unanswered(here) == []
        assert list(twice(here)) == []
        assert not any("drover:crash" in text for text in here.comments())
        assert await lost(week) == []
