"""The status comment tells of proofs and forced starts, and stays within what GitHub takes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.decide.actions import Answer, PublishPhase
from bot.decide.facts import Facts, LabelChange, PhaseFacts, RemainingReference, RemainingWork
from bot.decide.forcing import ForcedStart, announcement_of, forced_start_of, forced_starts
from bot.decide.history import ProofReport, StatusHistory
from bot.decide.requests import ticked
from bot.decide.status import label_of, status
from bot.plan.plan import Phase
from bot.report.status.comment import status_comment
from bot.report.text import LIMIT
from tests.test_decide_status import BOSS, GREEN, MAYA, MERGED, PLAN, RED, US, acts, ask, facts, opened, phase

PROOF = ProofReport(
    12, "2 files proved, 1 by hand", "| Shown | Files |\n\n**Left out**\n\n- [`a.py:3`](u#L3): no", "u/check"
)


def written(given: Facts, *proofs: ProofReport) -> str:
    return status_comment(given, status(given), StatusHistory(proofs=proofs))


def test_the_proof_of_a_phase_is_a_row_and_a_fold_out() -> None:
    text = written(facts(phase(1, pull=opened()), phase(2)), PROOF)
    assert "| 2 files proved, 1 by hand |" in text
    fold = text.partition("<summary>Proof of phase 1 (#12): 2 files proved, 1 by hand</summary>")[2]
    assert "- [`a.py:3`](u#L3): no" in fold.partition("</details>")[0]


def test_a_long_proof_is_cut_at_a_line_and_names_where_the_rest_stands() -> None:
    long = replace(PROOF, summary="\n".join(f"- `{number}.py`: no" for number in range(5000)))
    text = written(facts(phase(1, pull=opened()), phase(2)), long)
    assert "- `99.py`: no\n" in text
    assert "… the rest stands on the [check](u/check)." in text
    assert len(text) < 20_000


def test_however_much_there_is_to_tell_it_fits_and_every_box_stays() -> None:
    phases = tuple(Phase(number, f"Phase {number} " + "x" * 60) for number in range(1, 61))
    human = tuple(
        RemainingReference(f"{'d/' * 60}{number}.py", number, "attribute", "y" * 200) for number in range(500)
    )
    parts = tuple(
        PhaseFacts(
            one, RemainingWork(files=9, automatic=9, manual=human), pull=opened(number=one.number), checks=RED
        )
        for one in phases
    )
    proofs = [
        ProofReport(one.number, "9 files proved", "z" * 50 + ("\n" + "z" * 50) * 3000, "u") for one in phases
    ]
    text = written(facts(*parts, plan=replace(PLAN, phases=phases)), *proofs)
    assert len(text) < LIMIT
    assert text.count("drover:box cancel-") == 60
    assert not ticked(text)


def test_a_forced_start_is_said_with_who_and_over_what() -> None:
    red = phase(1, pull=MERGED, merge_checks=RED, remaining=RemainingWork())
    (told, *_, made) = acts(facts(red, phase(2), **ask("start", BOSS, phase=2, force=True)))
    assert isinstance(told, ForcedStart)
    assert (told.phase, told.by) == (2, "boss")
    assert "not green on the default branch" in told.gate
    assert isinstance(made, PublishPhase)
    green = replace(red, merge_checks=GREEN)
    assert not any(
        isinstance(one, ForcedStart | Answer)
        for one in acts(facts(green, phase(2), **ask("start", BOSS, phase=2, force=True)))
    )


@pytest.mark.parametrize("by", ["boss", "a-b", "odd:name"])
def test_what_is_said_of_a_forced_start_is_read_back(by: str) -> None:
    one = ForcedStart(2, by, "phase 1 (Mission: critical -->) is not merged yet", 600.0)
    assert forced_starts([announcement_of(one)]) == (one,)


def test_the_status_shows_a_forced_start_for_as_long_as_the_phase_stands_by_it() -> None:
    said = (announcement_of(ForcedStart(2, "boss", "phase 1 (One) is not merged yet", 600.0)),)
    by_us = {label_of(2): LabelChange(label_of(2), True, US, 601.0, 9)}
    given = facts(phase(1), phase(2, pull=opened(ended_at=None)), announcements=said, label_changes=by_us)
    assert (
        "Phase 2: started past its gate by boss at 1970-01-01 00:10 UTC, though phase 1 \\(One\\)"
        in written(given)
    )
    by_maya = {label_of(2): replace(by_us[label_of(2)], by=MAYA, at=900.0)}
    again = replace(given, label_changes=by_maya)
    assert forced_start_of(again, status(again).phases[1]) is None
