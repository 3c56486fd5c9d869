"""Status → what to do next: a list of actions, each safe to repeat. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from bot.decide.actions import (
    Action,
    AddLabel,
    Answer,
    ClosePhase,
    DeleteBranch,
    EnsureLabels,
    FinishMigration,
    PublishPhase,
    Reason,
    RemoveLabel,
    ReopenIssue,
    ReportNewUses,
    RunAudit,
)
from bot.decide.facts import PERMISSION_PATIENCE, Facts, LabelChange
from bot.decide.remedies import automatic_actions, should_try_next
from bot.decide.requested_actions import phase_range, request_actions, slices_in, slices_to_publish
from bot.decide.requests import UserRequest, phase_of_label
from bot.decide.status import (
    ADOPT,
    AUDIT,
    PAUSED,
    Overall,
    PhaseStatus,
    State,
    Status,
    ended_at,
    label_of,
    references_returned,
)
from bot.plan.branch_names import phase_branch, revert_branch, revert_of_revert_branch
from bot.plan.plan import Plan


def next_actions(facts: Facts, status: Status) -> tuple[Action, ...]:
    """1. missing labels  2. gestures on labels  3. what people asked  4. what the phases need  5. the end."""
    if not facts.adopted or status.overall is Overall.ARCHIVED:
        return ()
    actions: list[Action] = []
    actions += _labels(facts, status)
    actions += _label_changes(facts, status)
    for asked in facts.pending_requests:
        actions += request_actions(facts, status, asked)
    if status.overall is not Overall.PAUSED and facts.open:
        for phase in status.phases:
            actions += _phase(facts, phase)
            for part in phase.parts:
                actions += _part(facts, part)
                actions += automatic_actions(facts, part)
        actions += _orphans(facts)
        actions += _advance(facts, status)
    if facts.last_counted_commit and not facts.new_uses_reported and status.overall is not Overall.PAUSED:
        actions.append(ReportNewUses(facts.last_counted_commit))
    if status.overall is Overall.FINISHED and facts.open:
        actions.append(FinishMigration())
    if references_returned(facts):
        actions.append(ReopenIssue())
    return tuple(dict.fromkeys(one for one in actions if not _loses(facts, one)))


def _loses(facts: Facts, action: Action) -> bool:
    """A branch that holds somebody's commits which nothing else has stays."""
    return isinstance(action, DeleteBranch) and action.name in facts.branches_to_keep


def _labels(facts: Facts, status: Status) -> Iterator[Action]:
    wanted = [ADOPT, AUDIT, PAUSED, *(label_of(phase.number) for phase in status.phases)]
    if facts.missing_labels and any(name in facts.missing_labels for name in wanted):
        yield EnsureLabels(tuple(wanted))


def _label_changes(facts: Facts, status: Status) -> Iterator[Action]:
    """What labels say: a phase that can't start is refused and its label taken off again."""
    for label_change in sorted(facts.label_changes.values(), key=lambda one: (one.at, one.event_id)):
        on = label_change.label in facts.labels
        if label_change.added != on:
            continue
        if _is_judged_later(facts, label_change):
            continue
        if on and label_change.label == PAUSED and not label_change.by.may_write:
            yield from _refuse_label(facts, label_change, _denial(label_change))
        elif label_change.label == AUDIT and on:
            yield from _audit_label(facts, label_change)
        elif (number := phase_of_label(label_change.label)) is not None:
            yield from _phase_label(facts, status, label_change, number, on)


def _phase_label(
    facts: Facts, status: Status, label_change: LabelChange, number: int, on: bool
) -> Iterator[Action]:
    phase = status.phase(number)
    if not on:
        if phase is not None and phase.state is State.OPEN:
            yield from _unlabelled(facts, label_change, phase)
        return
    if label_change.by.is_drover or (phase is not None and not _asks_for(phase, label_change)):
        return
    if not label_change.by.may_write:
        yield from _refuse_label(facts, label_change, _denial(label_change))
    elif not isinstance(facts.plan, Plan):
        yield from _refuse_label(facts, label_change, "no plan")
    elif phase is None:
        yield from _refuse_label(facts, label_change, "no such phase", phase_range(status))
    elif phase.state is State.STARTING:
        if phase.gate:
            yield from _refuse_label(facts, label_change, "gate", phase.gate)
        elif phase.facts.remaining.automatic == 0:
            yield from _refuse_label(facts, label_change, "nothing to do")


def _is_judged_later(facts: Facts, label_change: LabelChange) -> bool:
    """GitHub did not say what the person may do: the next look asks again."""
    return label_change.by.is_unknown and facts.now - label_change.at < PERMISSION_PATIENCE


def _denial(label_change: LabelChange) -> Reason:
    return "permission unknown" if label_change.by.is_unknown else "may not"


def _asks_for(phase: PhaseStatus, label_change: LabelChange) -> bool:
    """Whether no pull request has answered the label yet: what was allowed once stays."""
    return phase.state is not State.OPEN and label_change.at >= ended_at(phase.facts)


def _unlabelled(facts: Facts, label_change: LabelChange, phase: PhaseStatus) -> Iterator[Action]:
    if any(part.facts.reopened_at >= label_change.at for part in phase.parts):
        yield AddLabel(label_change.label)
        return
    if label_change.by.is_drover:
        return
    if label_change.by.may_write:
        why = f"@{label_change.by.login} removed the label `{label_change.label}`"
        yield ClosePhase(phase.number, why, slices_in(phase, State.OPEN))
        return
    request = _label_request(facts, label_change)
    yield AddLabel(label_change.label)
    if request.id not in facts.answered_ids:
        yield Answer(request, "refused", _denial(label_change))


def _refuse_label(facts: Facts, label_change: LabelChange, why: Reason, about: str = "") -> Iterator[Action]:
    request = _label_request(facts, label_change)
    if request.id not in facts.answered_ids:
        yield Answer(request, "refused", why, about)
    yield RemoveLabel(label_change.label)


def _audit_label(facts: Facts, label_change: LabelChange) -> Iterator[Action]:
    if not label_change.by.may_write:
        yield from _refuse_label(facts, label_change, _denial(label_change))
        return
    request = _label_request(facts, label_change)
    if request.id not in facts.answered_ids:
        yield RunAudit(request)
    yield RemoveLabel(label_change.label)


def _label_request(facts: Facts, label_change: LabelChange) -> UserRequest:
    number = phase_of_label(label_change.label)
    verb: Literal["start", "audit", "pause"] = (
        "start" if number is not None else "audit" if label_change.label == AUDIT else "pause"
    )
    return UserRequest(
        f"label-{label_change.event_id}",
        verb,
        label_change.by.login,
        label_change.at,
        "label",
        facts.issue,
        phase=number,
    )


def _phase(facts: Facts, phase: PhaseStatus) -> Iterator[Action]:
    """What becomes of its label; its parts each see to themselves."""
    label = label_of(phase.number)
    on = label in facts.labels
    if phase.state is State.OPEN and not on and label not in facts.label_changes:
        yield AddLabel(label)
    elif phase.state in (State.REVERTED, State.READY, State.WAITING) and on:
        yield from _label_left_over(facts, phase, label)
    elif phase.state is State.MERGED and phase.slices and on:
        yield RemoveLabel(label)


def _part(facts: Facts, part: PhaseStatus) -> Iterator[Action]:
    label, one = label_of(part.number), part.facts.slice
    if part.state is State.STARTING and _may_start(facts, part, label):
        yield PublishPhase(part.number, slices=(one,))
    elif part.state is State.OPEN and part.facts.obsolete_reason:
        yield ClosePhase(part.number, part.facts.obsolete_reason, (one,))
    elif part.state is State.OPEN and _made_again(facts, part):
        yield PublishPhase(part.number, slices=(one,))
    if part.state is not State.OPEN and part.state is not State.STARTING and part.facts.branch:
        yield DeleteBranch(phase_branch(facts.issue, part.number, one.key))
    for undoing in part.facts.reverts:
        if undoing.branch and undoing.pull.state != "open":
            number = None if undoing.everything else part.number
            yield DeleteBranch(revert_branch(facts.issue, number, undoing.batch, undoing.slice.key))
        if (
            undoing.reverted_by_branch
            and undoing.reverted_by is not None
            and undoing.reverted_by.state != "open"
        ):
            yield DeleteBranch(revert_of_revert_branch(facts.issue, undoing.pull.number))


def _orphans(facts: Facts) -> Iterator[Action]:
    for one in facts.orphaned_phases:
        if one.pull is not None and one.pull.state == "open":
            yield ClosePhase(one.phase.number, one.obsolete_reason, (one.slice,))
        else:
            yield DeleteBranch(phase_branch(facts.issue, one.phase.number, one.slice.key))


def _made_again(facts: Facts, phase: PhaseStatus) -> bool:
    """What it was made from has changed, or the next of its files are to be tried."""
    return not phase.facts.failure and (bool(phase.facts.outdated_reason) or should_try_next(facts, phase))


def _may_start(facts: Facts, phase: PhaseStatus, label: str) -> bool:
    return (not phase.gate and phase.facts.remaining.automatic > 0) or _by_us(facts, label)


def _by_us(facts: Facts, label: str) -> bool:
    """A label that we put on, for somebody who might start the phase in spite of its gate."""
    label_change = facts.label_changes.get(label)
    return label_change is not None and label_change.added and label_change.by.is_drover


def _label_left_over(facts: Facts, phase: PhaseStatus, label: str) -> Iterator[Action]:
    """The phase came to an end after the label was put on: off with it, so that it can be put on again."""
    label_change = facts.label_changes.get(label)
    if label_change is not None and label_change.added and label_change.at < ended_at(phase.facts):
        yield RemoveLabel(label)


def _advance(facts: Facts, status: Status) -> Iterator[Action]:
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
