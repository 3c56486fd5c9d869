"""What was merged of each phase: the steps that a revert inverts."""

from __future__ import annotations

from collections.abc import Sequence

from bot.decide.actions import OpenRevert
from bot.decide.facts import Facts, PhaseFacts
from bot.decide.status import State, status
from bot.migration.context import TurnContext
from bot.plan.branch_names import phase_branch
from bot.plan.slices import WHOLE_PHASE
from bot.report.slices import slice_title
from bot.revert.inverse import MergedPart, MergeStep
from bot.revert.merge_step import commit_of, merge_step


async def wanted_parts(context: TurnContext, facts: Facts, action: OpenRevert) -> list[MergedPart]:
    """What the action asks to revert."""
    if action.revert_of is not None:
        return [await _revert_itself(context, action)]
    return [await _part(context, facts, one, action) for one in _asked_for(facts, action)]


async def later_parts(context: TurnContext, facts: Facts, action: OpenRevert) -> list[MergedPart]:
    """What else is merged by now, and may build on that."""
    if action.revert_of is not None or action.phase is None:
        return []
    asked = _asked_for(facts, action)
    first = min((one.pull.ended_at or 0.0 for one in asked if one.pull), default=0.0)
    others = [
        part.facts
        for part in status(facts).parts
        if part.state is State.MERGED and part.facts not in asked and part.pull is not None
    ]
    later = [one for one in others if one.pull is not None and (one.pull.ended_at or 0.0) >= first]
    return [await _part(context, facts, one, OpenRevert(one.phase.number)) for one in later]


def _asked_for(facts: Facts, action: OpenRevert) -> list[PhaseFacts]:
    return [
        one
        for one in facts.parts
        if one.pull is not None and one.pull.state == "merged" and action.phase in (None, one.phase.number)
        if action.slice in (None, one.slice)
    ]


async def _part(context: TurnContext, facts: Facts, one: PhaseFacts, action: OpenRevert) -> MergedPart:
    if action.batch is not None:
        return await _batch(context, one, action.batch)
    title = f"phase {one.phase.number}, {one.phase.name}{slice_title(one.slice)}"
    merges = [_last_merge(one)] if action.evidence else await _merges(context, facts.issue, one)
    steps = [
        await merge_step(context, number, sha, one.phase.number, title, at) for number, sha, at in merges
    ]
    return MergedPart(one.phase.number, title, tuple(steps), one.slice)


async def _revert_itself(context: TurnContext, action: OpenRevert) -> MergedPart:
    pull = action.revert_of
    if pull is None or pull.merge_sha is None:
        raise ValueError("it is not merged")
    title = f"#{pull.number}"
    step = await merge_step(context, pull.number, pull.merge_sha, action.phase, title, pull.ended_at or 0.0)
    return MergedPart(action.phase, title, (step,), action.slice or WHOLE_PHASE)


def _last_merge(one: PhaseFacts) -> tuple[int, str, float]:
    if one.pull is None or one.pull.merge_sha is None:
        raise ValueError(f"phase {one.phase.number} is not merged")
    return one.pull.number, one.pull.merge_sha, one.pull.ended_at or 0.0


async def _merges(context: TurnContext, issue: int, one: PhaseFacts) -> Sequence[tuple[int, str, float]]:
    """A phase can have been merged more than once: what is reverted already has no inverse any more."""
    branch = phase_branch(issue, one.phase.number, one.slice.key)
    pulls = await context.repo.pulls.find(head=branch, state="all")
    return [
        (pull.number, pull.merge_commit_sha, (pull.merged_at or pull.updated_at).timestamp())
        for pull in sorted(pulls, key=lambda pull: pull.number, reverse=True)
        if pull.merged and not pull.from_fork and pull.merge_commit_sha
    ]


async def _batch(context: TurnContext, one: PhaseFacts, number: int) -> MergedPart:
    batch = next((batch for batch in one.batches if batch.number == number), None)
    if batch is None:
        raise ValueError(f"phase {one.phase.number} has no batch {number}")
    commit = await commit_of(context, batch.sha)
    title = f"phase {one.phase.number}, batch {number}: {batch.title}"
    landed, pull, at = (
        (one.pull.merge_sha, one.pull.number, one.pull.ended_at or 0.0) if one.pull else (None, None, 0.0)
    )
    step = MergeStep(one.phase.number, title, commit.parents[0], commit.sha, landed, pull, at)
    return MergedPart(one.phase.number, title, (step,), one.slice)
