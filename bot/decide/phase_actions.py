"""What the phases need: their labels, branches and pull requests, whoever asked. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from bot.decide.actions import Action, AddLabel, ClosePhase, DeleteBranch, PublishPhase, RemoveLabel
from bot.decide.automatic_actions import automatic_actions, should_try_next
from bot.decide.facts import Facts
from bot.decide.request_actions import slices_to_publish
from bot.decide.status import PhaseStatus, State, Status, is_answered, label_of
from bot.plan.branch_names import phase_branch, revert_branch, revert_of_revert_branch
from bot.plan.plan import Plan


def phase_actions(facts: Facts, phase: PhaseStatus) -> Iterator[Action]:
    """Its label, then each of its parts."""
    label = label_of(phase.number)
    on = label in facts.labels
    if phase.state is State.OPEN and not on and label not in facts.label_changes:
        yield AddLabel(label)
    elif phase.state in (State.REVERTED, State.READY, State.WAITING) and on:
        yield from _outdated_label(facts, phase, label)
    elif phase.state is State.MERGED and phase.slices and on:
        yield RemoveLabel(label)
    for part in phase.parts:
        yield from _part_actions(facts, part)
        yield from automatic_actions(facts, part)


def _part_actions(facts: Facts, part: PhaseStatus) -> Iterator[Action]:
    label, one = label_of(part.number), part.facts.slice
    if part.state is State.STARTING and _may_start(facts, part, label):
        yield PublishPhase(part.number, slices=(one,))
    elif part.state is State.OPEN and part.facts.obsolete_reason:
        yield ClosePhase(part.number, part.facts.obsolete_reason, (one,))
    elif part.state is State.OPEN and _is_regenerated(facts, part):
        yield PublishPhase(part.number, slices=(one,))
    if part.state is not State.OPEN and part.state is not State.STARTING and part.facts.branch:
        yield DeleteBranch(phase_branch(facts.issue, part.number, one.key))
    for revert in part.facts.reverts:
        if revert.branch and revert.pull.state != "open":
            number = None if revert.everything else part.number
            yield DeleteBranch(revert_branch(facts.issue, number, revert.batch, revert.slice.key))
        if (
            revert.reverted_by_branch
            and revert.reverted_by is not None
            and revert.reverted_by.state != "open"
        ):
            yield DeleteBranch(revert_of_revert_branch(facts.issue, revert.pull.number))


def _is_regenerated(facts: Facts, phase: PhaseStatus) -> bool:
    """What it was built from has changed, or its next files are to be tried."""
    return not phase.facts.failure and (bool(phase.facts.outdated_reason) or should_try_next(facts, phase))


def _may_start(facts: Facts, phase: PhaseStatus, label: str) -> bool:
    return (not phase.gate and phase.facts.remaining.automatic > 0) or _is_added_by_drover(facts, label)


def _is_added_by_drover(facts: Facts, label: str) -> bool:
    """Added for somebody who may start the phase past its gate."""
    label_change = facts.label_changes.get(label)
    return label_change is not None and label_change.added and label_change.by.is_drover


def _outdated_label(facts: Facts, phase: PhaseStatus, label: str) -> Iterator[Action]:
    """The phase ended after its label was added: it is removed, so that it can be added again."""
    label_change = facts.label_changes.get(label)
    if label_change is not None and label_change.added and is_answered(label_change, phase.facts):
        yield RemoveLabel(label)


def orphan_actions(facts: Facts) -> Iterator[Action]:
    for one in facts.orphaned_phases:
        if one.pull is not None and one.pull.state == "open":
            yield ClosePhase(one.phase.number, one.obsolete_reason, (one.slice,))
        else:
            yield DeleteBranch(phase_branch(facts.issue, one.phase.number, one.slice.key))


def advance(facts: Facts, status: Status) -> Iterator[Action]:
    """Start the next phase by itself, where the plan says so."""
    if not isinstance(facts.plan, Plan) or facts.plan.advance != "automatic":
        return
    begun = any(phase.state in (State.OPEN, State.STARTING, State.MERGED) for phase in status.phases)
    busy = any(
        phase.state in (State.OPEN, State.STARTING, State.FAILED, State.REVERTED) for phase in status.phases
    )
    ready = next((phase for phase in status.phases if phase.state is State.READY), None)
    if begun and not busy and ready is not None:
        yield AddLabel(label_of(ready.number))
        yield PublishPhase(ready.number, slices=slices_to_publish(ready))
