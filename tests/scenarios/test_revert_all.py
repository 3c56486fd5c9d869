"""A batch, a phase or everything reverted, after each merge method, with and without later work in the same files."""

from __future__ import annotations

import pytest

from tests.scenarios.test_reverts import METHODS, merged, reverted
from tests.world import PLAN, World

UNCHECKED = PLAN.replace("checks:\n  wait: 60\n", "checks:\n  required: []\n")
ASKED = {
    "revert 1 batch 1": "drover/1/revert-phase-1-batch-1",
    "revert 1": "drover/1/revert-phase-1",
    "revert all": "drover/1/revert-all",
}
LATER = "\n\nLATER = 1\n"


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
    await place.until(lambda: "ready to start" in place.status(), "the migration is adopted")
    return place


async def asked_for(here: World) -> dict[str, dict[str, str]]:
    """All three at once: what each of their branches would make of the default branch, file by file."""
    for words in ASKED:
        await here.comment(f"/migrate {words}")
    for branch in ASKED.values():
        await reverted(here, branch)
    return {words: await blobs(here, branch) for words, branch in ASKED.items()}


async def closed(here: World) -> None:
    for branch in ASKED.values():
        await here.forge.issues.close("acme/shop", here.pulls(branch, "open")[0].number, by="maya")
    await here.settled()


async def blobs(here: World, revision: str) -> dict[str, str]:
    listed = (await here.git("ls-tree", "-r", revision)).splitlines()
    return {path: blob for blob, _, path in (line.split(" ", 2)[2].partition("\t") for line in listed)}


async def expected(here: World, before: str, later: tuple[str, ...] = ()) -> dict[str, dict[str, str]]:
    """Every file is what it was before, or what it is now; where people have worked later it is neither."""
    old, now = await blobs(here, before.strip()), await blobs(here, "main")
    batch = (await here.git("show", "--name-only", "--format=", await first_batch(here))).split()
    phases = {
        "revert 1 batch 1": batch,
        "revert 1": ["shop/a.py", "shop/b.py", "shop/c.py"],
        "revert all": [*old],
    }
    return {
        words: {path: "" if path in later else old[path] if path in files else now[path] for path in now}
        for words, files in phases.items()
    }


async def first_batch(here: World) -> str:
    head = here.pulls("drover/1/phase-1")[0].pull.head_sha  # type: ignore[union-attr]
    return (await here.git("log", "--format=%H", "--grep", "Drover-Batch: 1 ", head)).split()[0]


@pytest.mark.parametrize("method", METHODS)
async def test_each_is_the_exact_inverse_byte_for_byte_and_later_work_stays(
    place: World, method: str
) -> None:
    here = await ready(place)
    before = await both_merged(here, method)
    assert await asked_for(here) == await expected(here, before)
    if method == "rebase":
        await closed(here)
        await later_work_stays(here, before, method)


async def later_work_stays(here: World, before: str, method: str) -> None:
    worked_in = ("shop/a.py", "shop/c.py", "tests/test_a.py")
    texts = {path: await here.read(path) for path in worked_in}
    await here.push({path: text + LATER for path, text in texts.items()}, "Later work")
    await here.settled()
    made = await asked_for(here)
    wanted = await expected(here, before, worked_in)
    assert {words: files | dict.fromkeys(worked_in, "") for words, files in made.items()} == wanted
    for path in worked_in:
        assert await here.read(path, ASKED["revert all"]) == await here.read(path, before.strip()) + LATER

    await here.merge(here.pulls(ASKED["revert all"], "open")[0].number, method)
    await here.until(lambda: here.status().count("↩️ reverted") == 2, "both are reverted")
    await here.settled()
    assert "**4 of 4 references left**" in here.status()
    await here.label("migration:phase-1")
    await here.until(lambda: bool(here.pulls("drover/1/phase-1", "open")), "it can be started again")


async def test_a_batch_is_reverted_and_the_phase_stays_merged(place: World) -> None:
    here = await ready(place)
    await merged(here, "rebase")
    await here.comment("/migrate revert 1 batch 9")
    await here.until(lambda: bool(here.answers()), "there is an answer")
    assert "The phase was merged with batches 1 to 2" in here.answers()[0]
    await here.comment("/migrate revert 1 batch 1")
    await here.merge(await reverted(here, "drover/1/revert-phase-1-batch-1"), "squash")
    await here.until(lambda: "batch 1 of phase 1 reverted" in here.status(), "the history says so")
    await here.settled()
    assert "✅ merged" in here.status()
    assert "**2 of 4 references left**" in here.status()


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
