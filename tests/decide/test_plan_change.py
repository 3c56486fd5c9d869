"""A plan that changes under way: what it means is said, phase by phase."""

from __future__ import annotations

from dataclasses import replace

from bot.decide.actions import ClosePhase, DeleteBranch
from bot.decide.facts import Facts
from bot.decide.history import StatusHistory
from bot.decide.plan_change import (
    REMEMBERED_SECONDS,
    PhaseShape,
    PlanChange,
    PlanShape,
    latest_plan_change,
    moved_files,
    plan_shape,
)
from bot.decide.status import status
from bot.markers.hidden import state_in
from bot.plan.plan import Phase, Plan
from bot.plan.slices import Slice
from bot.report.status.comment import status_comment
from tests.decide.test_decide_status import MERGED, OLD_TO_NEW, PASSED, acts, facts, opened, phase

PHASES = (
    Phase(1, "App", ("app/**",)),
    Phase(2, "Lib", ("lib/**",)),
    Phase(3, "Tests", ("tests/**",)),
    Phase(4, "Docs", ("docs/**",)),
)
BEFORE = PlanShape(tuple(PhaseShape(one.name, f"old{one.number}", one.paths) for one in PHASES))


def now(*paths: tuple[str, ...], files: frozenset[str] = frozenset()) -> Facts:
    phases = tuple(replace(one, paths=some) for one, some in zip(PHASES, paths, strict=False))
    states: tuple[dict[str, object], ...] = (
        {"pull": MERGED, "merge_checks": PASSED},
        {"pull": opened(), "branch": "head"},
        {},
        {},
    )
    each = [phase(1, phase=one, **state) for one, state in zip(phases, states, strict=False)]
    return facts(*each, plan=Plan("T", "t", (OLD_TO_NEW,), phases), files_with_references=files)


def told(given: Facts, before: PlanShape = BEFORE) -> str:
    assert isinstance(given.plan, Plan)
    shape_now = plan_shape(given.plan, {one.number: f"new{one.number}" for one in given.plan.phases})
    return status_comment(
        given, status(given), StatusHistory(plan_shape=shape_now, plan_change=PlanChange(before, 990.0))
    )


def test_each_phase_says_what_the_change_means_for_it() -> None:
    text = told(now(("app/**",), ("lib/**", "!lib/x.py"), ("**",)))
    assert "**The plan changed** (1970-01-01 00:16 UTC). What is merged stays as it is." in text
    assert "- Phase 1 (App) is merged and stays as it is.\n" in text
    assert "- Phase 2 (Lib) is being regenerated: #12." in text
    assert "- Phase 3 (Tests) uses the new plan when it starts." in text
    assert "- Phase 4 (Docs) was removed; if its pull request was open, it is closed." in text


def test_files_that_change_their_phase_are_named_also_where_it_is_merged() -> None:
    files = frozenset({"lib/a.py", "lib/b.py", "tests/a.py", "docs/a.md", "new/a.py", "app/a.py"})
    given = now(("app/**", "lib/a.py"), ("lib/**", "tests/**"), ("new/**",), files=files)
    text = told(given)
    assert (
        "stays as it is. 1 file with references belongs to it now: `lib/a.py`. "
        "Next: add the label `migration:phase-1` again to migrate it." in text
    )
    assert "- 1 file moved from phase 2 to phase 1: `lib/a.py`" in text
    assert "- 1 file moved from phase 3 to phase 2: `tests/a.py`" in text
    assert "- 1 file left phase 4 and belongs to none: `docs/a.md`" in text
    assert "- 1 file joined phase 3: `new/a.py`" in text
    assert "lib/b.py" not in text


def test_a_plan_too_long_to_keep_still_says_which_phases_changed() -> None:
    long = Plan("T", "t", (OLD_TO_NEW,), (Phase(1, "App", tuple(f"some/path/{n}.py" for n in range(1000))),))
    kept = plan_shape(long, {1: "old1"})
    assert len(str(kept.as_json())) < 200
    assert moved_files(now(("app/**",), files=frozenset({"app/a.py"})), kept) == ()
    assert "- Phase 1 (App) is merged" in told(now(("app/**",)), kept)


def test_a_change_is_kept_in_the_status_comment_and_shown_for_a_week() -> None:
    text = told(now(("app/**",), ("lib/**",)))
    kept = state_in(text)
    assert PlanShape.from_json(kept["was"]) == BEFORE
    given = now(("app/**",), ("lib/**",)).plan
    assert isinstance(given, Plan)
    same = PlanShape.from_json(kept["plan"])
    assert same == plan_shape(given, {1: "new1", 2: "new2"})
    change = PlanChange(BEFORE, 1000.0)
    assert latest_plan_change(same, same, change, 1000.0 + REMEMBERED_SECONDS - 1) == change
    assert latest_plan_change(same, same, change, 1000.0 + REMEMBERED_SECONDS) is None
    assert latest_plan_change(same, BEFORE, None, 5.0) == PlanChange(BEFORE, 5.0)
    assert latest_plan_change(same, None, None, 5.0) is None


def test_a_broken_plan_in_the_comment_is_not_read() -> None:
    for data in (None, 5, "x", [1], [["a"]], [["a", "b", 5]], {"a": 1}):
        assert PlanShape.from_json(data) is None


def test_the_pull_request_of_a_phase_that_the_plan_has_no_more_is_closed() -> None:
    orphan = phase(
        1, phase=Phase(4, "phase 4"), slice=Slice("amy"), obsolete_reason="the plan no longer has a phase 4"
    )
    open_one = facts(orphaned_phases=(replace(orphan, pull=opened(), branch="b"),))
    assert acts(open_one) == (ClosePhase(4, "the plan no longer has a phase 4", (Slice("amy"),)),)
    assert acts(facts(orphaned_phases=(replace(orphan, branch="b"),))) == (
        DeleteBranch("drover/5/phase-4-amy"),
    )
