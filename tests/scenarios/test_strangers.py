"""Who decides what runs: people with write access, whatever anybody else writes."""

from __future__ import annotations

import time

import pytest

from tests.scenarios.stranger_acts import BRANCH, EVERY_PATH, FILE, GREEDY, ONLY_A, PHASE_1, block
from tests.world import PLAN, REPO, World


async def stranger(place: World) -> None:
    place.forge.people.add("stranger")
    place.forge.repos.set_role(REPO, "stranger", "read")


async def with_block(place: World, plan: str, by: str = "maya") -> World:
    """A repository without plan files, and a tracking issue with a plan in its body."""
    await stranger(place)
    await place.push({FILE: None}, "No plan file")
    await place.start_bot()
    await place.open_issue(block(plan), by=by)
    await place.label("migration")
    await place.until(lambda: place.status_comment() is not None, "the status comment is there")
    await place.settled()
    return place


async def edit(place: World, body: str, by: str = "stranger") -> None:
    place.forge.clock.advance(seconds=2)
    await place.forge.issues.edit(REPO, place.issue, body=body, by=by)
    await place.settled()


async def answered(place: World, text: str, by: str = "maya") -> str:
    known = len(place.answers())
    place.forge.clock.advance(seconds=2)
    await place.comment(text, by=by)
    await place.until(lambda: len(place.answers()) > known, "there is an answer")
    await place.settled()
    return place.answers()[-1]


async def test_a_strangers_plan_runs_only_once_somebody_approves_it(place: World) -> None:
    here = await with_block(place, PLAN, by="stranger")
    assert "**The plan isn't approved.** @stranger wrote it" in here.status()
    assert "`shop.old:Old` → `shop.new:New`" in here.status()
    await here.label(PHASE_1)
    await here.until(lambda: PHASE_1 not in here.labels(), "the label is refused")
    await here.settled()
    assert here.pulls() == []
    assert "Can't approve the plan" in await answered(here, "/migrate approve", by="stranger")
    assert "**The plan isn't approved.**" in here.status()
    assert "Approved the plan" in await answered(here, "/migrate approve")
    await here.until(lambda: "references left" in here.status() or "left**" in here.status(), "it is used")
    await here.label(PHASE_1)
    await here.until(lambda: bool(here.pulls(BRANCH)), "phase 1 is open")
    await here.settled()
    body = here.pulls(BRANCH)[0].body or ""
    assert "approved by @maya" in body.replace("\u200b", "")


async def test_a_strangers_edit_changes_nothing_until_it_is_approved(place: World) -> None:
    here = await with_block(place, ONLY_A, by="stranger")
    await answered(here, "/migrate approve", by="boss")
    await here.label(PHASE_1)
    await here.until(lambda: bool(here.pulls(BRANCH)), "phase 1 is open")
    await here.settled()
    (pull,) = here.pulls(BRANCH)
    head = pull.pull.head_sha if pull.pull else ""
    await edit(here, block(PLAN))
    assert "@stranger edited the plan; phase 1 goes on with the plan that @boss approved." in here.status()
    assert (await here.branches())[BRANCH] == head
    await edit(here, block("title: T\nreplace: [\n"))
    assert PHASE_1 in here.labels()
    assert "phase 1 goes on with the plan that @boss approved" in here.status()
    assert (await here.branches())[BRANCH] == head
    await edit(here, block(PLAN))
    await answered(here, "/migrate approve")
    await here.until(lambda: "edited the plan" not in here.status(), "the new plan is used")
    await here.settled()
    changed = (await here.git("diff", "--name-only", f"main...{BRANCH}")).split()
    assert changed == ["shop/a.py", "shop/b.py", "shop/c.py"]


async def test_an_approval_is_found_again_without_the_database(place: World) -> None:
    here = await with_block(place, ONLY_A, by="stranger")
    await answered(here, "/migrate approve")
    await here.label(PHASE_1)
    await here.until(lambda: bool(here.pulls(BRANCH)), "phase 1 is open")
    await here.settled()
    await here.stop_bot()
    here.forge.clock.advance(seconds=2)
    await here.forge.issues.edit(REPO, here.issue, body="Nothing to see.", by="stranger")
    for file in (here.home / "bot").glob("drover.db*"):
        file.unlink()
    await here.start_bot()
    await here.until(lambda: "@stranger removed the plan" in here.status(), "the status says so")
    await here.settled()
    assert "goes on with the plan that @maya approved" in here.status()
    assert len(here.pulls(BRANCH, state="open")) == 1


async def test_the_box_approves_the_plan_that_it_shows(place: World) -> None:
    here = await with_block(place, PLAN, by="stranger")
    await here.tick("Approve the plan", by="maya")
    await here.until(lambda: any("Approved the plan" in one for one in here.answers()), "it is approved")
    await here.settled()
    assert "isn't approved" not in here.status()


async def test_a_plan_that_was_edited_within_the_second_of_the_comment_is_not_approved(place: World) -> None:
    here = await with_block(place, PLAN, by="stranger")
    await here.stop_bot()
    await here.comment("/migrate approve")
    await here.forge.issues.edit(REPO, here.issue, body=block(ONLY_A), by="stranger")
    await here.start_bot()
    await here.until(lambda: bool(here.answers()), "there is an answer")
    await here.settled()
    assert "The plan was edited since." in here.answers()[-1]
    assert "**The plan isn't approved.**" in here.status()


async def test_a_block_neither_merges_nor_advances_nor_runs_commands(place: World) -> None:
    here = await with_block(place, GREEDY)
    assert "`checks.commands`, `merge`, `advance`, `on_failure` count only in a plan file." in here.status()
    await here.label(PHASE_1)
    await here.until(lambda: bool(here.pulls(BRANCH)), "phase 1 is open")
    await here.settled()
    (pull,) = here.pulls(BRANCH, state="open")
    assert pull.pull is not None
    assert pull.pull.auto_merge is None


async def test_a_file_outranks_a_block(here: World) -> None:
    await stranger(here)
    await here.label(PHASE_1)
    await here.until(lambda: bool(here.pulls(BRANCH)), "phase 1 is open")
    await here.settled()
    head = (await here.branches())[BRANCH]
    await edit(here, block(ONLY_A), by="maya")
    assert f"The plan is `{FILE}`: the block in this issue's text doesn't count." in here.status()
    assert (await here.branches())[BRANCH] == head


async def another_issue(here: World, body: str) -> int:
    """Labelled `migration`, and looked at."""
    number = await here.open_issue(body)
    await here.label("migration")
    await here.until(lambda: here.status_comment() is not None, "the status comment is there")
    await here.settled()
    return number


async def test_an_issue_that_names_no_plan_takes_nobody_elses(here: World) -> None:
    await here.settled()
    await another_issue(here, "Something else.")
    assert f"**#1 has the plan `{FILE}`.**" in here.status()
    await here.label(PHASE_1)
    await here.until(lambda: PHASE_1 not in here.labels(), "the label is refused")
    await here.settled()
    assert here.pulls() == []
    assert here.thread().state == "open"
    assert here.thread(1).state == "open"


async def test_of_two_issues_that_name_a_file_the_first_has_it(here: World) -> None:
    await here.settled()
    await another_issue(here, f"See {FILE}.")
    assert f"**#1 has the plan `{FILE}`.**" in here.status()
    await here.push({FILE: f"{PLAN}issue: {here.issue}\n"}, "The plan is the other issue's")
    await here.until(lambda: "left**" in here.status(), "it has the plan")
    here.issue = 1
    await here.until(lambda: f"**#2 has the plan `{FILE}`.**" in here.status(), "the first has it no more")


async def test_each_issue_has_the_file_that_it_names(here: World) -> None:
    other = ".github/migrations/only-a.yml"
    await here.settled()
    await here.push({other: ONLY_A.replace("Old becomes New", "Only a")}, "Another plan")
    await here.settled()
    assert "## Old becomes New" in here.status()
    await another_issue(here, f"See {other}.")
    assert "## Only a" in here.status()


async def test_an_issue_on_which_nothing_was_migrated_is_not_closed(place: World) -> None:
    unused = dict.fromkeys(("shop/a.py", "shop/b.py", "shop/c.py", "tests/test_a.py"), "")
    await place.push({**unused, FILE: f"{PLAN}  required: []\n"}, "No use is left")
    await place.start_bot()
    await place.open_issue()
    await place.label("migration")
    await place.until(lambda: "nothing to migrate" in place.status(), "the status says so")
    await place.settled()
    assert place.thread().state == "open"


def writes(here: World) -> list[str]:
    """What the bot wrote on GitHub."""
    return [
        f"{one.method} {one.path}"
        for one in here.forge.log
        if one.method != "GET" and "graphql" not in one.path
    ]


async def test_a_stranger_gets_a_few_answers_and_then_silence(here: World) -> None:
    await stranger(here)
    await here.settled()
    before = len(writes(here))
    await here.comment("/migrate start 1\n" * 3_855, by="stranger")
    await here.until(lambda: bool(here.answers()), "there is an answer")
    await here.settled()
    (said,) = here.answers()
    assert "@stranger **Can't start phase 1.** You need write access" in said
    assert "only the first 5 commands" in said
    assert len(writes(here)) - before == 2
    for number in range(8):
        await here.comment(f"/migrate retry 1\n/migrate cancel {number}", by="stranger")
    await here.settled()
    assert len(here.answers()) == 3
    assert len(writes(here)) - before == 6
    await here.comment("/migrate status\n/migrate start 1\n/migrate status", by="maya")
    await here.until(lambda: bool(here.pulls(BRANCH)), "phase 1 is open")
    await here.settled()
    *_, said = here.answers()
    assert len(here.answers()) == 4
    assert "The status comment on the tracking issue is up to date." in said
    assert "Opened #" in said


async def test_a_flood_of_comments_from_outside_costs_two_looks(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.engine.outsiders.PAUSE", 2.0)
    here.forge.people.add("outsider")
    await here.settled()
    before = len(here.forge.log)
    for number in range(20):
        await here.comment(f"I see that as well ({number}).", by="outsider")
    await here.settled()
    assert len(here.forge.log) == before
    for _ in range(20):
        await here.comment("/MIGRATE status", by="outsider")
    await here.until(lambda: len(here.answers()) == 3, "those that are answered are answered")
    await here.settled()
    assert len(here.forge.log) - before <= 2 * 40
    await here.comment("/migrate status", by="maya")
    await here.until(lambda: len(here.answers()) == 4, "others wait for nothing")


async def test_a_flood_of_pushes_from_a_fork_has_its_latest_commit_checked(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.engine.outsiders.PAUSE", 2.0)
    here.forge.people.add("outsider")
    await here.settled()
    fork = await here.forge.repos.fork(REPO, "outsider")

    async def push(number: int) -> str:
        text = f"from shop.old import Old\n\nx = Old  # {number}\n"
        return await here.forge.repos.push(
            fork, {"shop/d.py": text.encode()}, "x", by="outsider", branch="help"
        )

    await push(0)
    pull = await here.forge.pulls.open(REPO, "outsider:help", title="Help", by="outsider")
    await here.settled()
    repo = here.forge.repo(REPO)
    checks = repo.check_runs
    before, known, began = len(here.forge.log), len(checks), time.monotonic()
    for number in range(1, 20):
        head = await push(number)
        await here.forge.issues.edit(REPO, pull.number, title=f"Help {number}", by="outsider")
    await here.until(lambda: bool(here.forge.checks.runs_on(repo, head)), "the latest commit is checked")
    await here.settled()
    most = 4 + (time.monotonic() - began) / 2.0  # one more for each pause, and some for a busy machine
    assert len(checks) - known <= most
    assert [one.name for one in here.forge.checks.runs_on(repo, head)] == ["drover / ratchet"]
    assert len(here.forge.log) - before <= most * 25


async def test_a_stranger_on_every_path_gets_nothing_but_a_few_answers(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.turn.replays.PAUSES", (0.0,))
    await stranger(here)
    await here.tick("Start phase 1")
    await here.until(lambda: bool(here.pulls(BRANCH)), "phase 1 is open")
    await here.settled()
    await here.tick("Cancel phase 1")
    await here.until(lambda: "Start phase 1" in here.status(), "it is cancelled")
    await here.settled()
    await here.label(PHASE_1)
    await here.until(lambda: "🔀 open" in here.status(), "it is open again")
    await here.settled()
    (ours,) = here.pulls(BRANCH, state="open")
    said, wrote, branches = len(bot_comments(here)), len(writes(here)), await here.branches()
    for attack in EVERY_PATH:
        await attack(here)
        await here.settled()
        assert await here.branches() == branches, attack.__name__
        assert here.labels() == {"migration", PHASE_1}, attack.__name__
    assert ours.state == "open"
    assert [one for one in here.pulls(state="open") if one.user.login == "drover[bot]"] == [ours]
    assert "🔀 open" in here.status()
    assert len(bot_comments(here)) - said <= 12
    assert len(writes(here)) - wrote <= 40
    await here.merge(ours.number)
    await here.until(lambda: "✅ merged" in here.status(), "the migration goes on")


def bot_comments(here: World) -> list[str]:
    threads = here.forge.repo(REPO).issues.values()
    return [said.body for one in threads for said in one.comments if said.user.login == "drover[bot]"]
