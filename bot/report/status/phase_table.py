"""The phases as a table that fits a phone."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from bot.decide.facts import Facts, PhaseFacts
from bot.decide.status import PhaseStatus, State, Status, breaking_uses_summary
from bot.report.check_lines import VERDICTS
from bot.report.slices import merged_of, slice_name
from bot.report.status.forced_starts import forced_start_lines
from bot.report.text import breakable, plain, table

HEAD = ("State", "Phase", "Done", "PR", "Checks")
_ICONS = {
    State.EMPTY: "➖",
    State.WAITING: "🔒",
    State.READY: "🟢",
    State.STARTING: "⏳",
    State.FAILED: "❌",
    State.OPEN: "🔀",
    State.MERGED: "✅",
    State.REVERTED: "↩️",
}


def phase_table(facts: Facts, status: Status, working_on: Collection[int], most: int) -> str:
    """`most`: the slices that are shown of a phase."""
    if not status.phases:
        return ""
    rows = [row for phase in status.phases for row in _rows(phase, working_on, most)]
    return "\n\n".join([table(HEAD, rows), *forced_start_lines(facts, status), *_breaking_lines(status)])


def _breaking_lines(status: Status) -> Iterator[str]:
    """What merging an open phase would break."""
    for phase in status.phases:
        if phase.state is State.OPEN and phase.facts.breaking_uses:
            yield f"⚠️ Don't merge phase {phase.number} yet: {plain(breaking_uses_summary(phase.facts))}."


def _rows(phase: PhaseStatus, working_on: Collection[int], most: int) -> Iterator[tuple[str, ...]]:
    yield _row(phase, working_on)
    for part in phase.slices[:most]:
        yield _row(part, ())
    if len(phase.slices) > most:
        yield ("", f"… {len(phase.slices) - most:,} more owners", "", "", "")


def _row(phase: PhaseStatus, working_on: Collection[int]) -> tuple[str, ...]:
    pull = phase.pull
    shows_checks = phase.state in (State.OPEN, State.MERGED)
    return (
        _state(phase, working_on),
        slice_name(phase.facts.slice) or f"{phase.number}. {breakable(plain(phase.phase.name))}",
        _done_cell(phase.facts),
        f"#{pull.number}" if pull else merged_of(phase) or "–",
        VERDICTS[phase.verdict] if shows_checks else "–",
    )


def _state(phase: PhaseStatus, working_on: Collection[int]) -> str:
    if phase.number in working_on:
        return "⏳ working"
    if phase.open_revert:
        return f"↩️ revert open in #{phase.open_revert.pull.number}"
    return f"{_ICONS[phase.state]} {phase.state}"


def _done_cell(one: PhaseFacts) -> str:
    done, total = work_done(one)
    return f"{done:,}/{total:,}"


def work_done(one: PhaseFacts) -> tuple[int, int]:
    """How much of a phase, or of a slice, is migrated, and how much there is in all."""
    done = sum(_migrated_count(part) for part in one.parts)
    return done, done + one.remaining.total


def _migrated_count(one: PhaseFacts) -> int:
    """References, or files where there are none in them, that its merged batches changed and no revert took away."""
    if one.pull is None or one.pull.state != "merged" or _is_reverted(one):
        return 0
    reverted = {
        revert.batch for revert in one.reverts if revert.pull.state == "merged" and revert.reverted_by is None
    }
    return sum(batch.references for batch in one.batches if batch.number not in reverted)


def _is_reverted(one: PhaseFacts) -> bool:
    return one.in_tree is not None and one.in_tree.reverted > 0 and one.in_tree.present == 0
