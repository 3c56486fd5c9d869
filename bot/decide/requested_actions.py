"""What a person asked for → what to do: one intent, one visible end. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.decide.actions import Action, Answer, Audit, Propose, Publish, PutLabel, TakeLabel, Undo, Withdraw
from bot.decide.facts import Asked, Facts, Pull, Undoing
from bot.decide.forcing import Forced
from bot.decide.remedies import runs_again
from bot.decide.requests import READS, Intent
from bot.decide.status import (
    PAUSED,
    Overall,
    PhaseStatus,
    State,
    Status,
    label_of,
)
from bot.plan.phase_files import matcher
from bot.plan.plan import Plan
from bot.plan.slices import WHOLE, Slice


def counted_phases(status: Status) -> str:
    return f"1 to {len(status.phases)}" if status.phases else ""


def asked_for(facts: Facts, status: Status, asked: Asked) -> Iterator[Action]:
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
        yield Answer(intent, "refused", "no such phase", counted_phases(status))
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


def to_make(phase: PhaseStatus) -> tuple[Slice, ...]:
    """What an asking for the phase would make: all of it that is not there and has something left."""
    if not phase.slices:
        return (WHOLE,)
    made = [part for part in phase.slices if part.state is not State.OPEN and part.facts.left.sites]
    return tuple(part.facts.slice for part in made if not part.facts.stray)


def _start(phase: PhaseStatus, asked: Asked) -> Iterator[Action]:
    intent = asked.intent
    there = pulls_in(phase, State.OPEN)
    if there and (not phase.slices or not to_make(phase)):
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
        yield Publish(phase.number, intent=intent, slices=to_make(phase))


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
