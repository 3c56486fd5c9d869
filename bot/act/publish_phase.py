"""Publish a phase: its pull request, or one for each of its slices, and one answer for all."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence

from bot.act.answer import answer
from bot.decide.actions import Answer, PublishPhase, Reason
from bot.decide.facts import PhaseFacts
from bot.decide.requests import UserRequest
from bot.decide.status import label_of
from bot.github import Refusal
from bot.look.look import Snapshot
from bot.markers.hidden import Notice
from bot.migration.branches import delete_branch
from bot.migration.comments import say_once
from bot.migration.context import ANY_BASE, TurnContext, failure_key
from bot.plan.branch_names import phase_branch
from bot.plan.plan import Plan
from bot.publish.phase import NotPublished, PublishedPhase, PublishRequest, publish
from bot.report import branch_problems, phase_comments


async def publish_phase(context: TurnContext, snapshot: Snapshot, action: PublishPhase) -> str:
    plan = snapshot.loaded_plan.plan
    if not isinstance(plan, Plan):
        return "no plan"
    parts = [
        part
        for part in snapshot.facts.parts
        if part.phase.number == action.phase and part.slice in action.slices
    ]
    results = [await _publish_part(context, snapshot, plan, part, action) for part in parts]
    final = [one for one in results if not (isinstance(one, NotPublished) and one.passing)]
    if action.request and final and len(final) == len(results):
        await answer(context, _answer(action.request, final))
    return "; ".join(_summary(part, result) for part, result in zip(parts, results, strict=True))


async def _publish_part(
    context: TurnContext, snapshot: Snapshot, plan: Plan, part: PhaseFacts, action: PublishPhase
) -> PublishedPhase | NotPublished:
    requested = action.request is not None
    result = await _published(
        context, PublishRequest(snapshot.loaded_plan, plan, part, action.discard, regenerate=requested)
    )
    key = (context.info.id, context.migration.issue, action.phase, part.slice.key)
    if isinstance(result, PublishedPhase):
        await asyncio.to_thread(context.store.phase_problems.clear, *key)
    elif result.hopeless and part.pull is not None and part.pull.state == "open":
        await _give_up(context, part, part.pull.number, result.text)
    elif not result.passing:
        label_change = snapshot.facts.label_changes.get(label_of(action.phase))
        base = ANY_BASE if result.refused else context.head
        about = failure_key(base, snapshot.loaded_plan.digest, label_change)
        await asyncio.to_thread(context.store.phase_problems.set, *key, about, result.text, time.time())
        await _report_failure(context, part, result.text)
    return result


async def _published(context: TurnContext, request: PublishRequest) -> PublishedPhase | NotPublished:
    """What GitHub refuses is the phase's failure."""
    try:
        return await publish(context, request)
    except Refusal as refused:
        why = branch_problems.request_refused(refused.request, refused.message)
        return NotPublished(why, refused=True)


async def _give_up(context: TurnContext, part: PhaseFacts, number: int, why: str) -> None:
    """Close the pull request; the phase's label is removed by the next turn, since the phase has ended."""
    notice = Notice("given-up", str(number))
    await say_once(
        context,
        context.migration.issue,
        notice,
        phase_comments.phase_abandoned(part.phase.number, number, why),
    )
    await say_once(context, number, notice, f"Closed. {why}")
    await context.repo.pulls.update(number, state="closed")
    branch = phase_branch(context.migration.issue, part.phase.number, part.slice.key)
    await delete_branch(context, branch)


async def _report_failure(context: TurnContext, part: PhaseFacts, failure: str) -> None:
    """Name the commit and the file on the open pull request too."""
    pull = part.pull
    if pull is not None and pull.state == "open":
        await say_once(
            context, pull.number, Notice("stuck", pull.head), phase_comments.cannot_update(failure)
        )


_REASONS: Mapping[tuple[bool, bool], Reason] = {
    (True, True): "regenerated",
    (True, False): "unchanged",
    (False, True): "opened",
    (False, False): "open",
}
"""By whether a regeneration was requested, and whether anything changed."""


def _answer(request: UserRequest, results: Sequence[PublishedPhase | NotPublished]) -> Answer:
    failures = [one.text for one in results if isinstance(one, NotPublished)]
    if failures:
        return Answer(request, "failed", "trouble", " ".join(dict.fromkeys(failures)))
    published = [one for one in results if isinstance(one, PublishedPhase)]
    reason = _REASONS[request.verb == "regenerate", any(one.changed for one in published)]
    others = ", ".join(f"#{one.number}" for one in published[1:])
    return Answer(request, "done", reason, others, published[0].number)


def _summary(part: PhaseFacts, result: PublishedPhase | NotPublished) -> str:
    name = f"phase {part.phase.number}" + (f" ({part.slice.key})" if part.slice.key else "")
    if isinstance(result, NotPublished):
        return f"{name}: {result.text}" if result.passing else f"could not publish {name}: {result.text}"
    verb = "published" if result.changed else "found"
    return f"{verb} {name} at {result.head[:10]}, #{result.number}"
