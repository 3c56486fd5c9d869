"""What checks amount to, and what follows: lines in, verdicts and remedies out."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from bot.decide.automatic_actions import (
    EnableAutoMerge,
    MarkReadyForReview,
    RerunChecks,
    RevertAfterFailure,
    RunCommands,
    all_files_tried,
    automatic_actions,
    should_try_next,
)
from bot.decide.checks import (
    COMMANDS,
    Verdict,
    base_with_pending_commands,
    checks_before_merge,
    checks_deadline,
    confirmed_failures,
    failures_to_rerun,
    newly_failing,
    trial_passed,
    verdict,
    with_pending_commands,
)
from bot.decide.facts import (
    CheckResult,
    CheckState,
    CommitChecks,
    Facts,
    PhaseFacts,
    Pull,
    RemainingWork,
    RevertPull,
)
from bot.decide.status import Overall, status
from bot.github import CheckRun, WorkflowRun
from bot.github.checks import check_run
from bot.look.checks import check_line, combine_runs
from bot.markers.hidden import Announcement
from bot.markers.trailers import BatchTrial
from bot.migration.comments import said_in, with_line
from bot.plan.plan import Phase, Plan, PlanChecks
from bot.plan.read import read_plan
from bot.report.status.check_results import checks_section
from codemods.model.rules import Replacement, Symbol

NOW = 10_000.0
PLAN = Plan("t", "t", (Replacement(Symbol("a", "O"), Symbol("b", "N")),), (Phase(1, "One"),))
NONE_ASKED = replace(PLAN, checks=PlanChecks(required=()))
SOME_ASKED = replace(PLAN, checks=PlanChecks(required=("ci",)))


def line(state: CheckState = "failed", name: str = "ci", **changes: object) -> CheckResult:
    failed = CheckResult(name, state, completed_at=9000.0, run_id=5, suite_id=6, workflow_id=7)
    return replace(failed, **changes)  # type: ignore[arg-type]


def on(*lines: CheckResult, **changes: object) -> CommitChecks:
    return replace(CommitChecks("m", lines, 9000.0), **changes)  # type: ignore[arg-type]


def said(kind: str, about: str, state: str, at: float = 9500.0) -> Announcement:
    return Announcement(kind, about, state, at)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("lines", "verdicts"),
    [
        ((), Verdict.NONE),
        ((line("passed"),), Verdict.PASSED),
        ((line("passed"), line("pending", "b")), Verdict.RUNNING),
        ((line("neutral"),), Verdict.PASSED),
        ((line("failed"), line("pending", "b")), Verdict.FAILED),
    ],
)
def test_the_worst_check_is_the_verdict(lines: tuple[CheckResult, ...], verdicts: Verdict) -> None:
    assert verdict(on(*lines), None, PLAN, NOW) is verdicts


def test_an_empty_list_of_required_checks_waits_for_none() -> None:
    assert verdict(on(line()), None, NONE_ASKED, NOW) is Verdict.NOT_REQUIRED
    assert verdict(None, None, NONE_ASKED, NOW) is Verdict.NOT_REQUIRED


def test_a_required_check_that_never_arrives_has_not_passed() -> None:
    others = on(line("passed", "other"))
    assert verdict(others, None, SOME_ASKED, NOW) is Verdict.NONE
    assert verdict(others, None, SOME_ASKED, 9000.0 + 3601) is Verdict.MISSING
    assert checks_deadline(others, SOME_ASKED, NOW) == 9000.0 + 3601
    assert checks_deadline(on(line("passed")), SOME_ASKED, NOW) is None


def test_a_failure_of_the_base_is_not_new() -> None:
    assert verdict(on(line()), on(line()), PLAN, NOW) is Verdict.FAILED_BEFORE
    assert verdict(on(line(), line(name="b")), on(line()), PLAN, NOW) is Verdict.FAILED


def test_what_failed_is_run_again_once() -> None:
    assert failures_to_rerun(on(line()), None, PLAN, NOW) == (line(),)
    assert failures_to_rerun(on(line(), rerun=said("rerun", "m", "begun")), None, PLAN, NOW) == (line(),)
    for done in (
        on(line(attempt=2)),
        on(line(), rerun=said("rerun", "m", "done")),
        on(line(), rerun=said("rerun", "m", "refused")),
        on(line(suite_id=None)),
    ):
        assert failures_to_rerun(done, None, PLAN, NOW) == ()


def test_what_failed_before_or_is_not_required_is_not_run_again() -> None:
    assert failures_to_rerun(on(line()), on(line()), PLAN, NOW) == ()
    assert failures_to_rerun(on(line(name="other")), None, SOME_ASKED, NOW) == ()


@pytest.mark.parametrize(
    ("checks", "sure"),
    [
        (on(line()), False),
        (on(line(), rerun=said("rerun", "m", "begun")), False),
        (on(line(), rerun=said("rerun", "m", "done")), False),
        (on(line(), rerun=said("rerun", "m", "refused")), True),
        (on(line(), rerun=said("rerun", "m", "done", at=8999.0)), True),
        (on(line(completed_at=0.0), rerun=said("rerun", "m", "done", at=NOW - 3601)), True),
        (on(line(attempt=2)), True),
        (on(line(suite_id=None)), True),
    ],
)
def test_a_failure_is_confirmed_by_its_second_run(checks: CommitChecks, sure: bool) -> None:
    assert bool(confirmed_failures(checks, None, PLAN, NOW)) is sure


def test_only_a_check_that_passed_before_is_newly_failing() -> None:
    twice = on(line(attempt=2))
    assert newly_failing(twice, on(line("passed")), PLAN, NOW) == twice.results
    for base in (None, on(), on(line()), on(line("neutral")), on(line("pending"))):
        assert newly_failing(twice, base, PLAN, NOW) == ()


def test_a_failure_counts_only_once_the_base_is_tested() -> None:
    twice, running = on(line(attempt=2)), on(line("pending"), waiting_since=NOW - 60)
    assert confirmed_failures(twice, running, PLAN, NOW) == ()
    assert failures_to_rerun(on(line()), running, PLAN, NOW) == ()
    assert trial_passed(twice, running, PLAN, NOW) is None
    hanging = replace(running, waiting_since=NOW - 3601)
    assert confirmed_failures(twice, hanging, PLAN, NOW) == twice.results


def test_an_empty_list_of_required_checks_is_another_plan_than_none() -> None:
    text = "title: T\nreplace:\n  - {old: 'a:O', new: 'b:N'}\nphases:\n  - {name: P, paths: ['**']}\n"
    for more, required in (("", None), ("checks: {required: []}", ()), ("checks: {required: [ci]}", ("ci",))):
        plan = read_plan(text + more, "p", slug="p")
        assert isinstance(plan, Plan)
        assert plan.checks.required == required


def test_the_nearest_result_before_a_merge_counts() -> None:
    landed, base = on(line("pending"), line("failed", "b")), on(line("passed"), line("passed", "b"))
    known = checks_before_merge(landed, base)
    assert known is not None
    assert {one.name: one.state for one in known.results} == {"ci": "passed", "b": "failed"}
    assert checks_before_merge(None, None) is None


MERGED = Pull(7, "u", "h", "merged", merge_sha="m", merged_by="boss", ended_at=9100.0)
OPEN = Pull(7, "u", "h", "open")


def facts(one: PhaseFacts, plan: Plan, **changes: object) -> Facts:
    start = Facts(
        now=NOW,
        repo="o/r",
        repo_url="u",
        issue=5,
        title="t",
        open=True,
        adopted=True,
        default_branch="main",
        head="h",
        plan=plan,
        labels=frozenset(),
        missing_labels=frozenset(),
        label_changes={},
        phases=(one,),
    )
    return replace(start, **changes)  # type: ignore[arg-type]


def asked(given: Facts) -> tuple[object, ...]:
    return tuple(automatic_actions(given, status(given).phases[0]))


def merged(**changes: object) -> PhaseFacts:
    one = PhaseFacts(
        PLAN.phases[0],
        RemainingWork(),
        pull=MERGED,
        merge_checks=on(line(attempt=2)),
        base_checks=on(line("passed")),
    )
    return replace(one, **changes)  # type: ignore[arg-type]


REVERTING = replace(PLAN, on_failure="revert")


def test_a_merge_that_makes_checks_fail_is_reverted_where_the_plan_says_so() -> None:
    assert asked(facts(merged(), REVERTING)) == (RevertAfterFailure(1, "m", (line(attempt=2),)),)
    assert asked(facts(merged(), PLAN)) == ()


def test_failed_checks_run_once_more_before_anything_is_reverted() -> None:
    assert asked(facts(merged(merge_checks=on(line())), REVERTING)) == (RerunChecks(1, "m", (line(),)),)


@pytest.mark.parametrize("state", ["open", "closed", "merged"])
def test_a_phase_that_somebody_has_reverted_is_left_alone(state: str) -> None:
    ended = None if state == "open" else 9200.0
    reverts = (RevertPull(None, Pull(8, "u", "x", state, ended_at=ended)),)  # type: ignore[arg-type]
    assert asked(facts(merged(reverts=reverts), REVERTING)) == ()


def test_a_revert_of_an_earlier_merge_does_not_count() -> None:
    reverts = (RevertPull(None, Pull(6, "u", "x", "merged", ended_at=9000.0)),)
    assert len(asked(facts(merged(reverts=reverts), REVERTING))) == 1


def test_a_step_that_was_begun_and_not_finished_is_repeated() -> None:
    reverts = (RevertPull(None, Pull(8, "u", "x", "open")),)
    given = facts(merged(reverts=reverts), REVERTING, announcements=(said("revert", "m", "begun"),))
    assert len(asked(given)) == 1
    for state in ("done", "refused"):
        assert asked(facts(merged(), REVERTING, announcements=(said("revert", "m", state),))) == ()


def test_github_is_asked_to_merge_once_for_each_pull_request() -> None:
    one, plan = PhaseFacts(PLAN.phases[0], RemainingWork(automatic=1), pull=OPEN), replace(PLAN, merge="auto")
    assert asked(facts(one, plan)) == (EnableAutoMerge(1, 7),)
    assert asked(facts(one, PLAN)) == ()
    assert asked(facts(replace(one, pull=replace(OPEN, auto_merge_enabled=True)), plan)) == ()
    assert asked(facts(replace(one, pull=replace(OPEN, draft=True)), plan)) == ()
    assert asked(facts(one, plan, announcements=(said("merge", "7", "refused"),))) == ()
    assert asked(facts(one, plan, announcements=(said("merge", "6", "refused"),))) == (EnableAutoMerge(1, 7),)


def test_auto_merge_that_is_refused_for_a_passing_reason_is_tried_on_the_same_head_after_an_hour() -> None:
    one, plan = PhaseFacts(PLAN.phases[0], RemainingWork(automatic=1), pull=OPEN), replace(PLAN, merge="auto")
    refused = said("merge", OPEN.head, "refused", at=NOW - 3599)
    assert asked(facts(one, plan, announcements=(refused,))) == ()
    assert asked(facts(one, plan, announcements=(replace(refused, at=NOW - 3601),))) == (
        EnableAutoMerge(1, 7),
    )


def test_a_trial_goes_on_only_when_every_check_has_finished() -> None:
    assert trial_passed(on(line("passed")), None, PLAN, NOW) is True
    assert trial_passed(on(line()), on(line()), PLAN, NOW) is True
    assert trial_passed(on(line(attempt=2)), None, PLAN, NOW) is False
    for waiting in (
        None,
        on(),
        on(line()),
        on(line("pending")),
        on(line("passed"), line("pending", "b")),
    ):
        assert trial_passed(waiting, None, PLAN, NOW) is None
    assert trial_passed(on(line(), line("pending", "b")), on(line()), PLAN, NOW) is None


TRIED = BatchTrial(good=2, tried=4, bad=None, whole=4, pushes=2, since=0)


def test_the_next_files_are_tried_once_the_checks_of_the_branch_are_known() -> None:
    for checks, goes_on, done in (
        (on(line("passed")), False, True),
        (on(line(attempt=2)), True, False),
        (on(line("pending")), False, False),
    ):
        one = PhaseFacts(PLAN.phases[0], RemainingWork(automatic=1), pull=OPEN, checks=checks, trial=TRIED)
        given = facts(one, PLAN)
        phase = status(given).phases[0]
        assert (should_try_next(given, phase), all_files_tried(given, phase)) == (goes_on, done)


def test_a_draft_is_marked_ready_when_every_file_has_had_its_turn() -> None:
    draft = replace(OPEN, draft=True)
    one = PhaseFacts(
        PLAN.phases[0], RemainingWork(automatic=1), pull=draft, checks=on(line("passed")), trial=TRIED
    )
    assert asked(facts(one, PLAN)) == (MarkReadyForReview(1, 7),)
    assert asked(facts(replace(one, trial=None), PLAN)) == ()
    assert asked(facts(one, PLAN, announcements=(said("ready", "h", "refused"),))) == ()


def test_a_draft_says_that_auto_merge_waits_until_it_is_ready() -> None:
    one = PhaseFacts(
        PLAN.phases[0], RemainingWork(automatic=1), pull=replace(OPEN, draft=True), checks=on(line("passed"))
    )
    given = facts(one, replace(PLAN, merge="auto"))
    assert asked(given) == ()
    assert "is a draft. Mark it as ready" in checks_section(given, status(given))


def test_auto_merge_waits_for_the_end_of_a_trial() -> None:
    trial, plan = replace(TRIED, tried=3), replace(PLAN, merge="auto")
    one = PhaseFacts(
        PLAN.phases[0], RemainingWork(automatic=1), pull=OPEN, checks=on(line("passed")), trial=trial
    )
    assert asked(facts(one, plan)) == ()
    assert asked(facts(replace(one, trial=TRIED), plan)) == (EnableAutoMerge(1, 7),)


def test_commands_run_once_for_a_commit_and_only_where_that_is_on() -> None:
    plan = replace(PLAN, checks=PlanChecks(commands=("true",)))
    one = PhaseFacts(PLAN.phases[0], RemainingWork(automatic=1), pull=OPEN, checks=on())
    assert asked(facts(one, plan)) == ()
    assert asked(facts(one, plan, commands_enabled=True)) == (RunCommands(1, "m"),)
    for state, again in (("pending", True), ("passed", False), ("failed", False), ("neutral", False)):
        ran = replace(one, checks=on(line(state, COMMANDS, suite_id=None)))  # type: ignore[arg-type]
        assert (RunCommands(1, "m") in asked(facts(ran, plan, commands_enabled=True))) is again


def test_commands_that_fail_are_run_on_the_base_before_they_count() -> None:
    plan = replace(PLAN, checks=PlanChecks(commands=("true",)))
    failed, base = on(line("failed", COMMANDS, suite_id=None, completed_at=NOW)), on(line("passed"))
    pending_base = base_with_pending_commands(failed, base, plan)
    assert verdict(failed, pending_base, plan, NOW) is Verdict.RUNNING
    assert confirmed_failures(failed, pending_base, plan, NOW) == ()
    one = PhaseFacts(
        PLAN.phases[0], RemainingWork(automatic=1), pull=OPEN, checks=failed, base_checks=pending_base
    )
    assert asked(facts(one, plan, commands_enabled=True)) == (RunCommands(1, "m"),)
    for state, said in (("failed", Verdict.FAILED_BEFORE), ("passed", Verdict.FAILED)):
        known = base_with_pending_commands(failed, on(line(state, COMMANDS, suite_id=None)), plan)  # type: ignore[arg-type]
        assert verdict(failed, known, plan, NOW) is said


def test_at_the_end_the_commands_run_on_the_default_branch_once_more() -> None:
    plan = replace(PLAN, checks=PlanChecks(required=(), commands=("true",)))
    one = merged(merge_checks=on(line("passed", COMMANDS)), base_checks=None, remaining=RemainingWork())
    for state, again, ended in (("pending", True, False), ("failed", False, False), ("passed", False, True)):
        given = facts(one, plan, commands_enabled=True, head_checks=on(line(state, COMMANDS)))  # type: ignore[arg-type]
        assert (RunCommands(1, given.head) in asked(given)) is again
        assert (status(given).overall is Overall.FINISHED) is ended


def test_the_plans_commands_count_whatever_else_is_required() -> None:
    for required in ((), ("ci",)):
        plan = replace(PLAN, checks=PlanChecks(required=required, commands=("true",)))
        passed = (line("passed"),) if required else ()
        assert verdict(with_pending_commands(on(*passed), plan), None, plan, NOW) is Verdict.RUNNING
        assert verdict(on(*passed, line("failed", COMMANDS)), None, plan, NOW) is Verdict.FAILED
        assert verdict(on(*passed, line("passed", COMMANDS)), None, plan, NOW) is Verdict.PASSED


def test_commands_that_could_not_be_run_have_not_passed() -> None:
    assert verdict(on(line("neutral", COMMANDS)), None, PLAN, NOW) is Verdict.NONE


# What is read


def run(number: int, conclusion: str | None, suite: int = 6, name: str = "ci") -> CheckRun:
    return check_run(
        {
            "id": number,
            "name": name,
            "head_sha": "m",
            "status": "completed" if conclusion else "in_progress",
            "conclusion": conclusion,
            "check_suite": {"id": suite},
            "completed_at": "2026-01-01T00:00:00Z" if conclusion else None,
        }
    )


def workflow(status: str) -> WorkflowRun:
    return WorkflowRun(7, "w", "m", "push", status, None, 2, 6, "u")  # type: ignore[arg-type]


def test_a_run_is_as_done_as_its_workflow() -> None:
    assert check_line(run(1, "success"), workflow("in_progress")).state == "pending"
    assert check_line(run(1, "success"), workflow("completed")).state == "passed"
    assert check_line(run(1, "timed_out"), None).state == "failed"
    assert check_line(run(1, None), None).state == "pending"
    assert check_line(run(1, "failure"), workflow("completed")).attempt == 2


@pytest.mark.parametrize(
    ("conclusions", "state"),
    [
        (("success", "failure"), "failed"),
        (("success", None), "pending"),
        (("success", "cancelled"), "passed"),
        (("cancelled", "cancelled"), "failed"),
        (("skipped", "success"), "passed"),
    ],
)
def test_of_runs_with_one_name_the_worst_counts_unless_it_was_cancelled(
    conclusions: tuple[str | None, ...], state: str
) -> None:
    runs = [run(number, conclusion, suite=number) for number, conclusion in enumerate(conclusions)]
    assert combine_runs(runs, {}).state == state


def test_an_announcement_is_replaced_and_read_back() -> None:
    def marker(about: str, state: str) -> str:
        return f"text of {about} <!-- drover:said rerun {about} {state} 12 -->"

    body = f"<!-- drover:thread x -->\n{marker('a', 'begun')}\n{marker('b', 'done')}"
    body = with_line(body, said("rerun", "a", "done"), marker("a", "done"))
    body = with_line(body, said("rerun", "c", "begun"), marker("c", "begun"))
    read = said_in([SimpleNamespace(body=body)])  # type: ignore[list-item]
    assert [(one.about, one.state, one.at) for one in read] == [
        ("a", "done", 12.0),
        ("b", "done", 12.0),
        ("c", "begun", 12.0),
    ]
