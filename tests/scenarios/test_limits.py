"""GitHub's own limits, none of them eased: the bot keeps below them by itself, and waits where others used them up."""

from __future__ import annotations

import pytest

from sandbox.controls.limits import SecondaryLimitStatus
from tests.world import World

ASKED = 40


async def adopted(place: World) -> World:
    place.obey_limits()
    await place.start_bot()
    await place.open_issue()
    await place.label("migration")
    await place.until(lambda: place.status_comment() is not None, "the status comment is there")
    return place


async def test_a_busy_day_stays_below_every_limit(place: World) -> None:
    here = await adopted(place)
    for number in range(ASKED):
        await here.comment(
            "/migrate help" if number % 2 else "/migrate status", by=("maya", "boss")[number % 3 > 0]
        )
    await here.label("migration:phase-1")
    await here.until(lambda: "🔀 open" in here.status(), "the phase is open")
    await here.until(lambda: len(here.answers()) >= ASKED, "all are answered")
    (pull,) = here.pulls()
    await here.merge(pull.number)
    await here.until(lambda: "✅ merged" in here.status(), "the phase is merged")
    await here.comment("/migrate revert 1")
    await here.until(lambda: len(here.pulls()) == 2, "the revert is open")
    await here.settled()
    assert here.forge.limits.hits == {}


@pytest.mark.parametrize("told", ["403", "422"])
async def test_the_bot_waits_if_others_have_used_up_a_limit(place: World, told: SecondaryLimitStatus) -> None:
    here = await adopted(place)
    await here.settled()
    here.forge.limits.refused_as = told
    here.forge.limits.create(f"installation {here.installation.id}", 80)
    before = here.forge.clock.seconds()
    await here.label("migration:phase-1")
    await here.until(lambda: "🔀 open" in here.status(), "the phase is open")
    await here.settled()
    assert here.forge.limits.hits["content a minute"] == 1
    assert here.forge.clock.seconds() - before > 59
    assert len(here.pulls()) == 1
