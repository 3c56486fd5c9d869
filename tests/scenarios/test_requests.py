"""What people request in comments, besides starting and reverting."""

from __future__ import annotations

import pytest

from tests.world import REPO, World

PHASE_1 = "migration:phase-1"
BRANCH = "drover/1/phase-1"


async def answered(here: World, text: str, by: str = "maya") -> str:
    known = len(here.answers())
    await here.comment(text, by=by)
    await here.until(lambda: len(here.answers()) > known, "there is an answer")
    await here.settled()
    return here.answers()[-1]


async def test_help_lists_the_commands_for_anybody(here: World) -> None:
    assert "| `/migrate start N` |" in await answered(here, "/migrate help", by="reed")


async def test_an_unknown_command_gets_the_nearest_suggested(here: World) -> None:
    said = await answered(here, "/migrate strat 1")
    assert "I don't know `strat`. Did you mean `/migrate start`? See `/migrate help`." in said
    comment = next(one for one in here.thread().comments if one.body == "/migrate strat 1")
    here.forge.clock.advance(seconds=2)
    await here.forge.issues.edit_comment(REPO, comment.id, "/migrate start 1", by="maya")
    await here.settled()
    assert here.answers() == [said]
    assert here.pulls() == []


async def test_a_quoted_command_is_ignored(here: World) -> None:
    await here.settled()
    await here.comment("> /migrate start 1\n\nShould I?")
    await here.settled()
    assert here.answers() == []
    assert here.pulls() == []


async def test_an_edited_comment_is_not_acted_on(here: World) -> None:
    await here.settled()
    said = await here.comment("Hello there")
    await here.settled()
    here.forge.clock.advance(seconds=2)
    await here.forge.issues.edit_comment(REPO, said.id, "/migrate start 1", by="boss")
    await here.until(lambda: bool(here.answers()), "there is an answer")
    await here.settled()
    assert "was edited" in here.answers()[0]
    assert here.pulls() == []


async def test_skip_leaves_a_file_out_until_the_comment_is_deleted(here: World) -> None:
    assert "Skipping `shop/c.py`" in await answered(here, "/migrate skip shop/c.py")
    await here.label(PHASE_1)
    await here.until(lambda: "🔀 open" in here.status(), "the phase is open")
    await here.settled()
    assert await here.read("shop/c.py", BRANCH) == await here.read("shop/c.py")
    assert "import New as Old" in await here.read("shop/a.py", BRANCH)
    comment = next(one for one in here.thread().comments if one.body == "/migrate skip shop/c.py")
    await here.forge.issues.delete_comment(REPO, comment.id, by="maya")
    await here.settled()
    assert "import New as Old" in await here.read("shop/c.py", BRANCH)


async def test_skip_of_nothing_is_refused(here: World) -> None:
    assert "No file with references matches" in await answered(here, "/migrate skip shop/none.py")


async def test_pause_stops_everything_and_resume_goes_on(here: World) -> None:
    assert "The migration is paused" in await answered(here, "/migrate pause")
    assert "**Paused.**" in here.status()
    await here.label(PHASE_1)
    await here.settled()
    assert here.pulls() == []
    assert "Can't retry phase 1" in await answered(here, "/migrate retry 1")
    await answered(here, "/migrate resume")
    await here.until(lambda: "🔀 open" in here.status(), "the phase is open")


async def test_an_issue_without_a_plan_has_one_proposed_and_added(place: World) -> None:
    await place.push({".github/migrations/old.yml": None}, "No plan")
    await place.start_bot()
    await place.open_issue("We move `shop.old:Old=shop.new:New`.")
    await place.label("migration")
    await place.until(lambda: "There's no plan yet" in place.status(), "the status says so")
    said = await answered(place, "/migrate audit")
    assert "Proposed plan" in said
    assert "shop.old:Old" in said
    said = await answered(place, "/migrate plan")
    (pull,) = place.pulls("drover/1/plan")
    assert f"Opened #{pull.number} with a plan" in said
    await place.merge(pull.number)
    await place.until(lambda: "references left" in place.status(), "the plan is in use")


async def test_a_long_audit_shows_its_progress_in_the_comment_of_its_result(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await here.settled()
    monkeypatch.setattr("bot.decide.progress.FIRST_UPDATE", 0.0)
    monkeypatch.setattr("bot.act.progress_comment.LOOK_EVERY", 0.001)
    said = await answered(here, "/migrate audit")
    assert "### Audit: Old becomes New" in said
    (comment,) = [one for one in here.thread().comments if "### Audit" in one.body]
    assert "**The audit is running.**" in comment.edits[0].body
    assert not any("is running" in text for text in here.comments())


async def test_new_uses_that_come_in_are_named_with_commit_author_and_line(here: World) -> None:
    await here.settled()
    sha = await here.push({"shop/d.py": "import os\nfrom shop.old import Old\n\nd = Old\n"}, "New", by="boss")
    await here.until(lambda: any("drover:came-in" in one for one in here.comments()), "it is named")
    await here.settled()
    (told,) = [one for one in here.comments() if "drover:came-in" in one]
    assert "`shop/d.py:2`" in told
    assert f"by boss in {sha}" in told
    await here.push({"README.md": "more\n"}, "Nothing new")
    await here.settled()
    assert len([one for one in here.comments() if "drover:came-in" in one]) == 1


async def test_a_command_on_another_pull_request_is_answered_with_where_to_write(here: World) -> None:
    await here.push({"notes.md": "mine\n"}, "Notes", branch="feature")
    pull = await here.forge.pulls.open(REPO, "feature", title="Notes", by="maya")
    await here.comment("Looks good.\n\n/migrate start 1", on=pull.number, by="boss")
    await here.until(lambda: bool(here.answers(pull.number)), "there is an answer")
    for delivery in here.forge.hooks.recent(here.app)[:5]:
        here.forge.hooks.redeliver(here.app, delivery.id)
    await here.settled()
    (said,) = here.answers(pull.number)
    assert "Please comment it on the tracking issue" in said
    assert f"the tracking issue, #{here.issue}" in said
    assert here.pulls(BRANCH) == []
