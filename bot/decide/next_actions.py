"""Status → what to do next: a list of actions, each safe to repeat. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from bot.decide.actions import (
    Action,
    Answer,
    Audit,
    DropBranch,
    EnsureLabels,
    Finish,
    Publish,
    PutLabel,
    Reopen,
    TakeLabel,
    TellNew,
    Withdraw,
)
from bot.decide.facts import Facts, Gesture
from bot.decide.remedies import remedies, tries_next
from bot.decide.requested_actions import asked_for, counted_phases, slices_in, to_make
from bot.decide.requests import Intent, phase_of_label
from bot.decide.status import (
    ADOPT,
    AUDIT,
    PAUSED,
    Overall,
    PhaseStatus,
    State,
    Status,
    came_back,
    label_of,
    settled_at,
)
from bot.plan.branch_names import back_branch, phase_branch, revert_branch
from bot.plan.plan import Plan


def next_actions(facts: Facts, status: Status) -> tuple[Action, ...]:
    """1. missing labels  2. gestures on labels  3. what people asked  4. what the phases need  5. the end."""
    if not facts.adopted or status.overall is Overall.ARCHIVED:
        return ()
    actions: list[Action] = []
    actions += _labels(facts, status)
    actions += _gestures(facts, status)
    for asked in facts.asked:
        actions += asked_for(facts, status, asked)
    if status.overall is not Overall.PAUSED and facts.open:
        for phase in status.phases:
            actions += _phase(facts, phase)
            for part in phase.parts:
                actions += _part(facts, part)
                actions += remedies(facts, part)
        actions += _orphans(facts)
        actions += _advance(facts, status)
    if facts.counted_before and not facts.told_new and status.overall is not Overall.PAUSED:
        actions.append(TellNew(facts.counted_before))
    if status.overall is Overall.FINISHED and facts.open:
        actions.append(Finish())
    if came_back(facts):
        actions.append(Reopen())
    return tuple(dict.fromkeys(one for one in actions if not _loses(facts, one)))


def _loses(facts: Facts, action: Action) -> bool:
    """A branch that holds somebody's commits which nothing else has stays."""
    return isinstance(action, DropBranch) and action.name in facts.loose


def _labels(facts: Facts, status: Status) -> Iterator[Action]:
    wanted = [ADOPT, AUDIT, PAUSED, *(label_of(phase.number) for phase in status.phases)]
    if facts.missing_labels and any(name in facts.missing_labels for name in wanted):
        yield EnsureLabels(tuple(wanted))


def _gestures(facts: Facts, status: Status) -> Iterator[Action]:
    """What labels say: a phase that can't start is refused and its label taken off again."""
    for gesture in sorted(facts.gestures.values(), key=lambda one: (one.at, one.event)):
        on = gesture.label in facts.labels
        if gesture.on != on:
            continue
        if on and gesture.label == PAUSED and not gesture.by.may_write:
            yield from _refuse_label(facts, gesture, "may not")
        elif gesture.label == AUDIT and on:
            yield from _audit_label(facts, gesture)
        elif (number := phase_of_label(gesture.label)) is not None:
            yield from _phase_label(facts, status, gesture, number, on)


def _phase_label(facts: Facts, status: Status, gesture: Gesture, number: int, on: bool) -> Iterator[Action]:
    phase = status.phase(number)
    if not on:
        if phase is not None and phase.state is State.OPEN:
            yield from _unlabelled(facts, gesture, phase)
        return
    if gesture.by.ourselves:
        return
    if not gesture.by.may_write:
        yield from _refuse_label(facts, gesture, "may not")
    elif not isinstance(facts.plan, Plan):
        yield from _refuse_label(facts, gesture, "no plan")
    elif phase is None:
        yield from _refuse_label(facts, gesture, "no such phase", counted_phases(status))
    elif phase.state is State.STARTING:
        if phase.gate:
            yield from _refuse_label(facts, gesture, "gate", phase.gate)
        elif phase.facts.left.sites == 0:
            yield from _refuse_label(facts, gesture, "nothing to do")


def _unlabelled(facts: Facts, gesture: Gesture, phase: PhaseStatus) -> Iterator[Action]:
    if any(part.facts.reopened >= gesture.at for part in phase.parts):
        yield PutLabel(gesture.label)
        return
    if gesture.by.may_write:
        why = f"@{gesture.by.login} took the label `{gesture.label}` off"
        yield Withdraw(phase.number, why, slices_in(phase, State.OPEN))
        return
    intent = _label_intent(facts, gesture)
    yield PutLabel(gesture.label)
    if intent.id not in facts.answered:
        yield Answer(intent, "refused", "may not")


def _refuse_label(facts: Facts, gesture: Gesture, why: str, about: str = "") -> Iterator[Action]:
    intent = _label_intent(facts, gesture)
    if intent.id not in facts.answered:
        yield Answer(intent, "refused", why, about)
    yield TakeLabel(gesture.label)


def _audit_label(facts: Facts, gesture: Gesture) -> Iterator[Action]:
    if not gesture.by.may_write:
        yield from _refuse_label(facts, gesture, "may not")
        return
    intent = _label_intent(facts, gesture)
    if intent.id not in facts.answered:
        yield Audit(intent)
    yield TakeLabel(gesture.label)


def _label_intent(facts: Facts, gesture: Gesture) -> Intent:
    number = phase_of_label(gesture.label)
    verb: Literal["start", "audit", "pause"] = (
        "start" if number is not None else "audit" if gesture.label == AUDIT else "pause"
    )
    return Intent(
        f"label-{gesture.event}", verb, gesture.by.login, gesture.at, "label", facts.issue, phase=number
    )


def _phase(facts: Facts, phase: PhaseStatus) -> Iterator[Action]:
    """What becomes of its label; its parts each see to themselves."""
    label = label_of(phase.number)
    on = label in facts.labels
    if phase.state is State.OPEN and not on and label not in facts.gestures:
        yield PutLabel(label)
    elif phase.state in (State.REVERTED, State.READY, State.WAITING) and on:
        yield from _label_left_over(facts, phase, label)
    elif phase.state is State.MERGED and phase.slices and on:
        yield TakeLabel(label)


def _part(facts: Facts, part: PhaseStatus) -> Iterator[Action]:
    label, one = label_of(part.number), part.facts.slice
    if part.state is State.STARTING and _may_start(facts, part, label):
        yield Publish(part.number, slices=(one,))
    elif part.state is State.OPEN and part.facts.stray:
        yield Withdraw(part.number, part.facts.stray, (one,))
    elif part.state is State.OPEN and _made_again(facts, part):
        yield Publish(part.number, slices=(one,))
    if part.state is not State.OPEN and part.state is not State.STARTING and part.facts.branch:
        yield DropBranch(phase_branch(facts.issue, part.number, one.key))
    for undoing in part.facts.undoing:
        if undoing.branch and undoing.pull.state != "open":
            number = None if undoing.everything else part.number
            yield DropBranch(revert_branch(facts.issue, number, undoing.batch, undoing.slice.key))
        if undoing.back_branch and undoing.back is not None and undoing.back.state != "open":
            yield DropBranch(back_branch(facts.issue, undoing.pull.number))


def _orphans(facts: Facts) -> Iterator[Action]:
    for one in facts.orphans:
        if one.pull is not None and one.pull.state == "open":
            yield Withdraw(one.phase.number, one.stray, (one.slice,))
        else:
            yield DropBranch(phase_branch(facts.issue, one.phase.number, one.slice.key))


def _made_again(facts: Facts, phase: PhaseStatus) -> bool:
    """What it was made from has changed, or the next of its files are to be tried."""
    return not phase.facts.trouble and (bool(phase.facts.outdated) or tries_next(facts, phase))


def _may_start(facts: Facts, phase: PhaseStatus, label: str) -> bool:
    return (not phase.gate and phase.facts.left.sites > 0) or _by_us(facts, label)


def _by_us(facts: Facts, label: str) -> bool:
    """A label that we put on, for somebody who might start the phase in spite of its gate."""
    gesture = facts.gestures.get(label)
    return gesture is not None and gesture.on and gesture.by.ourselves


def _label_left_over(facts: Facts, phase: PhaseStatus, label: str) -> Iterator[Action]:
    """The phase came to an end after the label was put on: off with it, so that it can be put on again."""
    gesture = facts.gestures.get(label)
    if gesture is not None and gesture.on and gesture.at < settled_at(phase.facts):
        yield TakeLabel(label)


def _advance(facts: Facts, status: Status) -> Iterator[Action]:
    if not isinstance(facts.plan, Plan) or facts.plan.advance != "automatic":
        return
    begun = any(phase.state in (State.OPEN, State.STARTING, State.MERGED) for phase in status.phases)
    busy = any(
        phase.state in (State.OPEN, State.STARTING, State.FAILED, State.REVERTED) for phase in status.phases
    )
    ready = next((phase for phase in status.phases if phase.state is State.READY), None)
    if begun and not busy and ready is not None:
        yield PutLabel(label_of(ready.number))
        yield Publish(ready.number, slices=to_make(ready))
