"""Where GitHub does not let the App make commits: all that it opens or pushes is there, unsigned, and says so."""

from __future__ import annotations

import shutil

import pytest
from aiohttp import web

from tests.scenarios.test_doctor import call
from tests.scenarios.test_ratchet import NEW_USE, open_pull, ratcheted
from tests.scenarios.test_reverts import merged, reverted
from tests.world import FILES, World

UNSIGNED = "signed by GitHub"


def refuse_commits(here: World) -> None:
    async def refuse() -> None:
        said = '{"message": "Resource not accessible by integration"}'
        raise web.HTTPForbidden(text=said, content_type="application/json")

    here.forge.faults.before(refuse, method="POST", path=r"/git/commits$", times=99)


async def private_refs(here: World) -> str:
    """Those that no branch and no pull request holds."""
    names = (await here.git("for-each-ref", "--format=%(refname)")).split()
    return " ".join(name for name in names if not name.startswith(("refs/heads/", "refs/pull/")))


async def test_a_revert_opens_and_says_that_its_commits_are_not_signed(here: World) -> None:
    before = await merged(here)
    refuse_commits(here)
    await here.comment("/migrate revert 1")
    number = await reverted(here)
    assert UNSIGNED in (here.thread(number).body or "")
    assert await here.git("rev-parse", "drover/1/revert-phase-1^{tree}") == before
    assert await private_refs(here) == ""


async def test_a_signed_revert_does_not_mention_signatures(here: World) -> None:
    await merged(here)
    await here.comment("/migrate revert 1")
    number = await reverted(here)
    assert UNSIGNED not in (here.thread(number).body or "")
    assert await private_refs(here) == ""


@pytest.mark.parametrize("refused", [True, False])
async def test_a_proposed_plan_opens(place: World, refused: bool) -> None:
    await place.push({".github/migrations/old.yml": None}, "No plan yet")
    await place.start_bot()
    await place.open_issue("shop.old:Old=shop.new:New")
    await place.label("migration")
    await place.until(lambda: place.status_comment() is not None, "the status comment is there")
    if refused:
        refuse_commits(place)
    await place.comment("/migrate plan")
    await place.until(lambda: bool(place.pulls("drover/1/plan")), "the plan is proposed")
    await place.settled()
    (pull,) = place.pulls("drover/1/plan")
    assert (UNSIGNED in (pull.body or "")) is refused
    assert await private_refs(place) == ""


@pytest.mark.parametrize("refused", [True, False])
async def test_no_private_ref_is_left_of_a_phase(here: World, refused: bool) -> None:
    if refused:
        refuse_commits(here)
    await here.label("migration:phase-1")
    await here.until(lambda: bool(here.pulls("drover/1/phase-1")), "the phase has its pull request")
    await here.settled()
    assert (UNSIGNED in (here.pulls("drover/1/phase-1")[0].body or "")) is refused
    assert await private_refs(here) == ""


async def test_a_server_that_signs_nothing_works_and_the_report_says_so(here: World) -> None:
    here.forge.signs_commits = False
    await here.label("migration:phase-1")
    await here.until(lambda: bool(here.pulls("drover/1/phase-1")), "the phase has its pull request")
    await here.settled()
    assert UNSIGNED in (here.pulls("drover/1/phase-1")[0].body or "")
    people = await here.git("log", "--format=%an %ae %cn", "main..drover/1/phase-1")
    bot = here.app.bot
    assert set(people.splitlines()) == {f"{bot.login} {bot.email} {bot.login}"}
    status, said = await call(here, "doctor")
    assert status == 0
    assert "GitHub doesn't sign Drover's commits" in said
    assert "turn on web commit signing" in said


@pytest.mark.parametrize("refused", [True, False])
async def test_without_a_database_unsigned_commits_are_known_as_drover_s(here: World, refused: bool) -> None:
    here.forge.signs_commits = False
    if refused:
        refuse_commits(here)
    await here.label("migration:phase-1")
    await here.until(lambda: bool(here.pulls("drover/1/phase-1")), "the phase has its pull request")
    await here.settled()
    await here.stop_bot()
    shutil.rmtree(here.home / "bot")
    before = (await here.branches())["drover/1/phase-1"]
    await here.push({"shop/a.py": FILES["shop/a.py"] + "\n\nMORE = 1\n"}, "More")
    await here.start_bot()

    async def regenerated() -> bool:
        return (await here.branches()).get("drover/1/phase-1", before) != before

    await here.until(regenerated, "the branch is regenerated")
    await here.settled()
    assert [pull.state for pull in here.pulls("drover/1/phase-1")] == ["open"]
    assert "MORE = 1" in await here.read("shop/a.py", "drover/1/phase-1")
    assert (await here.git("rev-list", "--count", "main..drover/1/phase-1")).strip() == "2"


async def test_a_push_to_a_reverts_branch_is_not_overwritten(here: World) -> None:
    await merged(here)
    mine = await here.push({"notes.txt": "mine\n"}, "Mine", by="boss", branch="drover/1/revert-phase-1")
    await here.comment("/migrate revert 1")
    await here.until(lambda: bool(here.answers()), "the command is answered")
    await here.settled()
    assert "commits that Drover didn't make" in here.answers()[0]
    assert (await here.branches())["drover/1/revert-phase-1"] == mine


async def test_no_private_ref_is_left_of_a_revert_whose_branch_is_refused(here: World) -> None:
    async def refuse() -> None:
        said = '{"message": "Reference update failed"}'
        raise web.HTTPUnprocessableEntity(text=said, content_type="application/json")

    await merged(here)
    here.forge.faults.before(refuse, method="POST", path=r"/git/refs$", times=99)
    await here.comment("/migrate revert 1")
    await here.until(
        lambda: any("Reference update failed" in one for one in here.answers()), "it is answered"
    )
    await here.settled()
    assert await private_refs(here) == ""


async def test_no_private_ref_is_left_of_a_fix_when_the_branch_moves_meanwhile(here: World) -> None:
    number, head = await open_pull(here, NEW_USE)
    run = await ratcheted(here, head)

    async def push() -> None:
        await here.push({"shop/z.py": "z = 1\n"}, "Meanwhile", branch="feature")

    here.forge.faults.before(push, method="POST", path=r"/git/commits$")
    await here.forge.checks.press(here.forge.repo("acme/shop").full_name, run.id, "fix", by="maya")
    await here.until(lambda: bool(here.comments(number)), "the press is answered")
    await here.settled()
    assert await here.read("shop/d.py", "feature") == NEW_USE["shop/d.py"]
    assert await here.read("shop/a.py", "feature") == FILES["shop/a.py"]
    assert await private_refs(here) == ""
