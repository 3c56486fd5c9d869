"""The status comment tells of proofs and forced starts, and stays within what GitHub takes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.decide.actions import Answer, PublishPhase
from bot.decide.facts import (
    BatchCommit,
    Facts,
    LabelChange,
    PhaseFacts,
    RemainingReference,
    RemainingWork,
    RevertPull,
)
from bot.decide.forced_start import ForcedStart, announcement_of, forced_start_of, forced_starts
from bot.decide.history import ProofReport, StatusHistory
from bot.decide.requests import ticked_boxes
from bot.decide.status import label_of, status
from bot.plan.plan import Phase
from bot.report.status.comment import status_comment
from bot.report.text import LIMIT, breakable
from tests.decide.test_decide_status import (
    BOSS,
    FAILED,
    MAYA,
    MERGED,
    PASSED,
    PLAN,
    US,
    acts,
    ask,
    facts,
    opened,
    phase,
)

PROOF = ProofReport(
    12,
    "2 files verified, 1 needs manual work",
    "| Shown | Files |\n\n**Left out**\n\n- [`a.py:3`](u#L3): no",
    "u/check",
)


def written(given: Facts, *proofs: ProofReport) -> str:
    return status_comment(given, status(given), StatusHistory(proofs=proofs))


def test_the_verification_of_a_phase_is_folded() -> None:
    text = written(facts(phase(1, pull=opened()), phase(2)), PROOF)
    fold = text.partition(
        "<summary>Verification of phase 1 (#12): 2 files verified, 1 needs manual work</summary>"
    )[2]
    assert "- [`a.py:3`](u#L3): no" in fold.partition("</details>")[0]


def test_a_long_proof_is_cut_at_a_line_and_names_where_the_rest_stands() -> None:
    long = replace(PROOF, summary="\n".join(f"- `{number}.py`: no" for number in range(5000)))
    text = written(facts(phase(1, pull=opened()), phase(2)), long)
    assert "- `99.py`: no\n" in text
    assert "… see the [check](u/check) for the rest." in text
    assert len(text) < 20_000


def test_a_comment_of_any_size_fits_and_keeps_every_box() -> None:
    phases = tuple(Phase(number, f"Phase {number} " + "x" * 60) for number in range(1, 61))
    manual = tuple(
        RemainingReference(f"{'d/' * 60}{number}.py", number, "attribute", "y" * 200) for number in range(500)
    )
    parts = tuple(
        PhaseFacts(
            one,
            RemainingWork(files=9, automatic=9, manual=manual),
            pull=opened(number=one.number),
            checks=FAILED,
        )
        for one in phases
    )
    proofs = [
        ProofReport(one.number, "9 files verified", "z" * 50 + ("\n" + "z" * 50) * 3000, "u")
        for one in phases
    ]
    text = written(facts(*parts, plan=replace(PLAN, phases=phases)), *proofs)
    assert len(text) < LIMIT
    assert text.count("drover:box cancel-") == 60
    assert not ticked_boxes(text)


def test_a_forced_start_is_reported_with_its_author_and_the_gate() -> None:
    failed = phase(1, pull=MERGED, merge_checks=FAILED, remaining=RemainingWork())
    (told, *_, made) = acts(facts(failed, phase(2), **ask("start", BOSS, phase=2, force=True)))
    assert isinstance(told, ForcedStart)
    assert (told.phase, told.by) == (2, "boss")
    assert "failed on the default branch" in told.gate
    assert isinstance(made, PublishPhase)
    passed = replace(failed, merge_checks=PASSED)
    assert not any(
        isinstance(one, ForcedStart | Answer)
        for one in acts(facts(passed, phase(2), **ask("start", BOSS, phase=2, force=True)))
    )


@pytest.mark.parametrize("by", ["boss", "a-b", "odd:name"])
def test_the_report_of_a_forced_start_is_read_back(by: str) -> None:
    one = ForcedStart(2, by, "phase 1 (Mission: critical -->) isn't merged yet", 600.0)
    assert forced_starts([announcement_of(one)]) == (one,)


def test_the_status_shows_a_forced_start_for_as_long_as_the_phase_stands_by_it() -> None:
    said = (announcement_of(ForcedStart(2, "boss", "phase 1 (One) isn't merged yet", 600.0)),)
    by_us = {label_of(2): LabelChange(label_of(2), True, US, 601.0, 9)}
    given = facts(phase(1), phase(2, pull=opened(ended_at=None)), announcements=said, label_changes=by_us)
    assert "boss started phase 2 with `--force` on 1970-01-01 00:10 UTC, although phase 1 (One)" in written(
        given
    )
    by_maya = {label_of(2): replace(by_us[label_of(2)], by=MAYA, at=900.0)}
    again = replace(given, label_changes=by_maya)
    assert forced_start_of(again, status(again).phases[1]) is None


def rows(text: str) -> list[list[str]]:
    lines = [line for line in text.splitlines() if line.startswith("| ") and "---" not in line]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_long_words_of_a_phase_s_name_can_break() -> None:
    assert breakable("Unit tests and documents") == "Unit tests and docum\u00adents"
    assert breakable("Mission v1_2 größenordnung, 12345678") == "Mission v1_2 größeno\u00adrdnung, 12345678"
    assert breakable("a" * 20).split("\u00ad") == ["a" * 7, "a" * 7, "a" * 6]


def test_the_table_fits_a_phone_and_a_merged_row_shows_what_was_achieved() -> None:
    batches = (BatchCommit(1, "t", "s", 7), BatchCommit(2, "t", "s", 3))
    merged = phase(1, pull=MERGED, merge_checks=PASSED, remaining=RemainingWork(), batches=batches)
    text = written(facts(merged, phase(2, pull=opened(number=13), checks=FAILED)))
    assert rows(text) == [
        ["State", "Phase", "Done", "PR", "Checks"],
        ["✅ merged", "1. One", "10/10", "#12", "✅ passed"],
        ["🔀 open", "2. Two", "0/3", "#13", "❌ failed"],
    ]


def test_a_batch_that_is_reverted_is_not_done_any_more() -> None:
    batches = (BatchCommit(1, "t", "s", 7), BatchCommit(2, "t", "s", 3))
    revert = RevertPull(2, replace(MERGED, number=20, ended_at=800.0))
    merged = phase(
        1, pull=MERGED, merge_checks=PASSED, remaining=RemainingWork(1, 3), batches=batches, reverts=(revert,)
    )
    assert rows(written(facts(merged, phase(2))))[1][2] == "7/10"


def test_the_likely_next_box_comes_first_and_reverts_are_folded() -> None:
    merged = phase(1, pull=MERGED, merge_checks=PASSED, remaining=RemainingWork())
    text = written(facts(merged, phase(2)))
    start, revert = text.index("drover:box start-2"), text.index("drover:box revert-1")
    assert start < text.index("<details><summary>Revert</summary>") < revert


def test_running_work_is_mentioned_first() -> None:
    given = facts(phase(1), phase(2))
    text = status_comment(given, status(given), StatusHistory(), (1,))
    assert "**Working on phase 1 (One)…** Its pull request opens when it's ready." in text
    assert rows(text)[1][0] == "⏳ working"


def test_the_state_and_the_next_step_come_before_anything_else() -> None:
    text = written(facts(phase(1, pull=opened(), checks=FAILED), phase(2)))
    title, sentence = text.split("\n\n")[1:3]
    assert title == f"## {PLAN.title}"
    assert (
        sentence == "**Phase 1 (One) is open as #12, and its checks failed.** Next: see the failures below."
    )
