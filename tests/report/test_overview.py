"""What the pages say of a migration: what it waits for, what failed, and no more than fits."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bot.decide.facts import (
    BatchCommit,
    BreakingUse,
    CheckResult,
    CommitChecks,
    Facts,
    LabelChange,
    PlanOrigin,
    PlanProblem,
    RemainingReference,
    RemainingWork,
    RevertPull,
    UnapprovedPlan,
)
from bot.decide.history import RemainingAt, StatusHistory
from bot.decide.status import PAUSED, status
from bot.plan.plan import Phase
from bot.report.overview.overview import migration_overview
from bot.store.overview import Overview, WaitsFor
from tests.decide.test_decide_status import (
    FAILED,
    MAYA,
    MERGED,
    PASSED,
    PLAN,
    facts,
    labelled,
    opened,
    phase,
)

RUNNING = CommitChecks("m", (CheckResult("ci", "pending"),))
DONE = phase(1, pull=MERGED, merge_checks=PASSED, remaining=RemainingWork())
UNAPPROVED = PlanOrigin(unapproved=UnapprovedPlan("reed", "abc", 1.0, PLAN))
MANUAL = RemainingWork(files=1, manual=(RemainingReference("a.py", 3, "attribute", "no", "a:Old"),))


def overview(given: Facts, *working_on: int) -> Overview:
    return migration_overview(given, status(given), StatusHistory(), working_on)


def first(given: Facts) -> tuple[WaitsFor, str]:
    need = overview(given).needs[0]
    return need.waits_for, need.says


@pytest.mark.parametrize(
    ("given", "waits_for", "says"),
    [
        (facts(), WaitsFor.START, "Phase 1 (One) is ready. Start it with the label migration:phase-1."),
        (facts(phase(1, pull=opened(), checks=PASSED)), WaitsFor.REVIEW, "review and merge #12"),
        (facts(phase(1, pull=opened(), checks=RUNNING)), WaitsFor.CHECKS, "the checks of #12 are running"),
        (facts(phase(1, pull=opened(), checks=FAILED)), WaitsFor.FIX, "checks failed on #12"),
        (facts(phase(1, pull=opened(mergeable=False))), WaitsFor.CONFLICT, "#12 has conflicts"),
        (
            facts(phase(1, pull=opened(), failure="`a.py` was edited by [maya](https://x/maya).")),
            WaitsFor.FIX,
            "Drover can't update #12. `a.py` was edited by maya.",
        ),
        (
            facts(phase(1, pull=opened(), breaking_uses=(BreakingUse("a.py", 3, "gone"),))),
            WaitsFor.MANUAL_WORK,
            "don't merge #12 yet: 1 use would break (a.py:3: gone)",
        ),
        (facts(phase(1), phase(2), **labelled(1, MAYA)), WaitsFor.DROVER, "Working on phase 1 (One)."),
        (
            facts(phase(1, failure="It's too large."), phase(2), **labelled(1, MAYA)),
            WaitsFor.FIX,
            "Phase 1 (One) couldn't be prepared. It's too large. Then comment /migrate retry 1.",
        ),
        (
            facts(replace(DONE, merge_checks=FAILED), phase(2)),
            WaitsFor.FIX,
            "Phase 1 (One) is merged, and checks have failed on main since.",
        ),
        (facts(replace(DONE, merge_checks=RUNNING), phase(2)), WaitsFor.CHECKS, "Its checks on main are running."),
        (
            facts(replace(DONE, reverts=(RevertPull(None, opened(number=14)),)), phase(2)),
            WaitsFor.REVIEW,
            "#14 reverts phase 1 (One). Review and merge it.",
        ),
        (facts(DONE, phase(2, remaining=MANUAL)), WaitsFor.MANUAL_WORK, "1 reference needs manual work."),
        (
            facts(DONE, phase(2, remaining=RemainingWork()), unparsable_files={"b.py": "no"}),
            WaitsFor.MANUAL_WORK,
            "1 file can't be parsed.",
        ),
        (
            facts(DONE, phase(2, remaining=RemainingWork()), unmatched_files=("c.py", "d.py")),
            WaitsFor.PLAN,
            "2 files with references belong to no phase.",
        ),
        (
            facts(DONE, phase(2, remaining=RemainingWork()), head_checks=FAILED),
            WaitsFor.FIX,
            "checks haven't passed on main",
        ),
        (facts(DONE, phase(2, remaining=RemainingWork()), head_checks=PASSED), WaitsFor.NOTHING, "Finished."),
        (facts(labels=frozenset({"migration", PAUSED})), WaitsFor.RESUME, "Paused."),
        (facts(plan=None), WaitsFor.PLAN, "There's no plan yet."),
        (facts(plan=PlanProblem("Line 3: `nwe` is unknown.")), WaitsFor.FIX, "The plan has errors. Fix them"),
        (facts(plan=PlanProblem("x"), plan_origin=UNAPPROVED), WaitsFor.APPROVAL, "reed, who can't write"),
        (facts(plan_origin=UNAPPROVED), WaitsFor.APPROVAL, "then comment /migrate approve"),
        (facts(open=False), WaitsFor.CLOSED, "Reopen it to continue."),
        (facts(archived=True), WaitsFor.CLOSED, "archived"),
    ],
)  # fmt: skip
def test_it_says_what_a_migration_waits_for(given: Facts, waits_for: WaitsFor, says: str) -> None:
    need = first(given)
    assert need[0] is waits_for
    assert says in need[1]


def test_a_phase_that_is_being_built_says_so() -> None:
    shown = overview(facts(), 1)
    assert [need.says for need in shown.needs] == ["Working on phase 1 (One)."]
    assert [row.state for row in shown.phases] == ["working", "waiting"]


def test_the_phases_say_what_was_done() -> None:
    batches = (BatchCommit(1, "one", "s", 7),)
    shown = overview(facts(replace(DONE, batches=batches), phase(2)))
    row = shown.phases[0]
    assert (row.number, row.name, row.state, row.done, row.total) == (1, "One", "merged", 7, 7)
    assert (row.pull, row.checks) == (12, "passed")


def test_the_count_is_that_of_the_status_comment() -> None:
    history = StatusHistory((RemainingAt(1.0, 9), RemainingAt(2.0, 6)), most_remaining=9)
    given = facts(references_by_owner={"@shop": 4, "": 2})
    shown = migration_overview(given, status(given), history)
    assert (shown.left, shown.whole, shown.done) == (6, 9, 3)
    assert shown.burndown == ((1.0, 9), (2.0, 6))
    assert [(one.owner, one.references) for one in shown.owners] == [("@shop", 4), ("", 2)]


def test_while_the_plan_has_errors_the_last_count_stands() -> None:
    history = StatusHistory((RemainingAt(1.0, 9), RemainingAt(2.0, 6)), most_remaining=9)
    given = replace(facts(plan=PlanProblem("Line 3 is wrong.")), phases=())
    shown = migration_overview(given, status(given), history)
    assert (shown.left, shown.whole) == (6, 9)


def test_the_newest_event_stands_first() -> None:
    changes = {"migration": LabelChange("migration", True, MAYA, 5.0, 1)}
    shown = overview(facts(replace(DONE, pull=replace(MERGED, merged_by="reed")), label_changes=changes))
    assert [(event.what, event.by, event.pull) for event in shown.events] == [
        ("phase 1 merged", "reed", 12),
        ("label migration added", "maya", 0),
    ]


def test_what_is_stored_is_bounded_and_reads_back() -> None:
    name = "x\u202e\u2066<b>" + "y" * 5_000
    phases = tuple(Phase(number, name) for number in range(1, 301))
    changes = {f"{name}{n}": LabelChange(f"{name}{n}", True, MAYA, 5.0, n) for n in range(300)}
    given = facts(
        *(phase(1, phase=one, pull=opened(number=one.number), failure="z" * 5_000) for one in phases),
        plan=replace(PLAN, phases=phases, title=name),
        label_changes=changes,
        references_by_owner={f"@{name}{number}": 300 - number for number in range(300)},
    )
    shown = overview(given)
    stored = json.dumps(shown.as_json())
    assert len(stored) < 100_000
    assert "\\u202e" not in stored
    assert Overview.from_json(json.loads(stored)) == shown


@pytest.mark.parametrize(
    "change", [{"needs": []}, {"needs": [{"waits_for": "tea", "says": ""}]}, {"left": None}]
)
def test_what_another_version_wrote_is_read_or_left(change: dict[str, object]) -> None:
    data = overview(facts()).as_json()
    assert Overview.from_json({**data, "newer": 1}) is not None
    given = {**data, **change}
    if change == {"left": None}:
        del given["left"]
    assert Overview.from_json(given) is None
