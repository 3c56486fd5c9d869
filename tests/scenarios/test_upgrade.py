"""An upgrade: what an older version left open and queued goes on, and nothing of it is made again."""

from __future__ import annotations

import pytest
from dbos import DBOS

from bot.engine import engine as engines
from tests.old_version import leave_as
from tests.world import REPO, World

VERSIONS = ["da8d3fe"]
BRANCH = "drover/1/phase-1"
PROOF, RATCHET = "drover / proof", "drover / ratchet"


def runs(here: World, name: str, sha: str) -> list[tuple[int, str | None]]:
    every = here.forge.repo(REPO).check_runs.values()
    return [(one.id, one.summary) for one in every if one.name == name and one.suite.head_sha == sha]


async def left_over() -> set[str]:
    found = await DBOS.list_workflows_async(
        status=["ENQUEUED", "PENDING"], load_input=False, load_output=False
    )
    return {one.workflow_id for one in found}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("steps", ["1", "2"], ids=["the same steps", "other steps"])
async def test_an_open_phase_goes_on_after_an_upgrade(
    place: World, monkeypatch: pytest.MonkeyPatch, version: str, steps: str
) -> None:
    monkeypatch.setattr(engines, "VERSION", steps)
    await leave_as(version, place)
    place.issue = 1
    place.began_with_an_older_version = True
    before, commands = await place.branches(), len(place.answers())
    (status,) = [one for one in place.thread().comments if "drover:status" in one.body]
    events = [one.event for one in place.thread(2).events]
    proof, ratchet = runs(place, PROOF, before[BRANCH]), runs(place, RATCHET, before["feature"])
    await place.start_bot()
    await place.until(lambda: len(place.answers()) == commands + 1, "the command that waited is answered")

    async def fixed() -> bool:
        return (await place.branches())["feature"] != before["feature"]

    await place.until(fixed, "the button that was pressed is answered")
    await place.settled()
    assert await left_over() == set()

    after = await place.branches()
    assert (after["main"], after[BRANCH]) == (before["main"], before[BRANCH])
    assert [one.number for one in place.pulls()] == [2, 3]
    assert [one.event for one in place.thread(2).events] == events
    assert place.comments(2) == []
    assert runs(place, PROOF, before[BRANCH]) == proof
    assert runs(place, RATCHET, before["feature"]) == ratchet
    assert (len(proof), len(ratchet)) == (1, 1)
    now = place.status_comment()
    assert now is not None
    assert now.id == status.id
    assert len([one for one in place.comments() if "drover:status" in one]) == 1
    assert "changed" not in place.status().split("drover:state")[1]

    await place.merge(2)
    await place.until(lambda: "1 of 4" in place.status(), "the count goes on")
    await place.settled()
    assert len(place.pulls()) == 2
