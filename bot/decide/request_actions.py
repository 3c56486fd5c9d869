"""What a person asked for → what to do: each request has one visible end. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from bot.decide.actions import (
    Action,
    AddLabel,
    Answer,
    ApprovePlan,
    ClosePhase,
    OpenRevert,
    ProposePlan,
    PublishPhase,
    Reason,
    RemoveLabel,
    RunAudit,
    VerifyBranch,
)
from bot.decide.automatic_actions import commands_on_request, reruns_on_request
from bot.decide.facts import Facts, PendingRequest, PlanProblem, Pull, RevertPull
from bot.decide.forced_start import ForcedStart
from bot.decide.requests import READ_ONLY_VERBS, UserRequest
from bot.decide.status import (
    PAUSED,
    Overall,
    PhaseStatus,
    State,
    Status,
    label_of,
)
from bot.markers.hidden import PlanApproval
from bot.plan.phase_files import matcher
from bot.plan.plan import Plan
from bot.plan.slices import WHOLE_PHASE, Slice


def phase_range(status: Status) -> str:
    return f"1 to {len(status.phases)}" if status.phases else ""


def request_actions(facts: Facts, status: Status, pending: PendingRequest) -> Iterator[Action]:
    """One request → one outcome. Conditions are checked in the order in which a person would ask about them."""
    request, actor = pending.request, pending.actor
    phase = status.phase(request.phase)
    if request.verb == "unknown":
        yield _unknown(facts, request)
    elif request.verb in ("help", "status"):
        yield Answer(request, "done", request.verb)
    elif request.verb not in READ_ONLY_VERBS and actor.is_unknown:
        if not actor.may_become_known:
            yield Answer(request, "refused", "permission unknown")
    elif request.verb not in READ_ONLY_VERBS and not actor.may_write:
        yield Answer(request, "refused", "may not")
    elif request.verb == "audit":
        yield RunAudit(request)
    elif request.verb == "resume":
        yield from _resume(facts, request)
    elif request.verb == "pause":
        yield AddLabel(PAUSED)
        yield Answer(request, "done", "paused")
    elif request.verb == "plan":
        yield ProposePlan(request)
    elif request.verb == "approve":
        yield _approve(facts, request)
    elif not isinstance(facts.plan, Plan):
        yield Answer(request, "refused", why_no_plan(facts))
    elif request.verb == "skip":
        yield _skip(facts, request)
    elif status.overall is Overall.PAUSED:
        yield Answer(request, "refused", "paused")
    elif request.phase is not None and phase is None:
        yield Answer(request, "refused", "no such phase", phase_range(status))
    elif phase is not None:
        yield from _phase_request(facts, phase, pending)
    elif request.verb == "revert" and request.everything:
        yield from _revert_all(status, request)
    else:
        yield Answer(request, "refused", "unsupported", request.verb)


def _unknown(facts: Facts, request: UserRequest) -> Answer:
    if request.problem == "elsewhere":
        return Answer(request, "refused", "elsewhere", number=facts.issue)
    why: Mapping[str, Reason] = {"edited": "edited", "too many": "too many"}
    return Answer(request, "refused", why.get(request.problem, "not understood"), request.problem)


def why_no_plan(facts: Facts) -> Reason:
    return "not approved" if facts.plan_origin.unapproved is not None else "no plan"


def _approve(facts: Facts, request: UserRequest) -> Action:
    """Approves exactly the text that the person has read: not one that was edited in the second of the request or later,
    unless it is named by its whole digest. A stranger can write another plan with the same start of one."""
    unapproved = facts.plan_origin.unapproved
    if request.where != facts.issue:
        return Answer(request, "refused", "approve elsewhere")
    if unapproved is None or not unapproved.digest:
        return Answer(request, "refused", "nothing to approve")
    edited_since = request.digest != unapproved.digest and unapproved.at >= request.at
    if edited_since or not unapproved.digest.startswith(request.digest):
        return Answer(request, "refused", "plan edited", unapproved.digest)
    if isinstance(unapproved.plan, PlanProblem):
        return Answer(request, "refused", "plan wrong", unapproved.plan.text)
    return ApprovePlan(request, PlanApproval(unapproved.digest, request.by, max(request.at, unapproved.at)))


def _skip(facts: Facts, request: UserRequest) -> Answer:
    """Only answers: the comment itself is read for as long as it exists."""
    if request.where != facts.issue:
        return Answer(request, "refused", "skip elsewhere")
    has = [pattern for pattern in request.paths if any(map(matcher((pattern,)), facts.files_with_references))]
    lacking = [pattern for pattern in request.paths if pattern not in has]
    if lacking:
        return Answer(request, "refused", "skips nothing", ", ".join(lacking))
    return Answer(request, "done", "skipped", ", ".join(has))


def _resume(facts: Facts, request: UserRequest) -> Iterator[Action]:
    if PAUSED in facts.labels:
        yield RemoveLabel(PAUSED)
        yield Answer(request, "done", "resumed")
    else:
        yield Answer(request, "done", "not paused")


def _phase_request(facts: Facts, phase: PhaseStatus, pending: PendingRequest) -> Iterator[Action]:
    match pending.request.verb:
        case "start" | "retry":
            yield from _start(phase, pending)
        case "cancel":
            yield from _cancel(facts, phase, pending.request)
        case "regenerate":
            yield from _regenerate(phase, pending.request)
        case "revert":
            yield from _revert(phase, pending.request)
        case "rerun":
            yield from _rerun(facts, phase, pending.request)
        case "verify":
            yield from _verify(facts, phase, pending.request)
        case _:
            yield Answer(pending.request, "refused", "unsupported", pending.request.verb)


def _verify(facts: Facts, phase: PhaseStatus, request: UserRequest) -> Iterator[Action]:
    """Verifies what is open or merged; with `everything`, runs the plan's commands too."""
    slices = slices_in(phase, State.OPEN, State.MERGED)
    if not slices:
        yield Answer(request, "refused", "not open")
        return
    if request.everything:
        for part in phase.parts:
            yield from commands_on_request(facts, part)
    yield VerifyBranch(phase.number, request, slices)


def _rerun(facts: Facts, phase: PhaseStatus, request: UserRequest) -> Iterator[Action]:
    again = [one for part in phase.parts for one in reruns_on_request(facts, part)]
    yield from again
    yield Answer(request, "done", "checks rerun") if again else Answer(request, "refused", "nothing to rerun")


def slices_in(phase: PhaseStatus, *states: State) -> tuple[Slice, ...]:
    return tuple(part.facts.slice for part in phase.parts if part.state in states)


def pulls_in(phase: PhaseStatus, state: State) -> tuple[Pull, ...]:
    return tuple(part.pull for part in phase.parts if part.state is state and part.pull is not None)


def slices_to_publish(phase: PhaseStatus) -> tuple[Slice, ...]:
    """The parts that a start would publish: those that aren't open and have something left."""
    if not phase.slices:
        return (WHOLE_PHASE,)
    parts = [part for part in phase.slices if part.state is not State.OPEN and part.facts.remaining.automatic]
    return tuple(part.facts.slice for part in parts if not part.facts.obsolete_reason)


def _start(phase: PhaseStatus, pending: PendingRequest) -> Iterator[Action]:
    request = pending.request
    open_pulls = pulls_in(phase, State.OPEN)
    if open_pulls and (not phase.slices or not slices_to_publish(phase)):
        yield Answer(request, "done", "open", _other_numbers(open_pulls), open_pulls[0].number)
    elif phase.facts.remaining.automatic == 0:
        yield Answer(request, "refused", "nothing to do")
    elif phase.gate and not request.force:
        yield Answer(request, "refused", "gate", phase.gate)
    elif phase.gate and not pending.actor.may_maintain:
        yield Answer(request, "refused", "may not force", phase.gate)
    else:
        if phase.gate:
            yield ForcedStart(phase.number, request.by, phase.gate)
        yield AddLabel(label_of(phase.number))
        yield PublishPhase(phase.number, request=request, slices=slices_to_publish(phase))


def _other_numbers(pulls: Sequence[Pull]) -> str:
    """Besides the first."""
    return ", ".join(f"#{pull.number}" for pull in pulls[1:])


def _cancel(facts: Facts, phase: PhaseStatus, request: UserRequest) -> Iterator[Action]:
    label = label_of(phase.number)
    if label in facts.labels:
        yield RemoveLabel(label)
    if phase.state is State.OPEN:
        yield ClosePhase(phase.number, f"@{request.by} cancelled the phase", slices_in(phase, State.OPEN))
    starting = label in facts.labels and phase.state in (State.STARTING, State.FAILED)
    if phase.state is State.OPEN or starting or _closed_since(phase, request):
        yield Answer(request, "done", "cancelled")
    else:
        yield Answer(request, "refused", "not open")


def _closed_since(phase: PhaseStatus, request: UserRequest) -> bool:
    """Whether it was closed already, before a kill prevented the answer."""
    pulls = (part.pull for part in phase.parts if part.pull is not None)
    return any(pull.state == "closed" and (pull.ended_at or 0) >= request.at for pull in pulls)


def _regenerate(phase: PhaseStatus, request: UserRequest) -> Iterator[Action]:
    if phase.state is not State.OPEN:
        yield Answer(request, "refused", "not open")
        return
    here = [part for part in phase.parts if part.pull and part.pull.number == request.where]
    open_ones = (here[0].facts.slice,) if here else slices_in(phase, State.OPEN)
    yield PublishPhase(phase.number, request.discard, request, open_ones)


def _batches(numbers: Sequence[int]) -> str:
    if not numbers:
        return "no batches"
    return f"batches {numbers[0]} to {numbers[-1]}" if len(numbers) > 1 else f"batch {numbers[0]} alone"


def _revert_of(phase: PhaseStatus, number: int) -> RevertPull | None:
    """The pull request of that number, if it reverts the phase or a part of it."""
    return next(
        (one for part in phase.parts for one in part.facts.reverts if one.pull.number == number), None
    )


def _restore(phase: PhaseStatus, revert: RevertPull, request: UserRequest) -> Action:
    """A revert of a revert, requested on the pull request of the first one."""
    back = revert.reverted_by
    if revert.pull.state != "merged":
        return Answer(request, "refused", "revert not merged", number=revert.pull.number)
    if back is not None and back.state == "open" and not revert.lacks_proof:
        return Answer(request, "done", "restoring", number=back.number)
    if revert.batch is None and phase.state is State.MERGED:
        return Answer(request, "refused", "already restored")
    return OpenRevert(
        None if revert.everything else phase.number, revert.batch, request, revert_of=revert.pull
    )


def _revert(phase: PhaseStatus, request: UserRequest) -> Iterator[Action]:
    if (shown := _revert_of(phase, request.where)) is not None:
        yield _restore(phase, shown, request)
        return
    if request.batch is not None and phase.slices:
        yield from _revert_batch_of_slice(phase, request)
        return
    numbers = [batch.number for batch in phase.facts.batches]
    if request.batch is not None and phase.state is State.MERGED and request.batch not in numbers:
        yield Answer(request, "refused", "no such batch", _batches(numbers))
        return
    reverts = (one for part in (phase.facts, *phase.facts.slices) for one in part.reverts)
    whole = (one for one in reverts if one.batch == request.batch and one.slice == WHOLE_PHASE)
    yield _open_revert(next((one for one in whole if one.pull.state == "open"), None), phase, request, None)


def _open_revert(
    open_one: RevertPull | None, phase: PhaseStatus, request: UserRequest, one: Slice | None
) -> Action:
    """Once more where a kill prevented its verification."""
    if open_one is not None and not open_one.lacks_proof:
        return Answer(request, "done", "reverting", number=open_one.pull.number)
    if not any(part.state is State.MERGED for part in phase.parts):
        return Answer(request, "refused", "not merged")
    return OpenRevert(phase.number, request.batch, request, slice=one)


def _revert_batch_of_slice(phase: PhaseStatus, request: UserRequest) -> Iterator[Action]:
    """Each slice counts its batches from 1: which one is meant its pull request says, or that no other has as many."""
    having = [part for part in phase.slices if any(one.number == request.batch for one in part.facts.batches)]
    meant = [part for part in having if part.pull and part.pull.number == request.where] or having
    if len(meant) > 1:
        yield Answer(request, "refused", "which slice")
    elif not meant:
        yield Answer(request, "refused", "not merged")
    else:
        reverts = (one for one in meant[0].facts.reverts if one.batch == request.batch)
        open_one = next((one for one in reverts if one.pull.state == "open"), None)
        yield _open_revert(open_one, meant[0], request, meant[0].facts.slice)


def _revert_all(status: Status, request: UserRequest) -> Iterator[Action]:
    for part in status.parts:
        if (shown := _revert_of(part, request.where)) is not None and shown.everything:
            yield _restore(part, shown, request)
            return
    reverts = (one for part in status.parts for one in part.facts.reverts)
    open_one = next((one for one in reverts if one.everything and one.pull.state == "open"), None)
    if open_one is not None and not open_one.lacks_proof:
        yield Answer(request, "done", "reverting", number=open_one.pull.number)
    elif any(part.state is State.MERGED for part in status.parts):
        yield OpenRevert(None, None, request)
    else:
        yield Answer(request, "refused", "not merged")
