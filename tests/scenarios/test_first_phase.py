"""The thin path: a label on the tracking issue, and a pull request of a commit for each batch."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.git.signing import web_public_key
from tests.world import World

PHASE_1 = "migration:phase-1"
BRANCH = "drover/1/phase-1"


async def test_adopting_an_issue_writes_its_status_and_creates_the_labels(here: World) -> None:
    await here.settled()
    assert "**4 of 4 references left**" in here.status()
    assert "Next: add the label `migration:phase-1`" in here.status()
    names = {label.name: label for label in here.forge.repo("acme/shop").labels.values()}
    assert {"migration", "migration:audit", "migration:paused", PHASE_1, "migration:phase-2"} <= set(names)
    assert names[PHASE_1].description
    assert here.pulls() == []


async def test_a_label_opens_a_pull_request_with_a_commit_for_each_batch(here: World) -> None:
    await here.label(PHASE_1)
    await here.until(lambda: bool(here.pulls(BRANCH)), "the phase has its pull request")
    await here.settled()
    (pull,) = here.pulls(BRANCH)
    assert pull.pull is not None
    log = await here.git("log", "--format=%s%n%b", f"main..{BRANCH}")
    assert log.count("Drover-Batch: ") == 2
    assert "Drover-Migration: acme/shop/1" in log
    assert "Drover-Phase: 1" in log
    assert await here.read("shop/a.py", BRANCH) == (
        "from shop.new import New as Old  # the engine\n\n\ndef a() -> Old:\n    return Old()\n"
    )
    assert await here.read("tests/test_a.py", BRANCH) == await here.read("tests/test_a.py")
    body = pull.body or ""
    for words in ("`shop.old:Old` → `shop.new:New`", "### Batches", "### Verification", "### How to revert"):
        assert words in body
    assert f"#{pull.number}" in here.status()
    assert "🔀 open" in here.status()
    assert here.engine is not None
    repo_id = here.forge.repo("acme/shop").id
    logged = [(one.what, one.why) for one in reversed(here.engine.store.decisions.newest(repo_id, 1))]
    assert [why for what, why in logged if what.startswith("published phase 1")] == [
        "maya added the label migration:phase-1"
    ]
    assert logged[-1] == (
        "nothing to do: waits for its checks",
        f"Phase 1 (Application): the checks of #{pull.number} are running.",
    )


async def test_the_status_says_that_work_has_begun_before_the_pull_request_opens(here: World) -> None:
    await here.settled()
    await here.label(PHASE_1)
    await here.until(lambda: bool(here.pulls(BRANCH)), "the phase has its pull request")
    await here.settled()
    comment = here.status_comment()
    assert comment is not None
    working = [edit for edit in comment.edits if "**Working on phase 1 (Application)…**" in edit.body]
    assert len(working) == 1


async def test_its_commits_are_signed_by_github(here: World, tmp_path: Path) -> None:
    await here.label(PHASE_1)
    await here.until(lambda: bool(here.pulls(BRANCH)), "the phase has its pull request")
    (tmp_path / "signers").write_text(f"noreply@github.com {web_public_key()}\n")
    trusting = ("-c", f"gpg.ssh.allowedSignersFile={tmp_path / 'signers'}")
    log = await here.git(*trusting, "log", "--format=%an %G? %GS", f"main..{BRANCH}")
    assert log.splitlines() == ["drover[bot] G noreply@github.com"] * 2


async def test_the_proof_stands_on_the_head_as_a_check(here: World) -> None:
    await here.label(PHASE_1)
    await here.until(lambda: bool(here.pulls(BRANCH)), "the phase has its pull request")
    await here.settled()
    head = (await here.branches())[BRANCH]
    runs = here.forge.checks.latest_runs_on(here.forge.repo("acme/shop"), head)
    (proof,) = [run for run in runs if run.name == "drover / proof"]
    assert proof.conclusion == "success"
    assert "3 files verified" in here.status()


async def test_labelling_again_and_redelivering_makes_no_second_pull_request(here: World) -> None:
    await here.label(PHASE_1)
    await here.until(lambda: bool(here.pulls(BRANCH)), "the phase has its pull request")
    await here.settled()
    before = await here.branches()
    for delivery in here.forge.hooks.recent(here.app):
        here.forge.hooks.redeliver(here.app, delivery.id)
    await here.settled()
    await here.label(PHASE_1)
    await here.settled()
    assert len(here.pulls()) == 1
    assert await here.branches() == before


async def test_a_phase_out_of_order_is_refused_with_the_reason(here: World) -> None:
    await here.label("migration:phase-2")
    await here.until(lambda: bool(here.answers()), "there is an answer")
    await here.settled()
    (answer,) = here.answers()
    assert "@maya **Can't start phase 2.**" in answer
    assert "Phase 1 (Application) isn't merged yet" in answer
    assert "migration:phase-2" not in here.labels()
    assert here.pulls() == []


async def test_removing_the_label_closes_the_pull_request_and_deletes_the_branch(here: World) -> None:
    await here.label(PHASE_1)
    await here.until(lambda: bool(here.pulls(BRANCH)), "the phase has its pull request")
    await here.settled()
    await here.unlabel(PHASE_1)
    await here.until(lambda: not here.pulls(state="open"), "the pull request is closed")
    await here.settled()
    assert set(await here.branches()) == {"main"}
    (pull,) = here.pulls()
    assert "removed the label `migration:phase-1`" in here.comments(pull.number)[-1]
    assert "is ready to start" in here.status()


async def test_a_cancelled_phase_can_be_started_again_in_the_same_second(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = here.forge.clock.now()
    monkeypatch.setattr(here.forge.clock, "now", lambda: second)
    await here.label(PHASE_1)
    await here.until(lambda: bool(here.pulls(BRANCH)), "the phase has its pull request")
    await here.unlabel(PHASE_1)
    await here.until(lambda: not here.pulls(state="open"), "the pull request is closed")
    await here.settled()
    await here.label(PHASE_1)
    await here.until(lambda: bool(here.pulls(state="open")), "there is a pull request again")
    await here.settled()
    assert len(here.pulls(state="open")) == 1


@pytest.mark.parametrize("login", ["tria", "reed"])
async def test_without_write_access_a_request_is_refused(here: World, login: str) -> None:
    if login == "reed":
        await here.comment("/migrate start 1", by=login)
    else:
        await here.label(PHASE_1, by=login)
    await here.until(lambda: bool(here.answers()), "there is an answer")
    await here.settled()
    (answer,) = here.answers()
    assert f"@{login} **Can't start phase 1.**" in answer
    assert "need write access" in answer
    assert PHASE_1 not in here.labels()
    assert here.pulls() == []
    assert set(await here.branches()) == {"main"}


async def test_a_comment_starts_a_phase_and_is_answered(here: World) -> None:
    said = await here.comment("Off we go.\n\n/migrate start 1")
    await here.until(lambda: bool(here.answers()), "there is an answer")
    await here.settled()
    (pull,) = here.pulls(BRANCH)
    (answer,) = here.answers()
    assert f"Opened #{pull.number}. Review and merge it." in answer
    assert PHASE_1 in here.labels()
    assert {one.content for one in said.reactions} == {"eyes", "hooray"}


async def test_ticking_the_box_starts_a_phase(here: World) -> None:
    await here.settled()
    await here.tick("Start phase 1")
    await here.until(lambda: bool(here.pulls(BRANCH)), "the phase has its pull request")
    await here.settled()
    assert "[x]" not in here.status()
    assert PHASE_1 in here.labels()
    assert here.answers() == []


async def test_a_plan_that_can_not_be_read_is_answered_with_line_and_key(place: World) -> None:
    await place.start_bot()
    await place.open_issue(
        "```yaml\ntitle: T\nreplace:\n  - old: shop.old:Old\n    knew: shop.new:New\nphases: []\n```"
    )
    await place.label("migration")
    await place.until(lambda: "has errors" in place.status(), "the status says what is wrong")
    await place.settled()
    assert "line 5" in place.status()
    assert "knew" in place.status()
    await place.label(PHASE_1)
    await place.until(lambda: bool(place.answers()), "there is an answer")
    assert "There's no plan that can be used yet" in place.answers()[0]
