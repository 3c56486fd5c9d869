"""The repository's own checks: waited for, distinguished, run again, and what follows if they keep failing."""

from __future__ import annotations

import asyncio
import json

import pytest

from bot.commands.isolation import no_sandbox
from sandbox.ci.runner import RunnerSettings
from sandbox.model.accounts import Actor
from sandbox.model.checks import CheckRun, RunChange
from sandbox.model.repositories import Protection
from tests.world import PLAN, REPO, World

PHASE_1 = "migration:phase-1"
BRANCH = "drover/1/phase-1"
REVERT = "drover/1/revert-phase-1"
TESTS = "ci / tests"
BROKEN = ("shop/a.py", "New as Old")


async def adopted(place: World, plan: str = "", **options: object) -> RunnerSettings:
    """The repository's tests run on every push; the default branch's were run before."""
    settings = place.forge.runner.enable(REPO, "python -m unittest -q", **options)
    if plan:
        await place.push({".github/migrations/old.yml": PLAN.replace("checks:\n  wait: 60\n", plan)}, "Plan")
    else:
        await place.forge.runner.run_now(REPO, by="maya")
    await place.forge.runner.drained()
    await place.start_bot()
    await place.open_issue()
    await place.label("migration")
    await place.until(lambda: place.status_comment() is not None, "the status comment is there")
    return settings


async def opened(place: World) -> int:
    await place.label(PHASE_1)
    await place.until(lambda: bool(place.pulls(BRANCH, "open")), "the phase has its pull request")
    await place.settled()
    return place.pulls(BRANCH, "open")[0].number


def row(place: World) -> str:
    return next(line for line in place.status().splitlines() if " | 1. " in line)


def told(place: World, words: str) -> list[str]:
    return [text for text in place.comments() if "drover:said" in text and words in text]


async def test_passed_checks_are_in_the_row_and_listed_with_links(place: World) -> None:
    await adopted(place)
    await opened(place)
    assert "✅ passed" in row(place)
    assert f"✅ Phase 1: [{TESTS}](" in place.status()
    assert told(place, "") == []


async def test_late_checks_are_waited_for(place: World) -> None:
    settings = await adopted(place)
    settings.gate = asyncio.Event()
    await place.label(PHASE_1)
    await place.until(lambda: "⏳ running" in place.status(), "the status says that they run")
    settings.gate.set()
    await place.until(lambda: "✅ passed" in place.status(), "the status says passed")


async def test_a_flake_is_run_again_and_the_issue_says_so(place: World) -> None:
    settings = await adopted(place)
    settings.flaky = 1
    await opened(place)
    await place.until(lambda: "✅ passed" in row(place), "the second run passed")
    await place.settled()
    (said,) = told(place, "Running it again, in case it's flaky")
    assert f"Phase 1: [{TESTS}](" in said
    assert "in its second run" in place.status()


async def test_a_check_that_fails_twice_is_not_run_again(place: World) -> None:
    settings = await adopted(place, fail_where=BROKEN)
    await opened(place)
    await place.until(lambda: "in its second run" in place.status(), "both runs are told")
    await place.settled()
    assert "❌ failed" in row(place)
    assert "its checks failed" in place.status()
    assert f"- Phase 1: [{TESTS}](" in place.status()
    assert " at 20" in place.status()
    runs = place.forge.repo(REPO).workflow_runs.values()
    head = (await place.branches())[BRANCH]
    assert [run.attempt for run in runs if run.suite.head_sha == head] == [2]
    assert len(told(place, "Running it again")) == 1
    assert settings.flaky == 0


async def test_a_failure_that_the_base_has_too_is_not_new(place: World) -> None:
    await adopted(place, fail_where=("shop/old.py", "class"))
    await opened(place)
    assert "⚠️ failed before too" in row(place)
    assert "as it did before this phase" in place.status()
    assert told(place, "") == []


async def test_a_check_that_never_reports_does_not_count_as_passed(place: World) -> None:
    settings = await adopted(place)
    settings.silent = True
    place.forge.clock.advance(hours=-2)
    await opened(place)
    assert "⚠️ none reported" in row(place)
    assert "no check reported on `" in place.status()
    assert "within 60 minutes. Drover doesn't count that as passed." in place.status()


async def test_without_access_to_workflows_the_check_suite_is_rerequested(place: World) -> None:
    place.installation.permissions.pop("actions")
    settings = await adopted(place)
    settings.flaky = 1
    await opened(place)
    await place.until(lambda: "✅ passed" in row(place), "the second run passed")
    await place.settled()
    assert len(told(place, "Running it again")) == 1


async def test_without_permission_to_rerun_a_failure_counts_and_the_status_says_so(place: World) -> None:
    place.installation.permissions["actions"] = "read"
    settings = await adopted(place)

    async def vanish() -> None:
        place.forge.repo(REPO).suites.clear()

    place.forge.faults.before(vanish, method="POST", path=r"/rerequest$")
    settings.flaky = 1
    await opened(place)
    assert "❌ failed" in row(place)
    assert len(told(place, "GitHub doesn't let Drover run it again, so it counts as failed")) == 1


async def test_a_status_counts_as_a_check_does(place: World) -> None:
    await place.start_bot()
    await place.open_issue()
    await place.label("migration")
    await opened(place)
    head = (await place.branches())[BRANCH]
    await place.forge.checks.set_status(REPO, head, "pending", "legacy/ci", by="maya")
    await place.until(lambda: "⏳ running" in row(place), "the status is pending")
    await place.forge.checks.set_status(REPO, head, "failure", "legacy/ci", by="maya")
    await place.until(lambda: "❌ failed" in row(place), "the status says failed")
    await place.settled()
    assert told(place, "") == []


async def test_a_check_is_done_only_when_its_workflow_is(place: World) -> None:
    """A suite reads *completed* between two jobs of one workflow."""
    settings = await adopted(place)
    settings.gate = asyncio.Event()
    await place.label(PHASE_1)
    await place.until(lambda: "⏳ running" in place.status(), "the status says that they run")
    repo, head = place.forge.repo(REPO), (await place.branches())[BRANCH]
    (run,) = [one for one in repo.check_runs.values() if one.suite.head_sha == head and one.name == TESTS]
    reporter = Actor(run.suite.app.bot, place.forge.runner._installation)
    await place.forge.checks.update_run(REPO, run.id, RunChange(conclusion="success"), by=reporter)
    await place.comment("/migrate status")
    await place.until(lambda: bool(place.answers()), "the bot has looked since")
    assert "⏳ running" in row(place)
    settings.gate.set()
    await place.until(lambda: "✅ passed" in row(place), "the status says passed")


async def test_a_failure_after_the_merge_opens_a_revert(place: World) -> None:
    settings = await adopted(place, "on_failure: revert\n")
    number = await opened(place)
    settings.fail_where = BROKEN
    await place.merge(number, by="boss")
    await place.until(lambda: bool(place.pulls(REVERT)), "the revert is open")
    await place.settled()
    (revert,) = place.pulls(REVERT)
    (said,) = told(place, "failed on the default branch after phase 1 was merged")
    assert said.partition("-->\n")[2].startswith("@boss ⚠️")
    assert f"Opened #{revert.number} to revert the phase" in said
    assert f"[{TESTS}](" in said
    assert "Opened automatically" in (revert.body or "")
    assert "in its second run" in (revert.body or "")
    settings.fail_where = None
    await place.merge(revert.number)
    await place.until(lambda: "↩️ reverted" in place.status(), "the phase is reverted")
    await place.settled()
    assert len(place.pulls(REVERT)) == 1


async def test_a_revert_that_people_close_is_not_opened_again(place: World) -> None:
    settings = await adopted(place, "on_failure: revert\n")
    number = await opened(place)
    settings.fail_where = BROKEN
    await place.merge(number)
    await place.until(lambda: bool(place.pulls(REVERT)), "the revert is open")
    await place.settled()
    (revert,) = place.pulls(REVERT)
    await place.forge.issues.close(REPO, revert.number, by="tria")
    await place.until(lambda: revert.state == "open", "what somebody closed who can't write is open again")
    await place.settled()
    await place.forge.issues.close(REPO, revert.number, by="maya")
    await place.settled()
    await place.comment("/migrate status")
    await place.settled()
    assert len(place.pulls(REVERT)) == 1
    assert place.pulls(REVERT)[0].state == "closed"


async def test_a_flake_after_the_merge_reverts_nothing(place: World) -> None:
    settings = await adopted(place, "on_failure: revert\n")
    number = await opened(place)
    settings.flaky = 1
    await place.merge(number)
    await place.until(lambda: len(told(place, "Running it again")) == 1, "it is run once more")
    await place.until(lambda: "✅ passed" in row(place), "the second run passed")
    await place.settled()
    assert place.pulls(REVERT) == []


async def test_a_failure_from_before_the_merge_reverts_nothing(place: World) -> None:
    await adopted(place, "on_failure: revert\n", fail_where=("shop/old.py", "class"))
    number = await opened(place)
    await place.merge(number)
    await place.until(lambda: "✅ merged" in place.status(), "the phase is merged")
    await place.settled()
    assert "⚠️ failed before too" in row(place)
    assert place.pulls(REVERT) == []


async def test_the_next_phase_does_not_start_while_checks_fail_on_the_default_branch(place: World) -> None:
    settings = await adopted(place)
    number = await opened(place)
    settings.fail_where = BROKEN
    await place.merge(number)
    await place.until(lambda: "checks have failed on" in place.status(), "the status says failed")
    await place.settled()
    await place.comment("/migrate start 2")
    await place.until(lambda: bool(place.answers()), "there is an answer")
    assert "failed on the default branch" in place.answers()[0]
    await place.comment("/migrate start 2 --force")
    await place.until(lambda: len(place.answers()) == 2, "there is an answer")
    assert "`--force` needs the maintain or admin role" in place.answers()[1]
    await place.comment("/migrate start 2 --force", by="boss")
    await place.until(
        lambda: "boss started phase 2 with `--force` on" in place.status(), "the status says so"
    )
    await place.settled()
    assert len(told(place, "@boss started phase 2 with `--force`, although the checks")) == 1
    assert place.pulls("drover/1/phase-2", "open")


async def test_without_any_check_asked_for_the_next_phase_starts_on_the_merge_alone(place: World) -> None:
    plan = PLAN.replace("wait: 60", "required: []")
    await place.push({".github/migrations/old.yml": plan}, "Plan")
    await place.start_bot()
    await place.open_issue()
    await place.label("migration")
    await place.merge(await opened(place))
    await place.until(lambda: "✅ merged" in place.status(), "the phase is merged")
    await place.settled()
    assert "not required" in row(place)
    assert "Phase 2 (Tests) is ready to start" in place.status()


async def test_only_required_checks_decide(place: World) -> None:
    await adopted(place, "checks:\n  required: [legacy/ci]\n", fail_where=BROKEN)
    await opened(place)
    head = (await place.branches())[BRANCH]
    await place.forge.checks.set_status(REPO, head, "success", "legacy/ci", by="maya")
    await place.until(lambda: "✅ passed" in row(place), "the required one passed")
    await place.settled()
    assert "not required" in place.status()


async def test_github_merges_by_itself_where_the_plan_says_so(place: World) -> None:
    settings = await adopted(place, "merge: auto\n")
    place.forge.repo(REPO).allow_auto_merge = True
    place.forge.repos.protect(REPO, "main", Protection(required_checks=(TESTS,)))
    settings.gate = asyncio.Event()
    await place.label(PHASE_1)
    await place.until(lambda: bool(told(place, "Turned on auto-merge")), "it is told")
    assert place.pulls(BRANCH, "open")
    settings.gate.set()
    await place.until(lambda: "✅ merged" in place.status(), "it merged by itself")
    await place.settled()
    assert len(told(place, "Turned on auto-merge")) == 1


async def test_a_removal_from_the_merge_queue_is_reported_and_a_pass_is_merged(place: World) -> None:
    settings = await adopted(place, "merge: auto\n")
    place.forge.repo(REPO).allow_auto_merge = True
    place.forge.repos.protect(REPO, "main", Protection(required_checks=(TESTS,), merge_queue=True))
    head, queue = asyncio.Event(), asyncio.Event()
    settings.gate = head
    await place.label(PHASE_1)
    await place.until(lambda: bool(told(place, "Turned on auto-merge")), "it is told")
    settings.gate = queue
    head.set()
    await place.until(lambda: bool(place.forge.queue.entries), "it stands in the queue")
    settings.flaky = 1
    queue.set()
    await place.until(lambda: not place.forge.queue.entries, "it fell out")
    await place.settled()
    (pull,) = place.pulls(BRANCH, "open")
    assert f"Auto-merge is off for #{pull.number}" in place.status()
    await place.forge.queue.add(REPO, pull.number, by="maya")
    await place.until(lambda: "✅ merged" in place.status(), "the queue has merged it")
    assert "Auto-merge is off" not in place.status()


async def test_a_refused_auto_merge_is_reported_once(place: World) -> None:
    await adopted(place, "merge: auto\n")
    await opened(place)
    await place.comment("/migrate status")
    await place.until(lambda: bool(place.answers()), "there is an answer")
    await place.settled()
    (said,) = told(place, "Couldn't turn on auto-merge")
    assert "GitHub says “" in said


async def test_a_lost_database_repeats_nothing(place: World) -> None:
    settings = await adopted(place, "on_failure: revert\n")
    number = await opened(place)
    settings.fail_where = BROKEN
    await place.merge(number)
    await place.until(lambda: bool(place.pulls(REVERT)), "the revert is open")
    await place.settled()
    before = told(place, "")
    await place.stop_bot()
    for file in (place.home / "bot").glob("drover.db*"):
        file.unlink()
    await place.start_bot()
    await place.settled()
    assert told(place, "") == before
    assert len(before) == 2
    assert len(place.pulls(REVERT)) == 1


COMMANDS = "drover / commands"


async def with_commands(place: World, *commands: str, allowed: bool, more: str = "") -> CheckRun | None:
    """Phase 1 opened with these commands in the plan; what their check says on its head."""
    if allowed:
        place.extra["RUN_COMMANDS"] = "bwrap"
    await adopted(place, f"{more}checks:\n  commands: {json.dumps(commands)}\n")
    await opened(place)
    head = (await place.branches())[BRANCH]
    runs = place.forge.checks.latest_runs_on(place.forge.repo(REPO), head)
    return next((run for run in runs if run.name == COMMANDS), None)


async def test_commands_are_not_run_where_the_operator_did_not_allow_it(place: World) -> None:
    assert await with_commands(place, "true", allowed=False) is None
    assert "the operator of Drover hasn't allowed commands" in place.status()
    assert "✅ passed" in row(place)


async def test_the_formatter_commands_and_those_of_a_revert_run_and_are_reported(place: World) -> None:
    command = "sed -i 's/  # the/    # the/' {files}"
    wide = f'format: "{command}"\n'
    run = await with_commands(place, "cat shop/a.py", "test ! -e /etc/passwd", allowed=True, more=wide)
    assert run is not None
    if no_sandbox() is not None:
        assert (run.conclusion, run.title) == ("neutral", "The commands didn't run")
        return
    assert (run.conclusion, run.title) == ("success", "2 commands passed")
    assert "import New as Old    # the engine" in (run.summary or "")
    assert "✅ passed" in row(place)
    assert f"[{COMMANDS}](" in place.status()
    assert f"Then `{command}` changed" in str(place.pulls(BRANCH, "open")[0].body)
    await place.merge(place.pulls(BRANCH, "open")[0].number)
    await place.comment("/migrate revert 1")
    branch = "drover/1/revert-phase-1"
    await place.until(lambda: bool(place.pulls(branch, "open")), "the revert is open")
    head = (await place.branches())[branch]

    def titles() -> list[str | None]:
        runs = place.forge.checks.latest_runs_on(place.forge.repo(REPO), head)
        return [run.title for run in runs if run.name == COMMANDS and run.status == "completed"]

    await place.until(lambda: titles() == ["2 commands passed"], "the commands run on the revert, once")


async def test_a_command_that_fails_is_a_failed_check(place: World) -> None:
    run = await with_commands(place, "grep -q 'import Old' shop/a.py", "echo never", allowed=True)
    assert run is not None
    if no_sandbox() is not None:
        assert "✅ passed" in row(place)
        return
    assert run.conclusion == "failure"
    assert "failed with exit status 1" in (run.title or "")
    assert "1 command did not run after that" in (run.summary or "")
    assert "❌ failed" in row(place)
    base = (await place.git("rev-parse", "main")).strip()
    (before,) = [one for one in latest(place, base) if one.name == COMMANDS]
    assert before.conclusion == "success"


def latest(place: World, sha: str) -> list[CheckRun]:
    return place.forge.checks.latest_runs_on(place.forge.repo(REPO), sha)


async def test_commands_that_failed_before_too_are_not_new_and_run_again_on_request(
    place: World,
) -> None:
    run = await with_commands(place, "test -e fixed", allowed=True)
    assert run is not None
    if no_sandbox() is not None:
        assert "✅ passed" in row(place)
        return
    assert run.conclusion == "failure"
    assert "⚠️ failed before too" in row(place)
    await place.forge.checks.rerequest_run(REPO, run.id, by="maya")
    await place.until(lambda: len(of_commands(place, run)) == 2, "they run once more")
    await place.settled()
    assert all(one.actions == [] for one in of_commands(place, run))
    assert {one.conclusion for one in of_commands(place, run)} == {"failure"}


def of_commands(place: World, run: CheckRun) -> list[CheckRun]:
    runs = place.forge.repo(REPO).check_runs.values()
    return [one for one in runs if one.name == COMMANDS and one.suite.head_sha == run.suite.head_sha]


async def test_commands_that_a_kill_cut_short_run_again_though_the_database_is_lost(place: World) -> None:
    place.extra["RUN_COMMANDS"] = "bwrap"
    if no_sandbox() is not None:
        return
    plan = PLAN.replace("wait: 60", "required: []\n  commands: [sleep 4]")
    await place.push({".github/migrations/old.yml": plan}, "Plan")
    await place.launch()
    await place.open_issue()
    await place.label("migration")
    await place.until(lambda: "ready to start" in place.status(), "the migration is adopted")
    await place.label(PHASE_1)

    def states() -> list[str]:
        runs = place.forge.repo(REPO).check_runs.values()
        return [run.conclusion or run.status for run in runs if run.name == COMMANDS]

    await place.until(lambda: states() == ["in_progress"], "they run")
    place.kill()
    for file in (place.home / "bot").glob("drover.db*"):
        file.unlink()
    await place.launch()
    await place.until(lambda: states() == ["success"], "they have run, and were reported once")
    await place.until(lambda: "✅ passed" in place.status(), "the status says so")


async def test_a_migration_goes_on_while_its_commands_run(place: World) -> None:
    place.extra["RUN_COMMANDS"] = "bwrap"
    if no_sandbox() is not None:
        return
    await adopted(place, 'checks:\n  commands: ["sleep 600"]\n')
    await place.label(PHASE_1)
    await place.until(lambda: "⏳ running" in place.status(), "the commands run")
    await place.comment("/migrate cancel 1")
    await place.until(lambda: bool(place.answers()), "what is asked for meanwhile is done meanwhile")
    assert "closed its pull request and deleted its branch" in place.answers()[0]


AT = {"it is run again": r"/rerun-failed-jobs$", "the revert opens": r"/pulls$"}


@pytest.mark.parametrize("step", AT)
async def test_a_kill_during_a_single_step_does_not_repeat_it(place: World, step: str) -> None:
    settings = place.forge.runner.enable(REPO)
    plan = PLAN.replace("checks:", "on_failure: revert\nchecks:")
    await place.push({".github/migrations/old.yml": plan}, "Plan")
    await place.forge.runner.drained()
    await place.launch()
    await place.open_issue()
    await place.label("migration")
    await place.until(lambda: "ready to start" in place.status(), "the migration is adopted")
    number = await opened(place)
    settings.fail_where = BROKEN
    died: list[str] = []

    async def die() -> None:
        place.kill()
        died.append(step)

    place.forge.faults.before(die, method="POST", path=AT[step])
    await place.merge(number)
    await place.until(lambda: bool(died), f"it was killed when {step}")
    for file in (place.home / "bot").glob("drover.db*"):
        file.unlink()
    await place.launch()
    await place.until(lambda: bool(told(place, "to revert the phase")), "the revert is open and told")
    await place.settled()
    assert len(place.pulls(REVERT)) == 1
    assert len(told(place, "Running it again")) == 1
    assert len(told(place, "failed on the default branch")) == 1
    merge = (await place.git("rev-parse", "main")).strip()
    runs = place.forge.repo(REPO).workflow_runs.values()
    assert [run.attempt for run in runs if run.suite.head_sha == merge] == [2]
