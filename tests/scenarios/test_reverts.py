"""A merged phase can be reverted, however it was merged and whatever came after."""

from __future__ import annotations

import pytest

from sandbox.model.checks import CheckRun
from tests.world import REPO, World

PHASE_1 = "migration:phase-1"
BRANCH = "drover/1/phase-1"
METHODS = ["merge", "squash", "rebase"]


async def merged(here: World, method: str = "merge") -> str:
    """Phase 1 started and merged; the tree that was there before."""
    before = await here.git("rev-parse", "main^{tree}")
    await here.label(PHASE_1)
    await here.until(lambda: bool(here.pulls(BRANCH)), "the phase has its pull request")
    await here.settled()
    await here.merge(here.pulls(BRANCH)[0].number, method)
    await here.until(lambda: "✅ merged" in here.status(), "the status says merged")
    await here.settled()
    return before


async def reverted(here: World, branch: str = "drover/1/revert-phase-1") -> int:
    await here.until(lambda: bool(here.pulls(branch, "open")), "the pull request of the revert is open")
    await here.settled()
    return here.pulls(branch, "open")[0].number


@pytest.mark.parametrize("method", METHODS)
async def test_the_tree_after_a_revert_is_the_tree_before_the_phase(here: World, method: str) -> None:
    before = await merged(here, method)
    await here.comment("/migrate revert 1")
    number = await reverted(here)
    assert f"Opened #{number} to revert phase 1" in here.answers()[0]
    linked = f"**Reverts phase 1** (#{here.pulls(BRANCH)[0].number}) of #{here.issue}."
    assert linked in (here.thread(number).body or "")
    await here.merge(number)
    await here.until(lambda: "↩️ reverted" in here.status(), "the status says reverted")
    await here.settled()
    assert await here.git("rev-parse", "main^{tree}") == before
    assert PHASE_1 not in here.labels()
    assert "**4 of" in here.status()


async def test_later_work_in_the_same_files_is_kept(here: World) -> None:
    await merged(here, "rebase")
    text = await here.read("shop/a.py")
    await here.push({"shop/a.py": text + "\n\nLATER = 1\n"}, "Later work")
    await here.settled()
    await here.tick("Revert phase 1")
    number = await reverted(here)
    await here.merge(number, "squash")
    await here.until(lambda: "↩️ reverted" in here.status(), "the status says reverted")
    assert (await here.read("shop/a.py")).startswith("from shop.old import Old  # the engine\n")
    assert (await here.read("shop/a.py")).endswith("LATER = 1\n")


async def test_a_revert_that_would_lose_later_work_is_a_draft_that_names_files_and_people(
    here: World,
) -> None:
    await merged(here)
    text = (await here.read("shop/a.py")).replace("# the engine", "# the new engine")
    await here.push({"shop/a.py": text}, "Reword", by="boss")
    await here.settled()
    await here.comment("/migrate revert 1")
    number = await reverted(here)
    pull = here.thread(number)
    assert pull.pull is not None
    assert pull.pull.draft
    assert "`shop/a.py` (changed since by boss)" in (pull.body or "")
    assert "couldn't be reverted without losing or breaking later work: `shop/a.py`" in here.answers()[0]
    assert await here.read("shop/b.py", "drover/1/revert-phase-1") == (
        await here.git("show", "main~2:shop/b.py")
    )


async def test_a_reverted_phase_can_be_started_again_and_reverted_again(here: World) -> None:
    before = await merged(here)
    await here.comment("/migrate revert 1")
    await here.merge(await reverted(here))
    await here.until(lambda: "↩️ reverted" in here.status(), "the status says reverted")
    await here.settled()
    await here.label(PHASE_1)
    await here.until(lambda: bool(here.pulls(BRANCH, "open")), "the phase has a pull request again")
    await here.settled()
    await here.merge(here.pulls(BRANCH, "open")[0].number, "squash")
    await here.until(lambda: "✅ merged" in here.status(), "the status says merged")
    await here.settled()
    await here.comment("/migrate revert 1")
    await here.merge(await reverted(here))
    await here.until(lambda: "↩️ reverted" in here.status(), "the status says reverted")
    assert await here.git("rev-parse", "main^{tree}") == before


async def test_a_revert_needs_write_access(here: World) -> None:
    await merged(here)
    await here.comment("/migrate revert 1", by="tria")
    await here.until(lambda: bool(here.answers()), "there is an answer")
    await here.settled()
    assert "need write access" in here.answers()[0]
    assert here.pulls("drover/1/revert-phase-1") == []


def buttons(run: CheckRun) -> list[str]:
    return [action.label for action in run.actions]


async def test_the_proof_of_a_merged_phase_offers_to_revert_it(here: World) -> None:
    await merged(here)
    head = here.pulls(BRANCH)[0].pull.head_sha  # type: ignore[union-attr]
    (run,) = here.forge.checks.latest_runs_on(here.forge.repo(REPO), head)
    assert buttons(run) == ["Revert"]
    await here.forge.checks.press(REPO, run.id, "revert", by="maya")
    await here.merge(await reverted(here))
    await here.until(lambda: "↩️ reverted" in here.status(), "the status says reverted")
    await here.settled()
    assert buttons(run) == [], "there is nothing to revert any more"
