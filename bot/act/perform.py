"""Act: one function an action. Each can be repeated: what it finds done it leaves."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace

from bot.act.audit_issue import AuditText, NothingNamed, audit_issue
from bot.act.progress_comment import with_progress_comment
from bot.act.propose_plan import OpenedPlan, propose_plan
from bot.act.remedies import remedy
from bot.decide.actions import (
    Action,
    AddLabel,
    Answer,
    ClosePhase,
    DeleteBranch,
    EnsureLabels,
    FinishMigration,
    OpenRevert,
    ProposePlan,
    PublishPhase,
    RemoveLabel,
    ReopenIssue,
    ReportNewUses,
    RunAudit,
)
from bot.decide.facts import PhaseFacts
from bot.decide.forcing import ForcedStart, announcement_of
from bot.decide.ratchet import WatchedMigration
from bot.decide.remedies import (
    CloseRevert,
    EnableAutoMerge,
    MarkReadyForReview,
    RerunChecks,
    RevertAfterFailure,
    RunCommands,
)
from bot.decide.requests import UserRequest
from bot.decide.status import label_of
from bot.github import Comment
from bot.look.facts import Snapshot
from bot.markers.hidden import Notice, answer_marker
from bot.migration.branches import delete_branch
from bot.migration.comments import say, say_once
from bot.migration.context import TurnContext
from bot.migration.plan_source import LoadedPlan
from bot.plan.branch_names import phase_branch
from bot.plan.plan import Plan
from bot.publish.open_pull import NotOpened
from bot.publish.phase import NotPublished, Published, PublishRequest, publish
from bot.ratchet.regressions import came_in
from bot.report import answers as messages
from bot.report.labels import look_of
from bot.report.status.forcing import forcing
from bot.revert.revert_pull import open_revert


async def act(context: TurnContext, snapshot: Snapshot, action: Action) -> str:
    """Does it, and says in a few words what was done."""
    planned = snapshot.loaded_plan
    match action:
        case EnsureLabels():
            return await _ensure_labels(context, action)
        case AddLabel():
            await context.repo.issues.add_labels(context.migration.issue, action.name)
            return f"put {action.name} on"
        case RemoveLabel():
            await context.repo.issues.remove_label(context.migration.issue, action.name)
            return f"took {action.name} off"
        case Answer():
            return await answer(context, action)
        case PublishPhase():
            return await _publish(context, snapshot, planned, action)
        case ClosePhase():
            return await _withdraw(context, snapshot, action)
        case DeleteBranch():
            return f"deleted the branch {action.name}" if await delete_branch(context, action.name) else ""
        case OpenRevert():
            return await _undo(context, snapshot, action)
        case ProposePlan():
            return await _propose(context, action)
        case ReportNewUses():
            return await _tell_new(context, snapshot, action)
        case ReopenIssue():
            return await _reopen(context, snapshot)
        case FinishMigration():
            return await _finish(context, snapshot)
        case RunAudit():
            return await _audit(context, snapshot, planned, action)
        case ForcedStart():
            return await _tell_forced(context, action)
        case (
            RerunChecks()
            | RevertAfterFailure()
            | EnableAutoMerge()
            | MarkReadyForReview()
            | RunCommands()
            | CloseRevert()
        ):
            return await remedy(context, snapshot.facts, action)


async def _ensure_labels(context: TurnContext, action: EnsureLabels) -> str:
    there = {label.name for label in await context.repo.labels.all()}
    for name in action.names:
        if name not in there:
            await context.repo.labels.create(name, *look_of(name))
    return "made the labels"


async def answer(context: TurnContext, action: Answer, into: Comment | None = None) -> str:
    """A reply where the person will see it, with a marker that keeps it from being said twice, and a reaction."""
    request = action.request
    said = f"{answer_marker(request.id)}\n{messages.answer(action, repo=context.info.full_name)}"
    kept = await context.repo.comments.update(into.id, said) if into else None
    if kept is None and (request.source in ("comment", "label") or action.ending != "done"):
        await context.repo.comments.create(request.where, said)
    if request.source == "comment" and request.ref:
        await context.repo.reactions.to_comment(
            request.ref, "hooray" if action.ending == "done" else "confused"
        )
    await asyncio.to_thread(context.store.requests.close, request.id, action.ending)
    return f"answered {request.verb} by {request.by}: {action.ending}"


async def _publish(
    context: TurnContext, snapshot: Snapshot, planned: LoadedPlan, action: PublishPhase
) -> str:
    """Each of its slices, and one answer for all of them."""
    if not isinstance(planned.plan, Plan):
        return "no plan"
    parts = [part for part in snapshot.facts.parts if part.phase.number == action.phase]
    wanted = [part for part in parts if part.slice in action.slices]
    results = [await _publish_part(context, snapshot, planned, planned.plan, part, action) for part in wanted]
    ended = [one for one in results if not (isinstance(one, NotPublished) and one.passing)]
    if action.request and ended and len(ended) == len(results):
        await answer(context, _made(action.request, ended))
    return "; ".join(_published(part, result) for part, result in zip(wanted, results, strict=True))


async def _publish_part(
    context: TurnContext,
    snapshot: Snapshot,
    planned: LoadedPlan,
    plan: Plan,
    part: PhaseFacts,
    action: PublishPhase,
) -> Published | NotPublished:
    asked = action.request is not None
    result = await publish(context, PublishRequest(planned, plan, part, action.discard, regenerate=asked))
    where = (context.info.id, context.migration.issue, action.phase, part.slice.key)
    if isinstance(result, Published):
        await asyncio.to_thread(context.store.phase_problems.clear, *where)
    elif result.hopeless and part.pull is not None and part.pull.state == "open":
        await _give_up(context, part, part.pull.number, result.text)
    elif not result.passing:
        over = context.failure_key(planned.digest, snapshot.facts.label_changes.get(label_of(action.phase)))
        await asyncio.to_thread(context.store.phase_problems.set, *where, over, result.text, time.time())
        await _say_stuck(context, part, result.text)
    return result


async def _give_up(context: TurnContext, part: PhaseFacts, number: int, why: str) -> None:
    """1. said on the issue  2. said on the pull request  3. closed. Its label goes by itself, since it has ended."""
    notice = Notice("given-up", str(number))
    await say_once(context, context.migration.issue, notice, messages.given_up(part, number, why))
    await say_once(context, number, notice, f"Closed. {why}")
    await context.repo.pulls.update(number, state="closed")
    branch = phase_branch(context.migration.issue, part.phase.number, part.slice.key)
    await context.repo.refs.delete(f"refs/heads/{branch}")


def _made(request: UserRequest, results: Sequence[Published | NotPublished]) -> Answer:
    troubles = [one for one in results if isinstance(one, NotPublished)]
    if troubles:
        return Answer(request, "failed", "trouble", " ".join(dict.fromkeys(one.text for one in troubles)))
    made = [one for one in results if isinstance(one, Published)]
    why = _WHY[request.verb == "regenerate", any(one.changed for one in made)]
    return Answer(request, "done", why, ", ".join(f"#{one.number}" for one in made[1:]), made[0].number)


async def _say_stuck(context: TurnContext, facts: PhaseFacts, trouble: str) -> None:
    """On the pull request too, where there is one: whose commit, and which file."""
    pull = facts.pull
    if pull is None or pull.state != "open":
        return
    await say_once(context, pull.number, Notice("stuck", pull.head), messages.stuck(trouble))


_WHY = {
    (True, True): "regenerated",
    (True, False): "unchanged",
    (False, True): "opened",
    (False, False): "open",
}


def _published(part: PhaseFacts, result: Published | NotPublished) -> str:
    name = f"phase {part.phase.number}" + (f" ({part.slice.key})" if part.slice.key else "")
    if isinstance(result, NotPublished):
        return f"{name}: {result.text}" if result.passing else f"{name} could not be made"
    what = "made" if result.changed else "found"
    return f"{what} {name} at {result.head[:10]}, #{result.number}"


async def _withdraw(context: TurnContext, snapshot: Snapshot, action: ClosePhase) -> str:
    parts = (*snapshot.facts.parts, *snapshot.facts.orphaned_phases)
    for part in parts:
        if part.phase.number == action.phase and part.slice in action.slices:
            await _withdraw_part(context, part, action)
    return f"withdrew phase {action.phase}"


async def _withdraw_part(context: TurnContext, part: PhaseFacts, action: ClosePhase) -> None:
    pull = part.pull
    if pull is not None and pull.state == "open":
        text = messages.phase_withdrawn(action.why, "" if part.obsolete_reason else label_of(action.phase))
        await say_once(context, pull.number, Notice("withdrawn", pull.head), text)
        await context.repo.pulls.update(pull.number, state="closed")
    branch = phase_branch(context.migration.issue, action.phase, part.slice.key)
    await delete_branch(context, branch)


async def _undo(context: TurnContext, snapshot: Snapshot, action: OpenRevert) -> str:
    result = await open_revert(context, snapshot.facts, action)
    if action.request is not None:
        way = "reverting" if action.revert_of is None else "putting back"
        await answer(context, _undone(action.request, result.number, result.about, way))
    return f"#{result.number} takes it back"


def _undone(request: UserRequest, number: int | None, about: str, way: str) -> Answer:
    if number is None:
        return Answer(request, "failed", "trouble", about)
    return Answer(request, "done", "conflicts" if about else way, about, number)


async def _finish(context: TurnContext, snapshot: Snapshot) -> str:
    notice = Notice("finished", snapshot.facts.head)
    await say_once(context, context.migration.issue, notice, messages.finished(snapshot.facts))
    await context.repo.issues.close(context.migration.issue)
    return "finished, and closed the issue"


async def _propose(context: TurnContext, action: ProposePlan) -> str:
    issue = await context.repo.issues.get(context.migration.issue)
    match await propose_plan(context, issue.body):
        case OpenedPlan(number):
            return await answer(context, Answer(action.request, "done", "proposed", number=number))
        case NotOpened(why):
            return await answer(context, Answer(action.request, "failed", "not proposed", why))
    return await answer(context, Answer(action.request, "refused", "nothing named"))


async def _tell_new(context: TurnContext, snapshot: Snapshot, action: ReportNewUses) -> str:
    """Empty where nothing new came in: then nothing was done."""
    plan, head = snapshot.loaded_plan.plan, context.head
    context.shared.reported_new_uses[action.since, head] = True
    if not isinstance(plan, Plan):
        return ""
    guard = WatchedMigration(context.migration.issue, plan, snapshot.loaded_plan.digests)
    found = await context.with_mirror(
        lambda mirror: came_in(mirror, guard, action.since, head, context.shared.index)
    )
    if not found:
        return ""
    text = messages.came_in(found, context.info.html_url, head)
    await say_once(context, context.migration.issue, Notice("came-in", head), text)
    return f"named {len(found)} new uses"


async def _reopen(context: TurnContext, snapshot: Snapshot) -> str:
    notice = Notice("reopened", str(snapshot.facts.closed_by_us_at))
    await say_once(context, context.migration.issue, notice, messages.reopened(snapshot.facts))
    await context.repo.issues.reopen(context.migration.issue)
    return "opened the issue again"


async def _tell_forced(context: TurnContext, action: ForcedStart) -> str:
    said = announcement_of(replace(action, at=time.time()))
    await say(context, f"force-{action.phase}", said, forcing(action))
    return f"phase {action.phase} starts past its gate"


async def _audit(context: TurnContext, snapshot: Snapshot, planned: LoadedPlan, action: RunAudit) -> str:
    issue = await context.repo.issues.get(context.migration.issue)
    found, comment = await with_progress_comment(
        context, action.request, lambda progress: audit_issue(context, planned, issue.body, progress)
    )
    match found:
        case AuditText(text):
            return await answer(context, Answer(action.request, "done", "audited", text), comment)
        case NothingNamed():
            return await answer(context, Answer(action.request, "refused", "nothing named"), comment)
        case problem:
            return await answer(
                context, Answer(action.request, "refused", "plan wrong", problem.text), comment
            )
