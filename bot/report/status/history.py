"""What happened lately: merges, reverts, labels."""

from __future__ import annotations

from collections.abc import Iterator

from bot.decide.facts import Facts, PhaseFacts
from bot.decide.status import is_restored
from bot.report.check_lines import moment
from bot.report.slices import slice_title
from bot.report.text import code, folded, plain

MOST = 12


def history_section(facts: Facts) -> str:
    events = [*_label_events(facts), *(event for phase in facts.parts for event in _phase_events(phase))]
    lines = [f"- {moment(at)}: {what}" for at, what in sorted(events, reverse=True)[:MOST]]
    return folded("History", "\n".join(lines)) if lines else ""


def _phase_events(phase: PhaseFacts) -> Iterator[tuple[float, str]]:
    number, pull = f"{phase.phase.number}{plain(slice_title(phase.slice))}", phase.pull
    if pull is not None and pull.ended_at:
        by = f" by {plain(pull.merged_by)}" if pull.merged_by else ""
        yield pull.ended_at, f"phase {number} {pull.state}{by} (#{pull.number})"
    if is_restored(phase) and phase.in_tree and phase.in_tree.restored_by:
        yield phase.in_tree.restored_at, f"phase {number} restored ({code(phase.in_tree.restored_by[:10])})"
    for revert in phase.reverts:
        if revert.pull.state == "merged" and revert.pull.ended_at:
            what = f"batch {revert.batch} of phase {number}" if revert.batch else f"phase {number}"
            yield revert.pull.ended_at, f"{what} reverted (#{revert.pull.number})"


def _label_events(facts: Facts) -> Iterator[tuple[float, str]]:
    for change in facts.label_changes.values():
        if not change.by.is_drover:
            verb = "added" if change.added else "removed"
            yield change.at, f"{code(change.label)} {verb} by {plain(change.by.login)}"
