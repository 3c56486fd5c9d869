"""What happened to a migration lately: merges, reverts, labels. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bot.decide.facts import Facts, PhaseFacts
from bot.decide.status import is_restored


@dataclass(frozen=True)
class MigrationEvent:
    at: float
    what: str
    """Such as "phase 1 merged", as people wrote the names in it."""
    label: str = ""
    """The label that `what` is about."""
    by: str = ""
    pull: int = 0
    commit: str = ""


def recent_events(facts: Facts, most: int) -> list[MigrationEvent]:
    """The newest first."""
    found = [*_label_events(facts), *(event for part in facts.parts for event in _part_events(part))]
    return sorted(found, key=lambda event: (event.at, event.what, event.label), reverse=True)[:most]


def _part_events(part: PhaseFacts) -> Iterator[MigrationEvent]:
    pull = part.pull
    phase = f"phase {part.phase.number}" + (f", {part.slice.title}" if part.slice.key else "")
    if pull is not None and pull.ended_at:
        yield MigrationEvent(
            pull.ended_at, f"{phase} {pull.state}", by=pull.merged_by or "", pull=pull.number
        )
    if is_restored(part) and part.in_tree and part.in_tree.restored_by:
        yield MigrationEvent(
            part.in_tree.restored_at, f"{phase} restored", commit=part.in_tree.restored_by[:10]
        )
    for revert in part.reverts:
        if revert.pull.state == "merged" and revert.pull.ended_at:
            what = f"batch {revert.batch} of {phase}" if revert.batch else phase
            yield MigrationEvent(revert.pull.ended_at, f"{what} reverted", pull=revert.pull.number)


def _label_events(facts: Facts) -> Iterator[MigrationEvent]:
    for change in facts.label_changes.values():
        if not change.by.is_drover:
            verb = "added" if change.added else "removed"
            yield MigrationEvent(change.at, verb, label=change.label, by=change.by.login)
