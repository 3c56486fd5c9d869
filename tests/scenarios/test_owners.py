"""A phase that is split by owners: a pull request for each, and the phase is done when all are merged."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.world import FILES, PLAN, World, world

PHASE_1 = "migration:phase-1"
AMY, BEN = "drover/1/phase-1-amy", "drover/1/phase-1-acme.back"
CODEOWNERS = "shop/a.py @amy\nshop/b.py @Acme/Back\nshop/c.py @acme/back\n"
SPLIT = (
    PLAN.replace("batch: 2\n  - name: Tests", "batch: 1\n    split: owners\n  - name: Tests")
    + "  required: []\n"
    + 'pull_requests: {labels: [migration, refactor], reviewers: owners, prefix: "refactor:"}\n'
)


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[World]:
    files = {**FILES, ".github/migrations/old.yml": SPLIT, ".github/CODEOWNERS": CODEOWNERS}
    async with world(tmp_path, files) as place:
        place.forge.people.add("amy")
        await place.start_bot()
        await place.open_issue()
        await place.label("migration")
        await place.until(lambda: "ready to start" in place.status(), "the migration is adopted")
        yield place


async def opened(here: World) -> tuple[int, int]:
    await here.label(PHASE_1)
    await here.until(lambda: "0 of 2 merged" in here.status(), "the slices are open")
    await here.settled()
    (amy,), (ben,) = here.pulls(AMY), here.pulls(BEN)
    return amy.number, ben.number


async def test_each_owner_reviews_a_pull_request_and_the_phase_waits_for_all(here: World) -> None:
    amy, ben = await opened(here)
    assert len(here.pulls()) == 2
    for number, reviewers in ((amy, ["amy"]), (ben, [])):
        pull = here.thread(number)
        assert pull.title.startswith("refactor: Old becomes New: phase 1, Application")
        assert pull.pull is not None
        assert [one.login for one in pull.pull.reviewers] == reviewers
        assert sorted(label.name for label in pull.labels) == ["migration", "refactor"]
    assert here.comments(amy) == [], "a pull request with the label is no tracking issue"
    (refused,) = here.comments(ben)
    assert "GitHub refused to request a review from `acme/back`." in refused
    assert "the App also needs the organization permission *Members: read-only*" in refused
    await here.forge.issues.unlabel("acme/shop", amy, "refactor", by="maya")
    assert (await here.git("diff", "--name-only", f"main...{AMY}")).split() == ["shop/a.py"]
    assert (await here.git("diff", "--name-only", f"main...{BEN}")).split() == ["shop/b.py", "shop/c.py"]
    assert here.thread(amy).title.endswith("amy")
    assert "@amy" not in here.thread(amy).title, "a title mentions nobody"
    assert "is done when all are merged" in (here.thread(ben).body or "")
    for number in (amy, ben):
        assert f"#{number}" in here.status()
    assert f"(#{amy}): 1 file verified" in here.status()
    assert f"(#{ben}): 2 files verified" in here.status()
    await here.merge(amy, "squash")
    await here.until(lambda: "1 of 2 merged" in here.status(), "one of them is merged")
    await here.settled()
    assert {label.name for label in here.thread(amy).labels} == {"migration"}, (
        "what people remove stays removed"
    )
    assert PHASE_1 in here.labels()
    assert [one.number for one in here.pulls(state="open")] == [ben], "the other stays as it is"
    await here.comment("/migrate start 2")
    await here.until(lambda: len(here.answers()) == 1, "there is an answer")
    assert "Phase 1 (Application) isn't merged yet" in here.answers()[0]
    await here.merge(ben, "rebase")
    await here.until(lambda: "2 of 2 merged" in here.status(), "all are merged")
    await here.settled()
    assert "Phase 2 (Tests) is ready to start" in here.status()
    assert set(await here.branches()) == {"main"}
    before = await here.git(
        "show", f"{(await here.git('rev-list', '--max-parents=0', 'main')).strip()}:shop/a.py"
    )
    await here.comment("/migrate revert 1")
    await here.until(
        lambda: bool(here.pulls("drover/1/revert-phase-1")), "one pull request reverts all of it"
    )
    await here.settled()
    (revert,) = here.pulls("drover/1/revert-phase-1")
    assert {label.name for label in revert.labels} == {"migration", "refactor"}
    await here.merge(revert.number)
    await here.until(lambda: "reverted" in here.status(), "it is reverted")
    await here.settled()
    assert await here.read("shop/a.py") == before
    assert "import Old" in await here.read("shop/c.py")
    await here.label(PHASE_1)
    await here.until(lambda: len(here.pulls(state="open")) == 2, "both are open again")


async def test_removing_the_label_closes_all_and_a_new_owner_gets_the_file(
    here: World,
) -> None:
    drafts = SPLIT.replace('"refactor:"', '"refactor:", draft: true')
    await here.push({".github/migrations/old.yml": drafts}, "Open drafts")
    await here.settled()
    amy, ben = await opened(here)
    assert [one.pull and one.pull.draft for one in map(here.thread, (amy, ben))] == [True, True]
    await here.push(
        {".github/CODEOWNERS": "shop/a.py @amy\nshop/b.py @amy\nshop/c.py @acme/back\n"}, "Hand b over"
    )
    await here.settled()
    assert (await here.git("diff", "--name-only", f"main...{AMY}")).split() == ["shop/a.py", "shop/b.py"]
    assert (await here.git("diff", "--name-only", f"main...{BEN}")).split() == ["shop/c.py"]
    await here.push({".github/CODEOWNERS": "shop/* @amy\n"}, "All of it is hers")
    await here.settled()
    assert [one.number for one in here.pulls(state="open")] == [amy]
    assert "have other owners now" in here.comments(ben)[-1]
    await here.unlabel(PHASE_1)
    await here.until(lambda: not here.pulls(state="open"), "it is closed")
    await here.settled()
    assert set(await here.branches()) == {"main"}
    assert "is ready to start" in here.status()
    assert len(here.pulls()) == 2


async def test_after_a_kill_between_two_slices_each_has_one_pull_request(here: World) -> None:
    await here.stop_bot()
    died: list[bool] = []

    async def die() -> None:
        if len(here.pulls()) == 1 and not died:
            here.kill()
            died.append(True)

    await here.launch()
    here.forge.faults.before(die, method="POST", path="/git/refs$", times=4)
    await here.label(PHASE_1)
    await here.until(lambda: bool(died), "it was killed after the first")
    for file in (here.home / "bot").glob("drover.db*"):
        file.unlink()
    await here.launch()
    await here.until(lambda: len(here.pulls()) == 2, "both are open")
    await here.settled()
    assert sorted(await here.branches()) == sorted(["main", AMY, BEN])
