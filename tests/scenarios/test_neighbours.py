"""What GitHub refuses to one installation delays no other's phase, and is not asked for again and again."""

from __future__ import annotations

import pytest

from sandbox.controls.faults import FaultKind
from sandbox.model.repositories import Issue
from tests.world import FILES, REPO, World

PHASE_1 = "migration:phase-1"
OTHERS = ("beta/shop", "gamma/shop")
MANY = 40
OURS = rf"^/repos/{REPO}/"
BLOCK = """\
```yaml
title: {title}
replace: [{{old: "shop.old:Old", new: "shop.new:New"}}]
phases: [{{name: All, paths: ["**"]}}]
```
"""


async def with_neighbours(place: World) -> World:
    for name in OTHERS:
        place.forge.people.add(name.partition("/")[0], kind="Organization")
        await place.forge.repos.create(name, {path: text.encode() for path, text in FILES.items()})
        place.forge.repos.set_role(name, "maya", "write")
        place.forge.apps.install(place.app, name)
    await place.start_bot()
    await place.open_issue()
    for name in OTHERS:
        await place.forge.issues.open(name, "Old becomes New", by="maya")
    for name in (REPO, *OTHERS):
        await place.forge.issues.label(name, 1, "migration", by="maya")
    await place.until(
        lambda: all("ready to start" in status_of(place, name) for name in (REPO, *OTHERS)), "all are adopted"
    )
    await place.settled()
    return place


def status_of(here: World, name: str, number: int = 1) -> str:
    texts = [one.body for one in here.forge.issue(name, number).comments]
    return next((text for text in texts if text.startswith("<!-- drover:status")), "")


def phases_of(here: World, name: str) -> list[Issue]:
    return [one for one in here.forge.repo(name).pulls if one.user.login == "drover[bot]"]


async def start_others(here: World) -> None:
    for name in OTHERS:
        await here.forge.issues.label(name, 1, PHASE_1, by="maya")
    await here.until(lambda: all(phases_of(here, name) for name in OTHERS), "the others' phases are open")


def requests(here: World) -> int:
    """Those that count against the installation that waits."""
    number = here.forge.repo(REPO).id
    ours = (f"/repos/{REPO}", f"/repositories/{number}")
    return sum(one.path.startswith(ours) for one in here.forge.log)


@pytest.mark.parametrize(
    ("trouble", "seconds"), [("primary-403", 6), ("primary-403", 3600), ("secondary-422", 60), ("429", 3600)]
)
async def test_one_installations_limit_delays_no_others_phase(
    place: World, trouble: FaultKind, seconds: int
) -> None:
    here = await with_neighbours(place)
    limit = here.forge.faults.answer(
        trouble, times=1, method="POST", path=rf"{OURS}git/refs$", retry_after=seconds
    )
    await here.label(PHASE_1)
    await here.until(lambda: limit.left == 0, "the limit is reached")
    before = requests(here)
    for number in range(10):
        await here.comment(f"/migrate help {number}")
    await start_others(here)
    if seconds > 6:
        assert requests(here) - before <= 6
        assert phases_of(here, REPO) == []
    else:
        await here.until(lambda: len(phases_of(here, REPO)) == 1, "its own phase is open after the wait")
        await here.settled()


async def test_an_installation_with_many_migrations_that_waits_is_asked_for_little(place: World) -> None:
    here = await with_neighbours(place)
    await here.push({".github/migrations/old.yml": None}, "Plans in issues")
    numbers = [await here.open_issue(BLOCK.format(title=f"Plan {number}")) for number in range(MANY)]
    for number in numbers:
        await here.forge.issues.label(REPO, number, "migration", by="maya")
    await here.until(lambda: all(status_of(here, REPO, one) for one in numbers), "all are adopted")
    await here.settled()
    here.forge.faults.answer("primary-403", times=999, path=OURS, retry_after=3600)
    before = requests(here)
    for number in numbers:
        await here.forge.issues.label(REPO, number, PHASE_1, by="maya")
    await start_others(here)
    await here.settled()
    assert requests(here) - before <= 12
    assert phases_of(here, REPO) == []
