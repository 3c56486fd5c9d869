"""The ratchet when things go wrong: kills, refusals, too much at once. It ends as if nothing had."""

from __future__ import annotations

import pytest
from aiohttp import web

from bot.decide.ratchet import RATCHET
from sandbox.model.repositories import Protection
from tests.scenarios.test_ratchet import NEW_USE, STRICT, open_pull, ratcheted, runs
from tests.world import PLAN, REPO, World

STEPS = {
    "the objects are pushed": ("POST", r"git-receive-pack$"),
    "the signed commits are fetched": ("PATCH", r"/git/refs/drover/"),
    "the private ref goes": ("DELETE", r"/git/refs/drover/"),
}


@pytest.mark.parametrize("step", STEPS)
async def test_a_kill_during_a_fix_gives_one_fix(place: World, step: str) -> None:
    died: list[str] = []

    async def die() -> None:
        place.kill()
        died.append(step)

    await place.launch()
    await place.open_issue()
    await place.label("migration")
    await place.until(lambda: "ready to start" in place.status(), "the migration is adopted")
    number, head = await open_pull(place, NEW_USE)
    run = await ratcheted(place, head)
    method, path = STEPS[step]
    place.forge.faults.before(die, method=method, path=path)
    await place.forge.checks.press(REPO, run.id, "fix", by="maya")
    await place.until(lambda: bool(died), f"it was killed when {step}")
    await place.launch()

    async def moved() -> bool:
        return (await place.branches())["feature"] != head

    await place.until(moved, "the branch has the rewrite")
    assert (await ratcheted(place, (await place.branches())["feature"])).conclusion == "success"
    assert (await place.git("rev-list", "--count", f"{head}..feature")).strip() == "1"
    assert "refs/drover" not in await place.git("for-each-ref")
    assert place.comments(number) == []


async def test_a_kill_between_two_pages_of_annotations_duplicates_none(place: World) -> None:
    died: list[bool] = []

    async def die() -> None:
        place.kill()
        died.append(True)

    await place.launch()
    await place.open_issue()
    await place.label("migration")
    await place.until(lambda: "ready to start" in place.status(), "the migration is adopted")
    lines = "".join(f"x{i} = shop.old.Old()\n" for i in range(120))
    place.forge.faults.before(die, method="PATCH", path=r"/check-runs/")
    _, head = await open_pull(place, {"shop/many.py": "import shop.old\n\n" + lines})
    await place.until(lambda: bool(died), "it was killed")
    assert len(runs(place, head)[0].annotations) < 121
    await place.launch()
    await place.until(lambda: len(runs(place, head)[0].annotations) >= 121, "all are annotated")
    run = await ratcheted(place, head)
    assert len({note.start_line for note in run.annotations}) == len(run.annotations) == 121


async def test_a_fix_is_pushed_with_git_if_the_api_refuses_the_commit(here: World) -> None:
    async def refuse() -> None:
        said = '{"message": "Resource not accessible by integration"}'
        raise web.HTTPForbidden(text=said, content_type="application/json")

    _, head = await open_pull(here, NEW_USE)
    run = await ratcheted(here, head)
    here.forge.faults.before(refuse, method="POST", path=r"/git/commits$")
    await here.forge.checks.press(REPO, run.id, "fix", by="maya")
    await here.until(lambda: _moved(here, head), "the branch has the rewrite")
    await here.settled()
    assert "from shop.new import" in await here.read("shop/d.py", "feature")
    assert "refs/drover" not in await here.git("for-each-ref")


async def _moved(here: World, head: str) -> bool:
    return (await here.branches())["feature"] != head


async def test_a_protected_branch_is_left_and_the_click_is_answered(here: World) -> None:
    number, head = await open_pull(here, NEW_USE)
    run = await ratcheted(here, head)
    here.forge.repos.protect(REPO, "feature", Protection(approvals=1))
    await here.forge.checks.press(REPO, run.id, "fix", by="maya")
    await here.until(lambda: bool(here.comments(number)), "the press is answered")
    await here.settled()
    assert "GitHub refused the push" in here.comments(number)[0]
    assert (await here.branches())["feature"] == head
    assert "refs/drover" not in await here.git("for-each-ref")


async def test_a_push_during_a_fix_is_kept(here: World) -> None:
    number, head = await open_pull(here, NEW_USE)
    run = await ratcheted(here, head)

    async def somebody() -> None:
        await here.push({"notes.txt": "mine\n"}, "Mine", by="boss", branch="feature")

    here.forge.faults.before(somebody, method="PATCH", path=r"/git/refs/drover/")
    await here.forge.checks.press(REPO, run.id, "fix", by="maya")
    await here.until(lambda: bool(here.comments(number)), "the press is answered")
    await here.settled()
    assert "The branch has changed" in here.comments(number)[0]
    assert (await here.git("log", "--format=%s", f"{head}..feature")).split() == ["Mine"]


async def test_a_fix_is_refused_after_write_access_is_lost(here: World) -> None:
    number, head = await open_pull(here, NEW_USE)
    run = await ratcheted(here, head)

    async def loses() -> None:
        here.forge.repos.set_role(REPO, "maya", "read")

    here.forge.faults.before(loses, method="GET", path=r"/collaborators/maya/permission$")
    await here.forge.checks.press(REPO, run.id, "fix", by="maya")
    await here.until(lambda: bool(here.comments(number)), "the press is answered")
    await here.settled()
    assert "need write access" in here.comments(number)[0]
    assert (await here.branches())["feature"] == head


async def test_a_click_delivered_twice_is_answered_once(here: World) -> None:
    number, head = await open_pull(here, NEW_USE)
    run = await ratcheted(here, head)
    await here.push({"notes.txt": "more\n"}, "More", branch="feature")
    await here.settled()
    await here.forge.checks.press(REPO, run.id, "fix", by="maya")
    await here.until(lambda: bool(here.comments(number)), "the press is answered")
    for delivery in here.forge.hooks.recent(here.app):
        here.forge.hooks.redeliver(here.app, delivery.id)
    await here.settled()
    assert len(here.comments(number)) == 1


async def test_outdated_annotations_are_removed(here: World) -> None:
    _, head = await open_pull(here, NEW_USE)
    await ratcheted(here, head)
    other = PLAN.replace("shop.old:Old", "shop.a:a").replace("shop.new:New", "shop.b:b")
    await here.push({".github/migrations/old.yml": other}, "Another plan")

    def newest() -> str | None:
        return runs(here, head)[-1].conclusion

    await here.until(lambda: newest() == "success", "the check follows the plan")
    await here.settled()
    shown = here.forge.checks.latest_runs_on(here.forge.repo(REPO), head)
    assert [one.annotations for one in shown if one.name == RATCHET] == [[]]


async def test_a_required_check_is_reported_without_a_running_migration(here: World) -> None:
    here.forge.repos.protect(REPO, "main", Protection(required_checks=(RATCHET,)))
    await here.settled()
    await here.forge.issues.close(REPO, here.issue, by="maya")
    await here.settled()
    run = await ratcheted(here, (await open_pull(here, NEW_USE))[1])
    assert (run.conclusion, run.title) == ("success", "No migration")


async def test_while_the_migration_is_paused_nothing_fails(here: World) -> None:
    here.forge.repos.protect(REPO, "main", Protection(required_checks=(RATCHET,)))
    await here.forge.repos.push(REPO, {k: v.encode() for k, v in STRICT.items()}, "Strict", by="boss")
    await here.label("migration:paused")
    await here.settled()
    run = await ratcheted(here, (await open_pull(here, NEW_USE))[1])
    assert (run.conclusion, run.title) == ("success", "Paused")


async def test_a_pull_request_retargeted_to_the_default_branch_is_checked(here: World) -> None:
    await here.forge.repos.create_branch(REPO, "release", "maya")
    head = await here.push(NEW_USE, "Work", branch="feature")
    pull = await here.forge.pulls.open(REPO, "feature", "release", title="Work", by="maya")
    await here.settled()
    assert runs(here, head) == []
    await here.forge.pulls.edit(REPO, pull.number, base="main", by="maya")
    assert (await ratcheted(here, head)).conclusion == "neutral"


async def test_a_crash_blocks_nobody_and_the_sweep_checks_again(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def crash(*_: object) -> None:
        raise ZeroDivisionError("the secret is 42")

    with monkeypatch.context() as broken:
        broken.setattr("bot.ratchet.check.compare_uses", crash)
        _, head = await open_pull(here, NEW_USE)
        run = await ratcheted(here, head)
        assert (run.conclusion, run.title) == ("neutral", "Couldn't compare")
        assert "ZeroDivisionError" in (run.summary or "")
        assert "42" not in (run.summary or "")
    assert here.engine is not None
    await here.engine.sweep_now()
    await here.until(lambda: bool(run.annotations), "the sweep made it good")
    await here.settled()
    assert len(runs(here, head)) == 1


async def test_a_crash_leaves_no_check_on_our_own_pull_requests(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    crashed: list[bool] = []

    async def crash(*_: object) -> None:
        crashed.append(True)
        raise ZeroDivisionError

    with monkeypatch.context() as broken:
        broken.setattr("bot.ratchet.check.watched_migrations", crash)
        await here.label("migration:phase-1")
        await here.until(lambda: bool(here.pulls("drover/1/phase-1")), "the phase has its pull request")
        await here.until(lambda: bool(crashed), "its check crashed")
        await here.settled()
    assert runs(here, (await here.branches())["drover/1/phase-1"]) == []


async def test_a_click_that_crashes_is_answered(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def crash(*_: object) -> None:
        raise ZeroDivisionError

    number, head = await open_pull(here, NEW_USE)
    run = await ratcheted(here, head)
    monkeypatch.setattr("bot.ratchet.check.compare_uses", crash)
    await here.forge.checks.press(REPO, run.id, "fix", by="maya")
    await here.until(lambda: bool(here.comments(number)), "the press is answered")
    await here.settled()
    assert "Press the button again" in here.comments(number)[0]


async def test_a_commit_on_top_of_the_rewrite_does_not_hide_it(here: World) -> None:
    number, head = await open_pull(here, NEW_USE)
    run = await ratcheted(here, head)
    await here.forge.checks.press(REPO, run.id, "fix", by="maya")
    await here.until(lambda: _moved(here, head), "the branch has the rewrite")
    await here.push({"notes.txt": "more\n"}, "More", branch="feature")
    await here.forge.checks.press(REPO, run.id, "fix", by="boss")
    await here.settled()
    assert here.comments(number) == []
