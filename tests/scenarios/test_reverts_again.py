"""A revert can be reverted, by anybody and by any means: the tree says whether the phase's changes are there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenarios.test_completion import RETIRING, phase
from tests.scenarios.test_revert_all import ready
from tests.scenarios.test_reverts import BRANCH, METHODS, PHASE_1, merged, reverted
from tests.world import FILES, REPO, World, world


async def github_reverts(here: World, number: int, method: str) -> None:
    """What GitHub's own *Revert* does: the inverse of a merged pull request, by a person, from a branch of its own."""
    pull = here.thread(number).pull
    assert pull is not None
    assert pull.merge_commit_sha is not None
    merge = pull.merge_commit_sha
    changed = (await here.git("diff", "--name-only", f"{merge}^1", merge)).split()
    before = {path: await here.read(path, f"{merge}^1") for path in changed}
    branch = f"revert-{number}-{pull.head_ref}"
    await here.push(before, f'Revert "{here.thread(number).title}"', branch=branch)
    opened = await here.forge.pulls.open(REPO, branch, title="Undo", by="maya")
    await here.merge(opened.number, method)


@pytest.mark.parametrize("method", METHODS)
async def test_a_revert_that_a_person_reverts_leaves_the_phase_merged(place: World, method: str) -> None:
    here = await ready(place)
    await merged(here, method)
    after = await here.git("rev-parse", "main^{tree}")
    await here.comment("/migrate revert 1")
    revert = await reverted(here)
    await here.merge(revert, method)
    await here.until(lambda: "↩️ reverted" in here.status(), "the status says reverted")
    await here.settled()
    await github_reverts(here, revert, method)
    await here.until(lambda: "✅ merged" in here.status(), "the status says merged again")
    await here.settled()
    assert await here.git("rev-parse", "main^{tree}") == after
    assert "**1 of 4 references left**" in here.status()
    assert "Phase 2 (Tests) is ready to start" in here.status()
    assert PHASE_1 not in here.labels()


async def test_a_phase_that_a_person_reverts_alone_is_reverted_and_can_start_again(place: World) -> None:
    here = await ready(place)
    await merged(here, "squash")
    await github_reverts(here, here.pulls(BRANCH)[0].number, "merge")
    await here.until(lambda: "↩️ reverted" in here.status(), "the status says reverted")
    await here.settled()
    assert "**4 of 4 references left**" in here.status()
    assert "🔒 waiting" in here.status()
    await here.label(PHASE_1)
    await here.until(lambda: bool(here.pulls(BRANCH, "open")), "the phase has a pull request again")


async def test_a_revert_is_reverted_by_a_comment_and_can_be_repeated(place: World) -> None:
    here = await ready(place)
    before = await merged(here)
    after = await here.git("rev-parse", "main^{tree}")
    await here.comment("/migrate revert 1")
    revert = await reverted(here)
    await here.comment("/migrate revert", on=revert)
    await here.until(lambda: bool(here.answers(revert)), "it is answered")
    assert "isn't merged. To keep everything as it is, close it" in here.answers(revert)[0]
    await here.merge(revert)
    await here.until(lambda: "↩️ reverted" in here.status(), "the status says reverted")
    await here.comment("/migrate revert", on=revert)
    await here.merge(await reverted(here, f"drover/1/revert-pull-{revert}"), "squash")
    await here.until(lambda: "✅ merged" in here.status(), "the status says merged again")
    await here.settled()
    assert await here.git("rev-parse", "main^{tree}") == after
    await here.comment("/migrate revert 1")
    await here.merge(await reverted(here), "rebase")
    await here.until(lambda: "↩️ reverted" in here.status(), "the status says reverted")
    await here.settled()
    assert await here.git("rev-parse", "main^{tree}") == before
    assert [name for name in await here.branches() if name.startswith("drover/")] == []


async def test_a_phase_is_reverted_with_the_one_that_retired_its_module_and_both_come_back(
    tmp_path: Path,
) -> None:
    async with world(tmp_path, {**FILES, ".github/migrations/old.yml": RETIRING}) as here:
        await here.start_bot()
        await here.open_issue()
        await here.label("migration")
        before = await here.git("rev-parse", "main^{tree}")
        for number, method in ((1, "merge"), (2, "squash"), (3, "rebase")):
            await phase(here, number, method)
        await here.until(lambda: here.thread().state == "closed", "the migration is finished")
        after = await here.git("rev-parse", "main^{tree}")
        tests = await here.git("rev-parse", "main:tests")

        await here.comment("/migrate revert 1")
        number = await reverted(here)
        assert here.answers()[-1].endswith(
            f"Opened #{number} to revert phase 3, then phase 1, because later phases were built on it "
            "(phase 3: it retired `shop.old`, which 3 reverted files use again). Review and merge it."
        )
        pull = here.thread(number)
        body = pull.body or ""
        assert pull.title == "Revert phase 3, then phase 1: Old becomes New"
        assert "1. phase 3, Retire\n1. phase 1, Application" in body
        assert "The exact inverse of what was merged: 4 files as before, byte for byte." in body
        assert "✅ every restored import resolves as it did before: 3 files" in body
        head = pull.pull.head_sha  # type: ignore[union-attr]
        (run,) = here.forge.checks.latest_runs_on(here.forge.repo(REPO), head)
        assert (run.name, run.conclusion, run.actions) == ("drover / proof", "success", [])
        assert here.status().count(f"↩️ revert open in #{number}") == 2
        await here.forge.issues.close(REPO, number, by="tria")
        await here.until(lambda: here.thread(number).state == "open", "who can't write closes nothing")
        await here.settled()
        assert here.status().count(f"↩️ revert open in #{number}") == 2

        await here.merge(number, "squash")
        await here.until(lambda: here.status().count("↩️ reverted") == 2, "both are reverted")
        await here.until(lambda: here.thread().state == "open", "the issue is open again")
        await here.settled()
        assert await here.git("rev-parse", "main:shop") == await here.git(
            "rev-parse", f"{before.strip()}:shop"
        )
        assert await here.git("rev-parse", "main:tests") == tests

        await here.comment("/migrate revert", on=number)
        restored = await reverted(here, f"drover/1/revert-pull-{number}")
        assert f"**Restores phase 1 and phase 3** of #1 by reverting #{number}." in (
            here.thread(restored).body or ""
        )
        await here.merge(restored)
        await here.until(lambda: here.status().count("✅ merged") == 3, "all are merged again")
        await here.settled()
        assert await here.git("rev-parse", "main^{tree}") == after
        assert [name for name in await here.branches() if name.startswith("drover/")] == []
