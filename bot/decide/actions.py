"""Status → what to do next: a list of actions, each safe to repeat. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from bot.decide.facts import Asked, Facts, Gesture, Pull, Undoing
from bot.decide.forcing import Forced
from bot.decide.intents import READS, Intent, phase_of_label
from bot.decide.names import back_branch, phase_branch, revert_branch
from bot.decide.phases import matcher
from bot.decide.plan import Plan
from bot.decide.remedies import Remedy, remedies, runs_again, tries_next
from bot.decide.slices import WHOLE, Slice
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

Ending = Literal["done", "refused", "failed"]


@dataclass(frozen=True)
class EnsureLabels:
    names: tuple[str, ...]


@dataclass(frozen=True)
class PutLabel:
    name: str


@dataclass(frozen=True)
class TakeLabel:
    name: str


@dataclass(frozen=True)
class Answer:
    """The visible end of an intent. `why` names the sentence; `messages.py` writes it."""

    intent: Intent
    ending: Ending
    why: str
    about: str = ""
    number: int | None = None


@dataclass(frozen=True)
class Publish:
    """Makes the phase's branch and its one pull request, or those of its slices, or brings them up to date."""

    phase: int
    discard: bool = False
    intent: Intent | None = None
    """Who asked: answered as soon as it is done or has failed."""
    slices: tuple[Slice, ...] = (WHOLE,)


@dataclass(frozen=True)
class Withdraw:
    """Closes the phase's pull request, or those of its slices, and deletes its branch."""

    phase: int
    why: str
    slices: tuple[Slice, ...] = (WHOLE,)


@dataclass(frozen=True)
class DropBranch:
    """A branch of ours that nothing needs any more."""

    name: str


@dataclass(frozen=True)
class Undo:
    """Opens the pull request that takes back a phase, a batch of it, or everything."""

    phase: int | None
    batch: int | None = None
    intent: Intent | None = None
    evidence: str = ""
    slice: Slice | None = None
    """None: all of the phase."""
    of: Pull | None = None
    """The merged pull request that took it back, where that is what is taken back."""


@dataclass(frozen=True)
class Finish:
    """The final report, and the issue closed."""


@dataclass(frozen=True)
class Propose:
    """Opens the pull request that adds the proposed plan as a file."""

    intent: Intent


@dataclass(frozen=True)
class TellNew:
    """Names the new uses that came to the default branch since a commit that was counted."""

    since: str


@dataclass(frozen=True)
class Reopen:
    """A reference came back after the end."""


@dataclass(frozen=True)
class Audit:
    intent: Intent


Action = (
    EnsureLabels
    | PutLabel
    | TakeLabel
    | Answer
    | Publish
    | Withdraw
    | DropBranch
    | Undo
    | Finish
    | Reopen
    | Propose
    | TellNew
    | Audit
    | Forced
    | Remedy
)


def next_actions(facts: Facts, status: Status) -> tuple[Action, ...]:
    """1. missing labels  2. gestures on labels  3. what people asked  4. what the phases need  5. the end."""
    if not facts.adopted or status.overall is Overall.ARCHIVED:
        return ()
    actions: list[Action] = []
    actions += _labels(facts, status)
    actions += _gestures(facts, status)
    for asked in facts.asked:
        actions += _asked(facts, status, asked)
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
        yield from _refuse_label(facts, gesture, "no such phase", _counted(status))
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


def _counted(status: Status) -> str:
    return f"1 to {len(status.phases)}" if status.phases else ""


def _asked(facts: Facts, status: Status, asked: Asked) -> Iterator[Action]:
    """One intent → one end. The order of the questions is the order in which a person would ask them."""
    intent, person = asked.intent, asked.person
    phase = status.phase(intent.phase)
    if intent.verb == "unknown":
        yield _unknown(facts, intent)
    elif intent.verb in ("help", "status"):
        yield Answer(intent, "done", intent.verb)
    elif intent.verb not in READS and not person.may_write:
        yield Answer(intent, "refused", "may not")
    elif intent.verb == "audit":
        yield Audit(intent)
    elif intent.verb == "resume":
        yield from _resume(facts, intent)
    elif intent.verb == "pause":
        yield PutLabel(PAUSED)
        yield Answer(intent, "done", "paused")
    elif intent.verb == "plan":
        yield Propose(intent)
    elif not isinstance(facts.plan, Plan):
        yield Answer(intent, "refused", "no plan")
    elif intent.verb == "skip":
        yield _skip(facts, intent)
    elif status.overall is Overall.PAUSED:
        yield Answer(intent, "refused", "paused")
    elif intent.phase is not None and phase is None:
        yield Answer(intent, "refused", "no such phase", _counted(status))
    elif phase is not None:
        yield from _of_phase(facts, phase, asked)
    elif intent.verb == "revert" and intent.everything:
        yield from _revert_all(status, intent)
    else:
        yield Answer(intent, "refused", "not yet", intent.verb)


def _unknown(facts: Facts, intent: Intent) -> Answer:
    if intent.problem == "elsewhere":
        return Answer(intent, "refused", "elsewhere", number=facts.issue)
    return Answer(
        intent, "refused", "edited" if intent.problem == "edited" else "not understood", intent.problem
    )


def _skip(facts: Facts, intent: Intent) -> Answer:
    """The comment itself is what is heeded from then on: here it is only answered."""
    if intent.where != facts.issue:
        return Answer(intent, "refused", "skip elsewhere")
    has = [pattern for pattern in intent.paths if any(map(matcher((pattern,)), facts.files))]
    lacking = [pattern for pattern in intent.paths if pattern not in has]
    if lacking:
        return Answer(intent, "refused", "skips nothing", ", ".join(lacking))
    return Answer(intent, "done", "skipped", ", ".join(has))


def _resume(facts: Facts, intent: Intent) -> Iterator[Action]:
    if PAUSED in facts.labels:
        yield TakeLabel(PAUSED)
        yield Answer(intent, "done", "resumed")
    else:
        yield Answer(intent, "done", "not paused")


def _of_phase(facts: Facts, phase: PhaseStatus, asked: Asked) -> Iterator[Action]:
    match asked.intent.verb:
        case "start" | "retry":
            yield from _start(phase, asked)
        case "cancel":
            yield from _cancel(facts, phase, asked.intent)
        case "regenerate":
            yield from _regenerate(phase, asked.intent)
        case "revert":
            yield from _revert(phase, asked.intent)
        case "rerun":
            yield from _rerun(facts, phase, asked.intent)
        case _:
            yield Answer(asked.intent, "refused", "not yet", asked.intent.verb)


def _rerun(facts: Facts, phase: PhaseStatus, intent: Intent) -> Iterator[Action]:
    again = [one for part in phase.parts for one in runs_again(facts, part)]
    yield from again
    yield Answer(intent, "done", "run again") if again else Answer(intent, "refused", "nothing to run")


def slices_in(phase: PhaseStatus, *states: State) -> tuple[Slice, ...]:
    return tuple(part.facts.slice for part in phase.parts if part.state in states)


def pulls_in(phase: PhaseStatus, state: State) -> tuple[Pull, ...]:
    return tuple(part.pull for part in phase.parts if part.state is state and part.pull is not None)


def _to_make(phase: PhaseStatus) -> tuple[Slice, ...]:
    """What an asking for the phase would make: all of it that is not there and has something left."""
    if not phase.slices:
        return (WHOLE,)
    made = [part for part in phase.slices if part.state is not State.OPEN and part.facts.left.sites]
    return tuple(part.facts.slice for part in made if not part.facts.stray)


def _start(phase: PhaseStatus, asked: Asked) -> Iterator[Action]:
    intent = asked.intent
    there = pulls_in(phase, State.OPEN)
    if there and (not phase.slices or not _to_make(phase)):
        yield Answer(intent, "done", "open", _others(there), there[0].number)
    elif phase.facts.left.sites == 0:
        yield Answer(intent, "refused", "nothing to do")
    elif phase.gate and not intent.force:
        yield Answer(intent, "refused", "gate", phase.gate)
    elif phase.gate and not asked.person.may_maintain:
        yield Answer(intent, "refused", "may not force", phase.gate)
    else:
        if phase.gate:
            yield Forced(phase.number, intent.by, phase.gate)
        yield PutLabel(label_of(phase.number))
        yield Publish(phase.number, intent=intent, slices=_to_make(phase))


def _others(pulls: Sequence[Pull]) -> str:
    """Besides the first."""
    return ", ".join(f"#{pull.number}" for pull in pulls[1:])


def _cancel(facts: Facts, phase: PhaseStatus, intent: Intent) -> Iterator[Action]:
    label = label_of(phase.number)
    if label in facts.labels:
        yield TakeLabel(label)
    if phase.state is State.OPEN:
        yield Withdraw(phase.number, f"@{intent.by} cancelled the phase", slices_in(phase, State.OPEN))
    starting = label in facts.labels and phase.state in (State.STARTING, State.FAILED)
    if phase.state is State.OPEN or starting or _closed_since(phase, intent):
        yield Answer(intent, "done", "cancelled")
    else:
        yield Answer(intent, "refused", "not open")


def _closed_since(phase: PhaseStatus, intent: Intent) -> bool:
    """A kill between the closing and the answer: what was asked for is done."""
    pulls = (part.pull for part in phase.parts if part.pull is not None)
    return any(pull.state == "closed" and (pull.ended or 0) >= intent.at for pull in pulls)


def _regenerate(phase: PhaseStatus, intent: Intent) -> Iterator[Action]:
    if phase.state is not State.OPEN:
        yield Answer(intent, "refused", "not open")
        return
    here = [part for part in phase.parts if part.pull and part.pull.number == intent.where]
    open_ones = (here[0].facts.slice,) if here else slices_in(phase, State.OPEN)
    yield Publish(phase.number, intent.discard, intent, open_ones)


def _batches(numbers: Sequence[int]) -> str:
    if not numbers:
        return "no batches"
    return f"batches {numbers[0]} to {numbers[-1]}" if len(numbers) > 1 else f"batch {numbers[0]} alone"


def _taking_back(phase: PhaseStatus, number: int) -> Undoing | None:
    """The pull request of that number, where it takes the phase back, or something of it."""
    return next(
        (one for part in phase.parts for one in part.facts.undoing if one.pull.number == number), None
    )


def _put_back(phase: PhaseStatus, undoing: Undoing, intent: Intent) -> Action:
    """Asked for on the pull request that took it back: a revert of the revert."""
    back = undoing.back
    if undoing.pull.state != "merged":
        return Answer(intent, "refused", "taken back not", number=undoing.pull.number)
    if back is not None and back.state == "open":
        return Answer(intent, "done", "putting back", number=back.number)
    if undoing.batch is None and phase.state is State.MERGED:
        return Answer(intent, "refused", "there again")
    return Undo(None if undoing.everything else phase.number, undoing.batch, intent, of=undoing.pull)


def _revert(phase: PhaseStatus, intent: Intent) -> Iterator[Action]:
    if (own := _taking_back(phase, intent.where)) is not None:
        yield _put_back(phase, own, intent)
        return
    if intent.batch is not None and phase.slices:
        yield from _revert_batch_of_slice(phase, intent)
        return
    numbers = [batch.number for batch in phase.facts.batches]
    if intent.batch is not None and phase.state is State.MERGED and intent.batch not in numbers:
        yield Answer(intent, "refused", "no such batch", _batches(numbers))
        return
    undoing = (one for part in (phase.facts, *phase.facts.slices) for one in part.undoing)
    whole = (one for one in undoing if one.batch == intent.batch and one.slice == WHOLE)
    yield _undo(next((one.pull for one in whole if one.pull.state == "open"), None), phase, intent, None)


def _undo(open_one: Pull | None, phase: PhaseStatus, intent: Intent, one: Slice | None) -> Action:
    if open_one is not None:
        return Answer(intent, "done", "reverting", number=open_one.number)
    if not any(part.state is State.MERGED for part in phase.parts):
        return Answer(intent, "refused", "not merged")
    return Undo(phase.number, intent.batch, intent, slice=one)


def _revert_batch_of_slice(phase: PhaseStatus, intent: Intent) -> Iterator[Action]:
    """Each slice counts its batches from 1: which one is meant its pull request says, or that no other has as many."""
    having = [part for part in phase.slices if any(one.number == intent.batch for one in part.facts.batches)]
    meant = [part for part in having if part.pull and part.pull.number == intent.where] or having
    if len(meant) > 1:
        yield Answer(intent, "refused", "which slice")
    elif not meant:
        yield Answer(intent, "refused", "not merged")
    else:
        undoing = (one for one in meant[0].facts.undoing if one.batch == intent.batch)
        open_one = next((one.pull for one in undoing if one.pull.state == "open"), None)
        yield _undo(open_one, meant[0], intent, meant[0].facts.slice)


def _revert_all(status: Status, intent: Intent) -> Iterator[Action]:
    for part in status.parts:
        if (own := _taking_back(part, intent.where)) is not None and own.everything:
            yield _put_back(part, own, intent)
            return
    undoing = (one for part in status.parts for one in part.facts.undoing)
    open_one = next((one.pull for one in undoing if one.everything and one.pull.state == "open"), None)
    if open_one is not None:
        yield Answer(intent, "done", "reverting", number=open_one.number)
    elif any(part.state is State.MERGED for part in status.parts):
        yield Undo(None, None, intent)
    else:
        yield Answer(intent, "refused", "not merged")


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
        yield Publish(ready.number, slices=_to_make(ready))
