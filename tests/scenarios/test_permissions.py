"""What somebody was allowed to start stays, and a permission that GitHub does not tell is asked for again."""

from __future__ import annotations

from tests.world import REPO, World

PHASE_1 = "migration:phase-1"
BRANCH = "drover/1/phase-1"


async def test_a_phase_stays_open_when_whoever_started_it_leaves(here: World) -> None:
    await here.label(PHASE_1)
    await here.until(lambda: bool(here.pulls(BRANCH)), "the phase has its pull request")
    await here.settled()
    here.forge.repos.set_role(REPO, "maya", "none")
    await here.nudge()
    await here.settled()
    assert PHASE_1 in here.labels()
    assert len(here.pulls(BRANCH, state="open")) == 1


async def test_a_permission_that_is_not_found_once_refuses_nothing(here: World) -> None:
    here.forge.faults.answer("404", method="GET", path=r"/collaborators/maya/permission$")
    await here.label(PHASE_1)
    await here.settled()
    await here.nudge()
    await here.until(lambda: bool(here.pulls(BRANCH)), "the phase has its pull request")
    await here.settled()
    assert here.answers() == []
    assert PHASE_1 in here.labels()
