"""Where a migration stands, and what follows from it: facts in, status and actions out."""

from dataclasses import replace

import pytest

from bot.decide.actions import (
    AddLabel,
    Answer,
    ClosePhase,
    DeleteBranch,
    OpenRevert,
    PublishPhase,
    RemoveLabel,
)
from bot.decide.automatic_actions import (
    VERIFIED_LATER,
    CloseRevert,
    OfferRevert,
    PreparePull,
    ReportMissingProof,
)
from bot.decide.facts import (
    PERMISSION_PATIENCE,
    Actor,
    BatchCommit,
    BreakingUse,
    ChangesInTree,
    CheckResult,
    CommitChecks,
    Facts,
    LabelChange,
    PendingRequest,
    PhaseFacts,
    PlanProblem,
    Pull,
    RemainingReference,
    RemainingWork,
    RevertPull,
)
from bot.decide.forced_start import ForcedStart
from bot.decide.next_actions import next_actions
from bot.decide.requests import UserRequest, Verb
from bot.decide.status import PAUSED, Overall, State, Verdict, is_answered, label_of, ready_to_retire, status
from bot.markers.trailers import BatchTrial
from bot.plan.plan import Phase, Plan, PullRequestOptions
from bot.plan.slices import WHOLE_PHASE
from codemods.model.rules import Replacement, RetiredModule, Symbol

MAYA, REED = Actor("maya", "write"), Actor("reed", "read")
BOSS = Actor("boss", "admin")
US = Actor("drover[bot]", "none", is_drover=True)
OLD_TO_NEW = Replacement(Symbol("a", "Old"), Symbol("b", "New"))
PLAN = Plan("Old becomes New", "old", (OLD_TO_NEW,), (Phase(1, "One"), Phase(2, "Two")))
PASSED = CommitChecks("m", (CheckResult("ci", "passed"),))
FAILED = CommitChecks("m", (CheckResult("ci", "failed"),))


def phase(number: int, **changes: object) -> PhaseFacts:
    return replace(PhaseFacts(PLAN.phases[number - 1], RemainingWork(files=2, automatic=3)), **changes)  # type: ignore[arg-type]


def facts(*phases: PhaseFacts, **changes: object) -> Facts:
    start = Facts(
        now=1000.0,
        repo="o/r",
        repo_url="https://x/o/r",
        issue=5,
        title="t",
        open=True,
        adopted=True,
        default_branch="main",
        head="h" * 40,
        plan=PLAN,
        labels=frozenset({"migration"}),
        missing_labels=frozenset(),
        label_changes={},
        phases=phases or (phase(1), phase(2)),
    )
    return replace(start, **changes)  # type: ignore[arg-type]


def labelled(number: int, by: Actor, at: float = 500.0, on: bool = True) -> dict[str, object]:
    label = label_of(number)
    label_change = LabelChange(label, on, by, at, event_id=7)
    labels = {"migration", label} if on else {"migration"}
    return {"labels": frozenset(labels), "label_changes": {label: label_change}}


def ask(verb: Verb, by: Actor, **changes: object) -> dict[str, object]:
    request = UserRequest(verb, id="comment-1", by=by.login, at=600.0, source="comment", where=5)
    return {"pending_requests": (PendingRequest(replace(request, **changes), by),)}  # type: ignore[arg-type]


def opened(**changes: object) -> Pull:
    return replace(Pull(12, "u", "head", "open"), **changes)  # type: ignore[arg-type]


MERGED = Pull(12, "u", "head", "merged", merge_sha="m", ended_at=700.0)


def acts(given: Facts) -> tuple[object, ...]:
    return next_actions(given, status(given))


def endings(given: Facts) -> list[tuple[str, str]]:
    return [(one.ending, one.why) for one in acts(given) if isinstance(one, Answer)]


def retiring(*manual: RemainingReference) -> Facts:
    last = Phase(2, "Two", retire=(RetiredModule("a", "redirect"),))
    plan = replace(PLAN, phases=(PLAN.phases[0], last))
    first = phase(1, pull=MERGED, merge_checks=PASSED, remaining=RemainingWork(1, 0, manual))
    return facts(first, PhaseFacts(last, RemainingWork(1, 1)), plan=plan)


def test_a_module_is_not_retired_while_references_to_it_need_manual_work() -> None:
    here = RemainingReference("x.py", 7, "attribute", "computed", "a:Old")
    gate = status(retiring(here)).phases[1].gate
    assert gate == "a can't be retired yet: 1 reference to it needs manual work (x.py:7)"
    many = [replace(here, line=line) for line in range(1, 8)]
    gate = status(retiring(*many)).phases[1].gate
    assert gate.endswith(
        "7 references to it need manual work (x.py:1, x.py:2, x.py:3, x.py:4, x.py:5 and 2 more)"
    )


def test_manual_work_on_another_module_does_not_hold_up_its_retirement() -> None:
    elsewhere = RemainingReference("x.py", 7, "attribute", "computed", "other:Old")
    assert status(retiring(elsewhere)).phases[1].gate == ""
    assert status(retiring()).phases[1].state is State.READY


def test_a_module_is_not_retired_while_its_replacement_cannot_serve_a_use() -> None:
    given = retiring()
    assert ready_to_retire(given) == (2,)
    use = BreakingUse("x.py", 7, "the new one needs context")
    given = replace(given, phases=(given.phases[0], replace(given.phases[1], breaking_uses=(use,))))
    gate = "a can't be retired yet: 1 use would break (x.py:7: the new one needs context)"
    assert status(given).phases[1].gate == gate
    asked = ask("start", MAYA, phase=2, force=True)
    assert endings(replace(given, **asked)) == [("refused", "may not force")]  # type: ignore[arg-type]
    made = acts(replace(given, **ask("start", BOSS, phase=2, force=True)))  # type: ignore[arg-type]
    assert ForcedStart(2, "boss", gate) in made


def test_what_a_retirement_would_break_is_looked_for_only_when_it_comes_next() -> None:
    given = retiring()
    assert ready_to_retire(replace(given, phases=(phase(1), given.phases[1]))) == ()
    forced = replace(given, phases=(phase(1), replace(given.phases[1], pull=opened())))
    assert ready_to_retire(forced) == (2,)


def test_nothing_is_done_that_nobody_asked_for() -> None:
    assert acts(facts()) == ()


def test_nothing_is_done_on_an_issue_that_is_not_adopted() -> None:
    assert acts(facts(adopted=False, **labelled(1, MAYA))) == ()


def test_a_label_added_with_write_access_starts_the_phase() -> None:
    given = facts(**labelled(1, MAYA))
    assert status(given).phases[0].state is State.STARTING
    assert acts(given) == (PublishPhase(1),)


def test_a_label_added_with_read_access_is_refused_and_removed() -> None:
    given = facts(**labelled(1, REED))
    assert endings(given) == [("refused", "may not")]
    assert RemoveLabel(label_of(1)) in acts(given)
    assert not any(isinstance(one, PublishPhase) for one in acts(given))


def test_a_refusal_is_answered_once_though_the_label_is_still_there() -> None:
    given = facts(**labelled(1, REED), answered_ids=frozenset({"label-7"}))
    assert acts(given) == (RemoveLabel(label_of(1)),)


def test_a_phase_out_of_order_is_refused_with_the_reason() -> None:
    given = facts(**labelled(2, MAYA))
    (answer,) = (one for one in acts(given) if isinstance(one, Answer))
    assert (answer.ending, answer.why) == ("refused", "gate")
    assert "phase 1 (One) isn't merged yet" in answer.about


def test_an_open_phase_is_not_published_again() -> None:
    given = facts(phase(1, pull=opened(), branch="head"), phase(2), **labelled(1, MAYA))
    assert acts(given) == ()


def test_removing_the_label_cancels_an_open_phase() -> None:
    given = facts(phase(1, pull=opened(), branch="head"), phase(2), **labelled(1, MAYA, on=False))
    (withdraw,) = acts(given)
    assert isinstance(withdraw, ClosePhase)
    assert "@maya" in withdraw.why


def test_a_label_removed_without_write_access_is_added_again() -> None:
    given = facts(phase(1, pull=opened(), branch="head"), phase(2), **labelled(1, REED, on=False))
    assert AddLabel(label_of(1)) in acts(given)
    assert endings(given) == [("refused", "may not")]


def test_a_branch_without_an_open_pull_request_is_deleted() -> None:
    given = facts(phase(1, branch="head"), phase(2))
    assert acts(given) == (DeleteBranch("drover/5/phase-1"),)


def test_the_next_phase_waits_until_checks_pass_on_the_default_branch() -> None:
    for after, waits in ((None, True), (FAILED, True), (PASSED, False)):
        given = facts(phase(1, pull=MERGED, merge_checks=after, remaining=RemainingWork()), phase(2))
        assert bool(status(given).phases[1].gate) is waits


def test_force_needs_maintain() -> None:
    merged_failed = phase(1, pull=MERGED, merge_checks=FAILED, remaining=RemainingWork())
    asked = {"phase": 2, "force": True}
    assert endings(facts(merged_failed, phase(2), **ask("start", MAYA, **asked))) == [
        ("refused", "may not force")
    ]
    made = acts(facts(merged_failed, phase(2), **ask("start", BOSS, **asked)))
    assert any(isinstance(one, PublishPhase) and one.phase == 2 for one in made)


def test_a_check_that_failed_before_the_change_does_not_count_as_new() -> None:
    given = facts(phase(1, pull=opened(), checks=FAILED, base_checks=FAILED), phase(2))
    assert status(given).phases[0].verdict is Verdict.FAILED_BEFORE


def test_without_any_check_nothing_has_passed() -> None:
    none = CommitChecks("m", (), waiting_since=900.0)
    late = replace(none, waiting_since=1000.0 - 3601)
    assert status(facts(phase(1, pull=opened(), checks=none))).phases[0].verdict is Verdict.NONE
    assert status(facts(phase(1, pull=opened(), checks=late))).phases[0].verdict is Verdict.MISSING


def test_pausing_stops_everything_but_answers() -> None:
    paused = {"labels": frozenset({"migration", PAUSED, label_of(1)})}
    given = facts(**{**labelled(1, MAYA), **paused, **ask("start", MAYA, phase=1)})
    assert status(given).overall is Overall.PAUSED
    assert not any(isinstance(one, PublishPhase) for one in acts(given))
    assert ("refused", "paused") in endings(given)


def test_a_plan_that_can_not_be_used_answers_a_start() -> None:
    given = facts(plan=PlanProblem("line 3: …"), phases=(), **labelled(1, MAYA))
    assert status(given).overall is Overall.MISPLANNED
    assert endings(given) == [("refused", "no plan")]


@pytest.mark.parametrize(
    ("end_event", "label_at", "starts"),
    [(8, 700.0, False), (6, 700.0, True), (8, 701.0, True), (6, 699.0, False)],
)
def test_a_label_in_the_second_of_the_merge_counts_if_it_came_later(
    end_event: int, label_at: float, starts: bool
) -> None:
    pull = replace(MERGED, ended_at=700.0, end_event=end_event)
    label_change = LabelChange("migration:phase-1", True, MAYA, label_at, event_id=7)
    assert is_answered(label_change, phase(1, pull=pull)) is not starts


def test_a_reverted_phase_can_start_again_with_a_new_label_only() -> None:
    reverts = (RevertPull(None, Pull(13, "u", "x", "merged", ended_at=800.0)),)
    again = phase(1, pull=MERGED, merge_checks=PASSED, reverts=reverts)
    old = facts(again, phase(2), **labelled(1, MAYA, at=500.0))
    assert status(old).phases[0].state is State.REVERTED
    assert acts(old) == (RemoveLabel(label_of(1)),)
    new = facts(again, phase(2), **labelled(1, MAYA, at=900.0))
    assert acts(new) == (PublishPhase(1),)


def test_a_revert_is_opened_once() -> None:
    merged = phase(1, pull=MERGED, merge_checks=PASSED, remaining=RemainingWork())
    asked = ask("revert", MAYA, phase=1)
    assert any(isinstance(one, OpenRevert) for one in acts(facts(merged, phase(2), **asked)))
    pending = replace(merged, reverts=(RevertPull(None, Pull(13, "u", "x", "open")),))
    assert endings(facts(pending, phase(2), **asked)) == [("done", "reverting")]


def test_the_migration_is_finished_when_nothing_is_left_and_all_checks_pass() -> None:
    done = [phase(n, pull=MERGED, merge_checks=PASSED, remaining=RemainingWork()) for n in (1, 2)]
    assert status(facts(*done, head_checks=PASSED)).overall is Overall.FINISHED
    assert status(facts(*done, head_checks=FAILED)).overall is not Overall.FINISHED
    assert status(facts(*done, head_checks=PASSED, unmatched_files=("x.py",))).overall is not Overall.FINISHED


def test_advance_automatic_starts_the_next_phase_when_its_gate_opens() -> None:
    plan = replace(PLAN, advance="automatic")
    done = phase(1, pull=MERGED, merge_checks=PASSED, remaining=RemainingWork())
    assert PublishPhase(2) in acts(facts(done, phase(2), plan=plan))
    assert acts(facts(phase(1), phase(2), plan=plan)) == ()


REVERT = RevertPull(None, Pull(13, "u", "r", "merged", merge_sha="n", ended_at=800.0))


def test_the_tree_decides_whether_a_merged_phase_is_reverted() -> None:
    for reverts, standing, state in (
        ((), None, State.MERGED),
        ((), ChangesInTree(3, 0), State.MERGED),
        ((), ChangesInTree(1, 2), State.MERGED),
        ((), ChangesInTree(0, 3), State.REVERTED),
        ((), ChangesInTree(0, 0), State.MERGED),
        ((REVERT,), None, State.REVERTED),
        ((REVERT,), ChangesInTree(1, 2), State.REVERTED),
        ((REVERT,), ChangesInTree(0, 0), State.REVERTED),
        ((REVERT,), ChangesInTree(3, 0), State.MERGED),
    ):
        one = phase(1, pull=MERGED, merge_checks=PASSED, reverts=reverts, in_tree=standing)
        assert status(facts(one, phase(2))).phases[0].state is state
        assert bool(status(facts(one, phase(2))).phases[1].gate) is (state is State.REVERTED)


def test_a_revert_is_reverted_when_requested_on_its_own_pull_request() -> None:
    asked = ask("revert", MAYA, phase=1, where=13)
    taken = phase(1, pull=MERGED, reverts=(REVERT,))
    assert [
        one.revert_of for one in acts(facts(taken, phase(2), **asked)) if isinstance(one, OpenRevert)
    ] == [REVERT.pull]
    again = replace(taken, reverts=(replace(REVERT, reverted_by=opened(number=14)),))
    assert endings(facts(again, phase(2), **asked)) == [("done", "restoring")]
    there = replace(taken, in_tree=ChangesInTree(3, 0), merge_checks=PASSED)
    assert endings(facts(there, phase(2), **asked)) == [("refused", "already restored")]
    not_yet = replace(taken, reverts=(replace(REVERT, pull=opened(number=13)),))
    assert endings(facts(not_yet, phase(2), **asked)) == [("refused", "revert not merged")]


def test_a_batch_that_the_phase_does_not_have_is_refused() -> None:
    merged = phase(
        1,
        pull=MERGED,
        merge_checks=PASSED,
        batches=(BatchCommit(1, "One", "s", 1), BatchCommit(2, "Two", "t", 1)),
    )
    assert endings(facts(merged, phase(2), **ask("revert", MAYA, phase=1, batch=3))) == [
        ("refused", "no such batch")
    ]


def test_a_revert_of_what_is_reverted_already_is_closed() -> None:
    needless = RevertPull(1, opened(number=15))
    taken = phase(1, pull=MERGED, reverts=(REVERT, needless), slice=WHOLE_PHASE)
    assert CloseRevert(1, 15) in acts(facts(taken, phase(2)))
    of_another = replace(needless, opened_for=2)
    taken = replace(taken, reverts=(REVERT, of_another))
    assert not any(isinstance(one, CloseRevert) for one in acts(facts(taken, phase(2))))


def offers(one: PhaseFacts) -> list[bool]:
    return [a.offered for a in acts(facts(one, phase(2))) if isinstance(a, OfferRevert)]


def test_the_proof_offers_to_revert_a_phase_while_it_is_merged() -> None:
    merged = phase(1, pull=MERGED, merge_checks=PASSED)
    reverted = replace(merged, reverts=(REVERT,))
    assert offers(replace(merged, offers_revert=False)) == [True]
    assert offers(replace(merged, offers_revert=True)) == []
    assert offers(replace(reverted, offers_revert=True)) == [False]
    assert offers(replace(reverted, offers_revert=False)) == []
    assert offers(merged) == [], "there is no proof"


def test_a_phase_that_was_merged_during_an_outage_is_verified_after_it() -> None:
    lacking = phase(1, pull=MERGED, merge_checks=PASSED, lacks_proof=True)
    assert ReportMissingProof(1, "head") in acts(facts(lacking, phase(2)))
    assert ReportMissingProof(1, "head") not in acts(facts(replace(lacking, lacks_proof=False), phase(2)))
    long_ago = replace(lacking, pull=replace(MERGED, ended_at=700.0 - VERIFIED_LATER))
    assert ReportMissingProof(1, "head") not in acts(facts(long_ago, phase(2)))


LEFT = Actor("maya", "none")
UNKNOWN = Actor("maya", "unknown")
OPEN = {"pull": opened(), "branch": "head"}


def test_an_open_phase_stays_when_whoever_started_it_loses_write_access() -> None:
    assert acts(facts(phase(1, **OPEN), phase(2), **labelled(1, LEFT))) == ()


def test_a_merged_phase_keeps_its_label_when_whoever_started_it_loses_write_access() -> None:
    merged = phase(1, pull=MERGED, remaining=RemainingWork(), merge_checks=PASSED)
    assert acts(facts(merged, phase(2), **labelled(1, LEFT))) == ()


def test_an_open_phase_keeps_its_label_while_the_plan_can_not_be_used() -> None:
    given = facts(plan=PlanProblem("wrong"), phases=(), published_phases=frozenset({1}), **labelled(1, MAYA))
    assert acts(given) == ()


def test_a_label_removed_by_drover_closes_nothing() -> None:
    assert acts(facts(phase(1, **OPEN), phase(2), **labelled(1, US, on=False))) == ()


def test_a_label_is_judged_later_where_the_permission_is_not_known() -> None:
    given = facts(**labelled(1, UNKNOWN))
    assert acts(given) == ()
    assert status(given).phases[0].state is State.READY


def test_a_removed_label_is_judged_later_where_the_permission_is_not_known() -> None:
    assert acts(facts(phase(1, **OPEN), phase(2), **labelled(1, UNKNOWN, on=False))) == ()


def test_a_command_is_answered_later_where_the_permission_is_not_known() -> None:
    assert acts(facts(**ask("start", UNKNOWN, phase=1))) == ()


def test_a_permission_that_is_not_known_now_refuses_nothing_however_old_the_request_is() -> None:
    days_later = 500.0 + 100 * PERMISSION_PATIENCE
    for asked in (labelled(1, UNKNOWN), labelled(1, UNKNOWN, on=False), ask("start", UNKNOWN, phase=1)):
        assert acts(facts(now=days_later, **asked)) == ()
    failed = facts(phase(1, failure="refused"), phase(2), now=days_later, **labelled(1, UNKNOWN))
    assert acts(failed) == ()


def test_a_permission_that_stays_unknown_is_refused_after_a_while() -> None:
    still = replace(UNKNOWN, unknown_for=PERMISSION_PATIENCE)
    for asked in (labelled(1, still), ask("start", still, phase=1)):
        assert endings(facts(**asked)) == [("refused", "permission unknown")]
    removed = facts(phase(1, **OPEN), phase(2), **labelled(1, still, on=False))
    assert acts(removed)[0] == AddLabel(label_of(1))
    assert endings(removed) == [("refused", "permission unknown")]


def test_a_pull_request_gets_labels_and_reviewers_once_it_can_be_reviewed() -> None:
    wanted = replace(PLAN, pull_requests=PullRequestOptions(("migration",), "owners", draft=True))
    new = opened(is_prepared=False)
    given = facts(phase(1, pull=new, checks=PASSED), plan=wanted, **labelled(1, MAYA))
    assert acts(given) == (PreparePull(12, "head"),)
    assert acts(replace(given, plan=PLAN)) == ()
    assert acts(facts(phase(1, pull=opened(), checks=PASSED), plan=wanted, **labelled(1, MAYA))) == ()
    trial = BatchTrial(good=0, tried=2, bad=None, whole=4, pushes=1, since=0)
    in_trial = phase(1, pull=replace(new, draft=True), checks=PASSED, trial=trial)
    assert PreparePull(12, "head") not in acts(facts(in_trial, plan=wanted, **labelled(1, MAYA)))
    tried = phase(1, pull=replace(new, draft=True), checks=PASSED, trial=replace(trial, good=4, tried=4))
    assert acts(facts(tried, plan=wanted, **labelled(1, MAYA))) == (PreparePull(12, "head"),)
