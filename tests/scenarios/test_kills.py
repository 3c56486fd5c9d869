"""Killed at any step of a phase, with its database or without: started again, it ends in the same state."""

from __future__ import annotations

import pytest

from tests.world import REPO, World

PHASE_1 = "migration:phase-1"
BRANCH, REVERT = "drover/1/phase-1", "drover/1/revert-phase-1"
STEPS = {
    "the labels are made": ("POST", r"/labels$"),
    "the objects are pushed": ("POST", r"git-receive-pack$"),
    "a commit is made": ("POST", r"/git/commits$"),
    "the branch is set": ("POST", r"/git/refs$"),
    "the private ref goes": ("DELETE", r"/git/refs/drover/"),
    "the pull request opens": ("POST", r"/pulls$"),
    "the proof is reported": ("POST", r"/check-runs$"),
    "the status is written": ("PATCH", r"/issues/comments/"),
}


LOST_AT = ("the objects are pushed", "the branch is set", "the pull request opens", "the status is written")
CASES = [*((step, "kept") for step in STEPS), *((step, "lost") for step in LOST_AT)]


@pytest.mark.parametrize(("step", "database"), CASES)
async def test_a_kill_at_any_step_ends_in_the_same_state(place: World, step: str, database: str) -> None:
    method, path = STEPS[step]
    died: list[str] = []

    async def die() -> None:
        place.kill()
        died.append(step)

    await place.launch()
    await place.open_issue()
    if step == "the labels are made":
        place.forge.faults.before(die, method=method, path=path)
    await place.label("migration")
    if step != "the labels are made":
        await place.until(lambda: "is ready to start" in place.status(), "the migration is adopted")
        place.forge.faults.before(die, method=method, path=path)
        await place.label(PHASE_1)
    await place.until(lambda: bool(died), f"it was killed when {step}")
    if database == "lost":
        for file in (place.home / "bot").glob("drover.db*"):
            file.unlink()
    await place.launch()
    if step == "the labels are made":
        await place.until(lambda: "is ready to start" in place.status(), "the migration is adopted")
        await place.label(PHASE_1)
    await place.until(lambda: "🔀 open" in place.status(), "the phase is open")
    await place.settled()
    assert len(place.pulls()) == 1
    assert set(await place.branches()) == {"main", BRANCH}
    assert "refs/drover" not in await place.git("for-each-ref")
    log = await place.git("log", "--format=%B", f"main..{BRANCH}")
    assert log.count("Drover-Batch: ") == 2
    assert len([one for one in place.comments() if "drover:status" in one]) == 1
    assert place.answers() == []
    assert verified(place) == [BRANCH]


async def test_a_revert_that_is_opened_in_a_kill_is_verified(place: World) -> None:
    async def die() -> None:
        place.kill()
        died.append("now")

    died: list[str] = []
    await place.launch()
    await place.open_issue()
    await place.label("migration")
    await place.until(lambda: "is ready to start" in place.status(), "the migration is adopted")
    await place.label(PHASE_1)
    await place.until(lambda: "🔀 open" in place.status(), "the phase is open")
    await place.settled()
    await place.merge(place.pulls(BRANCH)[0].number)
    await place.until(lambda: "✅ merged" in place.status(), "the phase is merged")
    place.forge.faults.before(die, method="POST", path=r"/pulls$")
    await place.comment("/migrate revert 1")
    await place.until(lambda: bool(died), "it was killed when the revert was opened")
    await place.launch()
    await place.until(lambda: bool(place.answers()), "it is answered")
    await place.settled()
    assert verified(place) == [BRANCH, REVERT]


def verified(here: World) -> list[str]:
    """The branches of pull requests whose heads have a check that says so."""
    runs = here.forge.repo(REPO).check_runs.values()
    heads = {
        run.suite.head_sha for run in runs if (run.name, run.conclusion) == ("drover / proof", "success")
    }
    return sorted(one.pull.head_ref for one in here.pulls() if one.pull and one.pull.head_sha in heads)
