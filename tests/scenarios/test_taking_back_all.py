"""A batch or everything taken back, after every way of merging, with and without later work in the same files."""

from __future__ import annotations

import pytest

from tests.scenarios.test_taking_back import merged, reverted
from tests.world import FILES, PLAN, World

METHODS = ["merge", "squash", "rebase"]
UNCHECKED = PLAN.replace("checks:\n  wait: 60\n", "checks:\n  required: []\n")


async def both_merged(here: World, method: str) -> str:
    before = await merged(here, method)
    await here.label("migration:phase-2")
    await here.until(lambda: bool(here.pulls("drover/1/phase-2", "open")), "phase 2 is open")
    await here.settled()
    await here.merge(here.pulls("drover/1/phase-2", "open")[0].number, method)
    await here.until(lambda: here.status().count("✅ merged") == 2, "both are merged")
    await here.settled()
    return before


async def ready(place: World) -> World:
    await place.push({".github/migrations/old.yml": UNCHECKED}, "No checks")
    await place.start_bot()
    await place.open_issue()
    await place.label("migration")
    await place.until(lambda: "can start" in place.status(), "the migration is adopted")
    return place


@pytest.mark.parametrize("later", [False, True])
@pytest.mark.parametrize("method", METHODS)
async def test_everything_is_taken_back_as_one_pull_request(place: World, method: str, later: bool) -> None:
    here = await ready(place)
    before = await both_merged(here, method)
    if later:
        text = await here.read("shop/a.py")
        await here.push({"shop/a.py": text + "\n\nLATER = 1\n"}, "Later work")
        await here.settled()
    await here.comment("/migrate revert all")
    number = await reverted(here, "drover/1/revert-all")
    await here.merge(number, method)
    await here.until(lambda: here.status().count("↩️ reverted") == 2, "both are reverted")
    await here.settled()
    if later:
        assert (await here.read("shop/a.py")).endswith("LATER = 1\n")
        await here.push({"shop/a.py": FILES["shop/a.py"]}, "Without the later work")
    assert await here.git("rev-parse", "main^{tree}") == before
    assert "**4 of" in here.status()
    await here.settled()
    await here.label("migration:phase-1")
    await here.until(lambda: bool(here.pulls("drover/1/phase-1", "open")), "it can be started again")


@pytest.mark.parametrize("later", [False, True])
@pytest.mark.parametrize("method", METHODS)
async def test_a_batch_is_taken_back_and_the_rest_stays(place: World, method: str, later: bool) -> None:
    here = await ready(place)
    await merged(here, method)
    after = await here.read("shop/c.py")
    if later:
        text = await here.read("shop/a.py")
        await here.push({"shop/a.py": text + "\n\nLATER = 1\n"}, "Later work")
        await here.settled()
    await here.comment("/migrate revert 1 batch 1")
    await here.merge(await reverted(here, "drover/1/revert-phase-1-batch-1"), method)
    await here.until(lambda: "batch 1 of phase 1 taken back" in here.status(), "the history says so")
    await here.settled()
    taken = [path for path in ("a", "b", "c") if "shop.old" in await here.read(f"shop/{path}.py")]
    assert 0 < len(taken) < 3
    if "c" not in taken:
        assert await here.read("shop/c.py") == after
    if later:
        assert (await here.read("shop/a.py")).endswith("LATER = 1\n")


async def test_two_people_who_revert_and_start_at_once_get_an_answer_each(place: World) -> None:
    here = await ready(place)
    await merged(here)
    await here.comment("/migrate revert 1", by="boss")
    await here.comment("/migrate start 2", by="maya")
    await here.comment("/migrate revert 1", by="maya")
    await here.until(lambda: len(here.answers()) == 3, "all three are answered")
    await here.settled()
    assert len(here.pulls("drover/1/revert-phase-1", "open")) == 1
    assert len(here.pulls("drover/1/phase-2", "open")) <= 1
