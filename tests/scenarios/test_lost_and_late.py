"""Deliveries that are lost, late, repeated or too many end in the same state."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from aiohttp import web

from sandbox.model.checks import CheckRun
from tests.world import REPO, World

PHASE_1 = "migration:phase-1"
BRANCH = "drover/1/phase-1"


async def test_what_happened_while_the_bot_was_stopped_is_found_at_the_start(place: World) -> None:
    await place.open_issue()
    await place.label("migration")
    await place.label(PHASE_1)
    await place.forge.drained()
    await place.start_bot()
    await place.until(lambda: "🔀 open" in place.status(), "the phase is open")
    await place.settled()
    assert len(place.pulls(BRANCH)) == 1


async def test_a_delivery_that_did_not_arrive_is_asked_for_again(here: World) -> None:
    await here.settled()
    await here.stop_bot()
    await here.tick("Start phase 1")
    await here.forge.drained()
    await here.start_bot()
    await here.until(lambda: bool(here.pulls(BRANCH)), "the tick was not lost")
    await here.settled()
    assert len(here.pulls(BRANCH)) == 1
    assert "[x]" not in here.status()


async def test_a_merge_during_an_outage_gets_its_proof_after_it(here: World) -> None:
    """It goes down just before it would have reported the proof, and the pull request is merged meanwhile."""
    stopped = asyncio.Event()

    async def goes_down() -> None:
        stopped.set()
        raise web.HTTPServiceUnavailable

    here.forge.faults.before(goes_down, method="POST", path=r"/check-runs$", times=99)
    await here.label(PHASE_1)
    await stopped.wait()
    await here.stop_bot()
    here.forge.faults.clear()
    (pull,) = here.pulls(BRANCH)
    await here.merge(pull.number)
    await here.start_bot()
    await here.until(lambda: bool(proofs(here)), "the proof is there")
    await here.settled()
    assert "✅ merged" in here.status()
    (run,) = proofs(here)
    assert (run.conclusion, [action.identifier for action in run.actions]) == ("success", ["revert"])


def proofs(here: World) -> list[CheckRun]:
    return [run for run in here.forge.repo(REPO).check_runs.values() if run.name == "drover / proof"]


async def test_deliveries_in_any_order_and_number_end_in_the_same_state(here: World) -> None:
    faults = here.forge.faults.deliveries
    faults.repeat, faults.reorder = 0.5, 0.5
    await here.label(PHASE_1)
    await here.unlabel(PHASE_1)
    await here.label(PHASE_1)
    await here.until(lambda: "🔀 open" in here.status(), "the phase is open")
    await here.settled()
    assert len(here.pulls(state="open")) == 1
    assert here.answers() == []


async def test_an_ordinary_issue_that_the_store_took_for_a_migration_is_dropped(here: World) -> None:
    engine = here.engine
    assert engine is not None
    await here.settled()
    (migration,) = await asyncio.to_thread(engine.store.migrations.all)
    ordinary = await here.forge.issues.open(REPO, "Something else", "", by="maya")
    for number in (ordinary.number, 4711):
        await asyncio.to_thread(engine.store.looks.ask, replace(migration, issue=number))
    await engine.sweep_now()

    async def is_dropped() -> bool:
        return await asyncio.to_thread(engine.store.migrations.all) == [migration]

    await here.until(is_dropped, "only the migration is left in the store")
    assert here.comments(ordinary.number) == []


async def test_a_branch_that_somebody_names_like_a_phase_makes_no_migration(here: World) -> None:
    engine = here.engine
    assert engine is not None
    await here.settled()
    (migration,) = await asyncio.to_thread(engine.store.migrations.all)
    ordinary = await here.forge.issues.open(REPO, "Something else", "", by="maya")
    for name in (f"drover/{ordinary.number}/phase-1", "drover/99999999999999999999/phase-1"):
        await here.forge.repos.create_branch(REPO, name, by="maya")
    await here.settled()
    assert await asyncio.to_thread(engine.store.migrations.all) == [migration]
    assert here.comments(ordinary.number) == []


async def test_a_migration_whose_label_is_removed_stays_known(here: World) -> None:
    engine = here.engine
    assert engine is not None
    await here.settled()
    (shown,) = await asyncio.to_thread(engine.store.overviews.by_name, REPO, here.issue)
    assert shown.overview.needs[0].says.startswith("Phase 1 (Application) is ready.")
    await here.unlabel("migration")
    await here.settled()
    assert [one.issue for one in await asyncio.to_thread(engine.store.migrations.all)] == [here.issue]
    assert await asyncio.to_thread(engine.store.overviews.by_name, REPO, here.issue) == []
