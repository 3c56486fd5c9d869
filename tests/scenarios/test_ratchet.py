"""Nobody adds new uses unseen: `drover / ratchet` on everybody's pull requests, and in the merge queue."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from bot.decide.ratchet import RATCHET
from sandbox.model.checks import CheckRun
from sandbox.model.repositories import Protection
from tests.world import FILES, PLAN, REPO, World

NEW_USE = {"shop/d.py": "from shop.old import Old\n\nd = Old()\n"}
STRICT = {".github/migrations/old.yml": PLAN + "ratchet: fail\n"}


async def open_pull(
    here: World, files: Mapping[str, str | None], branch: str = "feature", by: str = "maya"
) -> tuple[int, str]:
    head = await here.push(files, "Work", by=by, branch=branch)
    pull = await here.forge.pulls.open(REPO, branch, title="Work", by=by)
    return pull.number, head


def runs(here: World, head: str) -> list[CheckRun]:
    return [one for one in here.forge.checks.runs_on(here.forge.repo(REPO), head) if one.name == RATCHET]


async def ratcheted(here: World, head: str) -> CheckRun:
    await here.until(lambda: bool(runs(here, head)), "the ratchet has reported")
    await here.settled()
    (run,) = runs(here, head)
    assert run.status == "completed"
    return run


async def test_a_pull_request_without_new_uses_passes(here: World) -> None:
    _, head = await open_pull(
        here, {"shop/d.py": "d = 1\n", "shop/a.py": "# moved down\n" + FILES["shop/a.py"]}
    )
    run = await ratcheted(here, head)
    assert (run.conclusion, run.title) == ("success", "No new uses")
    assert run.annotations == []
    assert run.actions == []


async def test_a_use_that_moved_to_another_file_passes(here: World) -> None:
    moved = {"shop/c.py": None, "shop/e.py": FILES["shop/c.py"]}
    run = await ratcheted(here, (await open_pull(here, moved))[1])
    assert run.conclusion == "success"


async def test_a_new_use_is_annotated_at_its_line_with_what_to_use(here: World) -> None:
    _, head = await open_pull(here, NEW_USE)
    run = await ratcheted(here, head)
    assert run.conclusion == "neutral"
    assert run.title == "1 new use of deprecated symbols"
    (note,) = run.annotations
    assert (note.path, note.start_line, note.level) == ("shop/d.py", 1, "warning")
    assert "Use shop.new:New instead: from shop.new import New" in note.message
    assert [action.identifier for action in run.actions] == ["fix"]
    assert "+from shop.new import New as Old" in (run.text or "")


async def test_the_plan_decides_whether_it_fails(here: World) -> None:
    await here.push(STRICT, "Be strict")
    await here.settled()
    run = await ratcheted(here, (await open_pull(here, NEW_USE))[1])
    assert run.conclusion == "failure"
    assert run.annotations[0].level == "failure"


async def test_only_what_was_not_there_at_the_merge_base_counts(here: World) -> None:
    base = await here.git("rev-parse", "main")
    await here.push({"shop/late.py": FILES["shop/c.py"]}, "A use that came in meanwhile", by="boss")
    head = await here.push({"shop/d.py": "d = 1\n"}, "Work", branch="feature", onto=base.strip())
    await here.forge.pulls.open(REPO, "feature", title="Work", by="maya")
    assert (await ratcheted(here, head)).conclusion == "success"


async def test_an_allowed_use_is_accepted_and_listed_on_the_issue(here: World) -> None:
    line = "from shop.old import Old  # migration: allow the vendor | imports it\n"
    number, head = await open_pull(here, {"shop/d.py": line})
    run = await ratcheted(here, head)
    assert (run.conclusion, run.title) == ("success", "No new uses, 1 allowed")
    assert "the vendor" in (run.text or "")
    await here.merge(number)
    await here.until(lambda: "Allowed uses (1)" in here.status(), "the issue lists it")
    assert "`shop/d.py:1`" in here.status()
    assert "the vendor" in here.status()


async def test_the_button_pushes_the_rewrite_and_the_next_check_passes(here: World) -> None:
    _, head = await open_pull(here, NEW_USE)
    run = await ratcheted(here, head)
    await here.forge.checks.press(REPO, run.id, "fix", by="maya")
    await here.until(lambda: _moved(here, "feature", head), "the branch has the rewrite")
    fixed = (await here.branches())["feature"]
    after = await ratcheted(here, fixed)
    assert after.conclusion == "success"
    assert await here.read("shop/d.py", "feature") == "from shop.new import New as Old\n\nd = Old()\n"
    assert (await here.git("log", "--format=%an", "-1", "feature")).strip() == "drover[bot]"
    assert "Drover-Migration: acme/shop/1" in await here.git("log", "--format=%B", "-1", "feature")
    assert "refs/drover" not in await here.git("for-each-ref")


async def _moved(here: World, branch: str, head: str) -> bool:
    return (await here.branches())[branch] != head


async def test_a_button_pressed_twice_pushes_once(here: World) -> None:
    number, head = await open_pull(here, NEW_USE)
    run = await ratcheted(here, head)
    await here.forge.checks.press(REPO, run.id, "fix", by="maya")
    await here.forge.checks.press(REPO, run.id, "fix", by="boss")
    await here.until(lambda: _moved(here, "feature", head), "the branch has the rewrite")
    await here.settled()
    assert (await here.git("rev-list", "--count", f"{head}..feature")).strip() == "1"
    assert here.comments(number) == []


async def test_a_branch_that_has_moved_is_left_and_the_click_is_answered(here: World) -> None:
    number, head = await open_pull(here, NEW_USE)
    run = await ratcheted(here, head)
    later = await here.push({"notes.txt": "more\n"}, "More", branch="feature")
    await here.forge.checks.press(REPO, run.id, "fix", by="maya")
    await here.until(lambda: bool(here.comments(number)), "the press is answered")
    await here.settled()
    (said,) = here.comments(number)
    assert "@maya **Couldn't fix it.** The branch has changed" in said
    assert (await here.branches())["feature"] == later


async def test_a_fork_gets_the_patch_and_no_button(here: World) -> None:
    fork = await here.forge.repos.fork(REPO, "reed")
    files = {path: text.encode() for path, text in NEW_USE.items()}
    head = await here.forge.repos.push(fork, files, "Work", by="reed", branch="feature")
    await here.forge.pulls.open(REPO, "reed:feature", title="Work", by="reed")
    run = await ratcheted(here, head)
    assert run.conclusion == "neutral"
    assert run.actions == []
    assert "+from shop.new import New as Old" in (run.text or "")


async def test_a_forks_branch_with_our_name_is_checked_like_any_other(here: World) -> None:
    fork = await here.forge.repos.fork(REPO, "reed")
    files = {path: text.encode() for path, text in NEW_USE.items()}
    head = await here.forge.repos.push(fork, files, "Work", by="reed", branch="drover/1/phase-9")
    await here.forge.pulls.open(REPO, "reed:drover/1/phase-9", title="Work", by="reed")
    assert (await ratcheted(here, head)).conclusion == "neutral"


async def test_our_own_pull_requests_are_not_checked(here: World) -> None:
    await here.label("migration:phase-1")
    await here.until(lambda: bool(here.pulls("drover/1/phase-1")), "the phase has its pull request")
    await here.settled()
    assert runs(here, (await here.branches())["drover/1/phase-1"]) == []


async def test_a_required_check_is_reported_on_our_own_pull_requests(here: World) -> None:
    here.forge.repos.protect(REPO, "main", Protection(required_checks=(RATCHET,)))
    await here.label("migration:phase-1")
    await here.until(lambda: bool(here.pulls("drover/1/phase-1")), "the phase has its pull request")
    run = await ratcheted(here, (await here.branches())["drover/1/phase-1"])
    assert (run.conclusion, run.title) == ("success", "Drover's own change")


async def test_a_head_is_reported_once_however_often_it_is_delivered(here: World) -> None:
    number, head = await open_pull(here, NEW_USE)
    run = await ratcheted(here, head)
    for delivery in here.forge.hooks.recent(here.app):
        here.forge.hooks.redeliver(here.app, delivery.id)
    await here.forge.issues.close(REPO, number, by="maya")
    await here.forge.issues.reopen(REPO, number, by="maya")
    await here.settled()
    assert await ratcheted(here, head) is run
    assert len(run.annotations) == 1


async def test_a_rerequested_check_is_updated_in_place(here: World) -> None:
    _, head = await open_pull(here, NEW_USE)
    run = await ratcheted(here, head)
    await here.push(STRICT, "Be strict")
    await here.forge.checks.rerequest_run(REPO, run.id, by="maya")
    await here.until(lambda: run.conclusion == "failure", "the check follows the plan")
    await here.settled()
    assert len(run.annotations) == 1
    assert len(runs(here, head)) == 1


async def test_the_sweep_finds_what_no_delivery_reported(here: World) -> None:
    await here.settled()
    await here.stop_bot()
    _, head = await open_pull(here, NEW_USE)
    await here.start_bot()
    assert (await ratcheted(here, head)).conclusion == "neutral"


async def test_the_sweep_finds_a_changed_plan(here: World) -> None:
    _, head = await open_pull(here, NEW_USE)
    run = await ratcheted(here, head)
    await here.push(STRICT, "Be strict")
    await here.settled()
    assert here.engine is not None
    await here.engine.sweep_now()
    await here.until(lambda: run.conclusion == "failure", "the check follows the plan")


async def test_a_changed_plan_reaches_many_pull_requests_some_at_a_time(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await here.settled()
    monkeypatch.setattr("bot.ratchet.check.AT_ONCE", 3)
    monkeypatch.setattr("bot.ratchet.check.PACE", 3600.0)
    (text,) = NEW_USE.values()
    heads = [(await open_pull(here, {f"shop/d{number}.py": text}, f"d-{number}"))[1] for number in range(7)]
    held = [await ratcheted(here, head) for head in heads]
    assert here.engine is not None

    await here.push(STRICT, "Be strict")
    await here.settled()
    await here.engine.sweep_now()
    await here.settled()
    assert [run.conclusion for run in held].count("failure") == 3

    monkeypatch.setattr("bot.ratchet.check.PACE", 1.0)
    await here.engine.sweep_now()
    await here.until(lambda: all(run.conclusion == "failure" for run in held), "all follow the plan")
    await here.settled()
    assert [len(runs(here, head)) for head in heads] == [1] * 7


async def test_a_merge_group_is_answered_on_its_own_head(here: World) -> None:
    here.forge.repos.protect(REPO, "main", Protection(required_checks=(RATCHET,), merge_queue=True))
    number, _ = await open_pull(here, {"shop/d.py": "d = 1\n"})
    entry = await here.forge.queue.add(REPO, number, by="maya")
    run = await ratcheted(here, entry.head_sha)
    assert run.conclusion == "success"
    await here.until(lambda: here.thread(number).state == "closed", "the queue merged it")


async def test_a_strict_merge_group_with_a_new_use_leaves_the_queue(here: World) -> None:
    await here.push(STRICT, "Be strict")
    here.forge.repos.protect(REPO, "main", Protection(required_checks=(RATCHET,), merge_queue=True))
    await here.settled()
    number, _ = await open_pull(here, NEW_USE)
    entry = await here.forge.queue.add(REPO, number, by="maya")
    run = await ratcheted(here, entry.head_sha)
    assert run.conclusion == "failure"
    assert run.actions == []
    assert here.thread(number).state == "open"


async def test_a_deleted_merge_group_is_ignored(here: World) -> None:
    here.forge.repos.protect(REPO, "main", Protection(merge_queue=True))
    number, _ = await open_pull(here, NEW_USE)
    await here.settled()
    here.forge.hooks.paused = True
    entry = await here.forge.queue.add(REPO, number, by="maya")
    await here.until(lambda: here.thread(number).state == "closed", "the queue merged it")
    here.forge.hooks.resume()
    await here.settled()
    assert runs(here, entry.head_sha) == []


@pytest.mark.parametrize("base", ["release", "main"])
async def test_only_pull_requests_into_the_default_branch_are_checked(here: World, base: str) -> None:
    await here.forge.repos.create_branch(REPO, "release", "maya")
    head = await here.push(NEW_USE, "Work", branch="feature")
    await here.forge.pulls.open(REPO, "feature", base, title="Work", by="maya")
    await here.settled()
    assert len(runs(here, head)) == (1 if base == "main" else 0)


async def test_several_migrations_are_one_check(here: World) -> None:
    other = PLAN.replace("shop.old:Old", "shop.a:a").replace("shop.new:New", "shop.b:b")
    issue = await here.forge.issues.open(REPO, "Other", f"```yaml\n{other}ratchet: fail\n```", by="maya")
    await here.forge.issues.label(REPO, issue.number, "migration", by="maya")
    await here.settled()
    text = "from shop.a import a\nfrom shop.old import Old\n\nd = Old(), a()\n"
    run = await ratcheted(here, (await open_pull(here, {"shop/d.py": text}))[1])
    assert run.conclusion == "failure"
    assert {(note.start_line, note.level) for note in run.annotations} == {(1, "failure"), (2, "warning")}


async def test_a_repository_without_a_migration_is_left_alone(place: World) -> None:
    await place.start_bot()
    _, head = await open_pull(place, NEW_USE)
    await place.settled()
    assert runs(place, head) == []
