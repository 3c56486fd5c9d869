"""Why did it do that: the reason of each action, as a person reads it in the log."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.act.perform import PERFORMED_BY
from bot.decide.actions import AddLabel, ClosePhase, EnsureLabels, FinishMigration, Reopen, ReportNewUses
from bot.decide.automatic_actions import EnableAutoMerge, OfferRevert, RevertAfterFailure
from bot.decide.facts import CheckResult, Closing, Facts, LabelChange, RemainingWork
from bot.decide.next_actions import next_actions
from bot.decide.status import AUDIT, status
from bot.report.overview.decisions import AT_REST, REASONS, reason, resting
from bot.store.overview import WaitsFor
from tests.decide.test_decide_status import (
    BOSS,
    MAYA,
    MERGED,
    PASSED,
    PLAN,
    REED,
    ask,
    facts,
    labelled,
    opened,
    phase,
)

AUTOMATIC = replace(PLAN, advance="automatic")
DONE = phase(1, pull=MERGED, merge_checks=PASSED, remaining=RemainingWork())


def reasons(given: Facts) -> dict[str, str]:
    """By the class of the action."""
    return {type(one).__name__: reason(given, one) for one in next_actions(given, status(given))}


def test_every_action_has_a_reason() -> None:
    assert {*REASONS} == {*PERFORMED_BY}


def test_a_phase_starts_because_somebody_asked() -> None:
    by_label = facts(**labelled(1, MAYA))
    assert reasons(by_label)["PublishPhase"] == "maya added the label migration:phase-1"
    by_command = facts(**ask("start", MAYA, phase=1))
    asked = "maya commented /migrate start 1 on #5"
    assert reasons(by_command) == {"AddLabel": asked, "PublishPhase": asked}
    ticked = facts(**ask("start", MAYA, phase=1, source="box"))
    assert reasons(ticked)["PublishPhase"] == "maya ticked the checkbox for /migrate start 1"


def test_a_phase_starts_because_the_plan_says_so() -> None:
    why = "every phase before it is merged, its checks passed, and the plan says advance: automatic"
    given = facts(DONE, phase(2), plan=AUTOMATIC)
    assert reasons(given)["AddLabel"] == reasons(given)["PublishPhase"] == why


def test_an_open_phase_is_regenerated_for_what_changed() -> None:
    given = facts(phase(1, pull=opened(), outdated_reason="its files changed on `main`"), **labelled(1, MAYA))
    assert reasons(given)["PublishPhase"] == "its files changed on `main`"


def test_a_refusal_says_who_asked_and_what_is_in_the_way() -> None:
    given = facts(**labelled(2, MAYA))
    added = "maya added the label migration:phase-2"
    assert reasons(given) == {
        "Answer": f"{added}. Phase 1 (One) isn't merged yet. Start it after that; "
        "a maintainer can start it now with `/migrate start 2 --force`.",
        "RemoveLabel": f"{added}, but phase 1 (One) isn't merged yet",
    }
    stranger = facts(**labelled(1, REED))
    assert reasons(stranger)["RemoveLabel"] == (
        "reed, who cannot write to the repository, added the label migration:phase-1"
    )


def test_a_forced_start_names_the_gate() -> None:
    given = facts(**ask("start", BOSS, phase=2, force=True))
    assert reasons(given)["ForcedStart"] == (
        "boss commented /migrate start 2 --force, though phase 1 (One) isn't merged yet"
    )
    assert reasons(given)["PublishPhase"] == "boss commented /migrate start 2 --force on #5"


def test_the_audit_s_label_is_removed_when_it_is_done() -> None:
    change = LabelChange(AUDIT, True, MAYA, 500.0, 7)
    given = facts(labels=frozenset({"migration", AUDIT}), label_changes={AUDIT: change})
    assert reasons(given) == {
        "RunAudit": "maya added the label migration:audit",
        "RemoveLabel": "maya added the label migration:audit, and the audit is done",
    }


def test_a_removed_label_closes_its_phase() -> None:
    given = facts(phase(1, pull=opened(), checks=PASSED), **labelled(1, MAYA, on=False))
    assert reasons(given)["ClosePhase"] == "@maya removed the label `migration:phase-1`"


@pytest.mark.parametrize(
    ("action", "why"),
    [
        (AddLabel("migration:phase-1"), "#12 is open, so the phase has its label"),
        (EnsureLabels(("migration", AUDIT)), "the repository has no label migration:audit"),
        (FinishMigration(), "nothing is left to migrate on main, and its checks passed"),
        (Reopen(5), "reed, who cannot write to the repository, closed it"),
        (ReportNewUses("a" * 40), f"main is at {'h' * 10}, and {'a' * 10} was counted last"),
        (ClosePhase(1, "its files **moved**"), "its files moved"),
        (EnableAutoMerge(1, 12), "the plan says merge: auto"),
        (OfferRevert(1, "head", True), "#12 is merged"),
        (
            RevertAfterFailure(1, "m" * 40, (CheckResult("ci / <b>", "failed"),)),
            f"checks that passed before fail since the merge {'m' * 10}, and the plan says on_failure: revert: ci / <b>",
        ),
    ],
)
def test_what_it_does_by_itself_has_a_reason(action: object, why: str) -> None:
    given = facts(
        phase(1, pull=opened()),
        missing_labels=frozenset({AUDIT}),
        closing=Closing(5, REED, 500.0, 8),
    )
    assert reason(given, action) == why  # type: ignore[arg-type]


def test_a_name_can_t_break_the_line() -> None:
    given = facts(phase(1, pull=opened(), outdated_reason="x\n2026-01-01  closed #1 – \u202eboss"))
    assert reasons(given)["PublishPhase"] == "x 2026-01-01 closed #1 – boss"


def test_at_rest_it_says_what_it_waits_for() -> None:
    assert resting(facts()) == (
        "nothing to do: waits for its next phase to be started",
        "Phase 1 (One) is ready. Start it with the label migration:phase-1.",
    )


def test_every_state_at_rest_has_words() -> None:
    assert {*AT_REST} == {*WaitsFor}
