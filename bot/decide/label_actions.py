"""What the labels on the issue lead to: what people added or removed last. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bot.decide.actions import Action, AddLabel, Answer, ClosePhase, Reason, RemoveLabel, Reopen, RunAudit
from bot.decide.answer_limits import limit_reached
from bot.decide.facts import Actor, Facts, LabelChange
from bot.decide.request_actions import phase_range, slices_in, why_no_plan
from bot.decide.requests import UserRequest, Verb, phase_of_label
from bot.decide.status import ADOPT, AUDIT, PAUSED, PhaseStatus, State, Status, is_answered
from bot.plan.plan import Plan


def contested_labels(facts: Facts, _status: Status) -> Iterator[Action]:
    """Put the label back, or take it off."""
    for one in facts.contested_labels:
        yield from _say_refused(facts, one, _denial(one.by))
        yield RemoveLabel(one.label) if one.added else AddLabel(one.label)


def contested_closings(facts: Facts, _status: Status) -> Iterator[Action]:
    """Reopen what somebody closed who can't write."""
    for one in facts.closings:
        if not one.by.may_become_known:
            request = UserRequest(
                "close",
                id=f"close-{one.event_id}",
                by=one.by.login,
                at=one.at,
                source="label",
                where=one.number,
            )
            yield from _refused_once(facts, request, one.by, _denial(one.by))
            yield Reopen(one.number)


def label_actions(facts: Facts, status: Status) -> Iterator[Action]:
    """A label whose request is refused is removed again."""
    for label_change in sorted(facts.label_changes.values(), key=lambda one: (one.at, one.event_id)):
        on = label_change.label in facts.labels
        if label_change.added != on:
            continue
        if label_change.by.may_become_known:
            continue
        if label_change.label == AUDIT and on:
            yield from _audit_label(facts, label_change)
        elif (number := phase_of_label(label_change.label)) is not None:
            yield from _phase_label(facts, status, label_change, number, on)


def _denial(by: Actor) -> Reason:
    return "permission unknown" if by.is_unknown else "may not"


def _phase_label(
    facts: Facts, status: Status, label_change: LabelChange, number: int, on: bool
) -> Iterator[Action]:
    phase = status.phase(number)
    if not on:
        if phase is not None and phase.state is State.OPEN:
            yield from _removed_label(facts, label_change, phase)
        return
    if label_change.by.is_drover or not _asks_for_start(facts, phase, number, label_change):
        return
    if not label_change.by.may_write:
        yield from _refuse_label(facts, label_change, _denial(label_change.by))
    elif not isinstance(facts.plan, Plan):
        yield from _refuse_label(facts, label_change, why_no_plan(facts))
    elif phase is None:
        yield from _refuse_label(facts, label_change, "no such phase", phase_range(status))
    elif phase.state is State.STARTING:
        if phase.gate:
            yield from _refuse_label(facts, label_change, "gate", phase.gate)
        elif phase.facts.remaining.automatic == 0:
            yield from _refuse_label(facts, label_change, "nothing to do")


def _asks_for_start(facts: Facts, phase: PhaseStatus | None, number: int, label_change: LabelChange) -> bool:
    """Whether no pull request has answered the label yet: what was allowed once stays."""
    if phase is None:
        return number not in facts.published_phases
    return phase.state is not State.OPEN and not is_answered(label_change, phase.facts)


def _removed_label(facts: Facts, label_change: LabelChange, phase: PhaseStatus) -> Iterator[Action]:
    if any(part.facts.reopened > label_change.moment for part in phase.parts):
        yield AddLabel(label_change.label)
        return
    if label_change.by.is_drover:
        return
    if label_change.by.may_write:
        why = f"@{label_change.by.login} removed the label `{label_change.label}`"
        yield ClosePhase(phase.number, why, slices_in(phase, State.OPEN))
        return
    yield AddLabel(label_change.label)
    yield from _say_refused(facts, label_change, _denial(label_change.by))


def _refuse_label(facts: Facts, label_change: LabelChange, why: Reason, about: str = "") -> Iterator[Action]:
    yield from _say_refused(facts, label_change, why, about)
    yield RemoveLabel(label_change.label)


def _say_refused(facts: Facts, label_change: LabelChange, why: Reason, about: str = "") -> Iterator[Action]:
    """Once, and not if somebody who can't write has had enough answers."""
    yield from _refused_once(facts, _label_request(facts, label_change), label_change.by, why, about)


def _refused_once(
    facts: Facts, request: UserRequest, by: Actor, why: Reason, about: str = ""
) -> Iterator[Action]:
    silent = not by.could_write and limit_reached(facts.given_answers, by.login, request.at)
    if request.id not in facts.answered_ids and not silent:
        yield Answer(request, "refused", why, about)


def _audit_label(facts: Facts, label_change: LabelChange) -> Iterator[Action]:
    if not label_change.by.may_write:
        yield from _refuse_label(facts, label_change, _denial(label_change.by))
        return
    request = _label_request(facts, label_change)
    if request.id not in facts.answered_ids:
        yield RunAudit(request)
    yield RemoveLabel(label_change.label)


_VERBS: Mapping[tuple[str, bool], Verb] = {
    (AUDIT, True): "audit",
    (PAUSED, True): "pause",
    (PAUSED, False): "resume",
    (ADOPT, True): "adopt",
    (ADOPT, False): "drop",
}
"""By the label, and whether it was added."""


def _label_request(facts: Facts, label_change: LabelChange) -> UserRequest:
    number = phase_of_label(label_change.label)
    return UserRequest(
        "start" if number is not None else _VERBS[label_change.label, label_change.added],
        phase=number,
        id=f"label-{label_change.event_id}",
        by=label_change.by.login,
        at=label_change.at,
        source="label",
        where=facts.issue,
    )
