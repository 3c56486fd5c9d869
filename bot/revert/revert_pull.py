"""Reverts: the exact inverse of what was merged, three-way against today's default branch.

It does not matter how it was merged: what is inverted is the step from the tree before the merge to the tree after
it. Later work stays. A file that can't be reverted without losing later work is left as it is, and named.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from bot.decide.actions import OpenRevert
from bot.decide.facts import Facts, PhaseFacts
from bot.git.author import Identity
from bot.git.mirror import Mirror
from bot.git.objects import Blob, NewCommit
from bot.git.process import GitFailed
from bot.markers.trailers import migration_name, revert_trailers
from bot.migration.context import TurnContext
from bot.plan.branch_names import phase_branch, revert_branch, revert_of_revert_branch
from bot.plan.slices import WHOLE_PHASE
from bot.publish.open_pull import NotOpened, PullRequestDraft, open_pull
from bot.publish.signed_commits import LocalCommits, local_commits
from bot.report.pull_request import with_signing
from bot.report.revert_pull import (
    RevertConflict,
    RevertScope,
    conflict_summary,
    revert_body,
    revert_message,
    revert_title,
)
from bot.report.slices import slice_title
from bot.revert.merge_step import MergeStep, commit_of, merge_step


@dataclass(frozen=True)
class RevertOutcome:
    number: int | None
    about: str = ""
    """What could not be reverted, in words."""


async def open_revert(context: TurnContext, facts: Facts, action: OpenRevert) -> RevertOutcome:
    """1. what was merged, newest first  2. its inverse  3. the branch  4. the pull request"""
    steps = [
        step
        async for step in (
            _steps(context, facts, action) if action.revert_of is None else _back(context, action)
        )
    ]
    one = action.slice or WHOLE_PHASE
    branch = revert_branch(facts.issue, action.phase, action.batch, one.key)
    branch = (
        branch if action.revert_of is None else revert_of_revert_branch(facts.issue, action.revert_of.number)
    )
    origin = migration_name(context.info.full_name, facts.issue)
    inverse = await context.with_mirror(
        lambda mirror: invert(mirror, context.head, steps, origin, context.identity)
    )
    if not inverse.commits.shas:
        return RevertOutcome(None, "The default branch has nothing left of it to revert.")
    of = action.revert_of.number if action.revert_of else None
    titles = tuple(step.title for step in steps)
    scope = RevertScope(action.phase, action.batch, titles, one, of, _pulls(steps))
    title = revert_title(scope, facts.title)
    body = partial(with_signing, revert_body(scope, inverse.conflicts, facts.issue, action.evidence))
    wanted = PullRequestDraft(branch, inverse.commits, title, body, draft=bool(inverse.conflicts))
    pull = await open_pull(context, wanted)
    if isinstance(pull, NotOpened):
        return RevertOutcome(None, pull.why)
    return RevertOutcome(pull.number, conflict_summary(inverse.conflicts))


def _pulls(steps: Sequence[MergeStep]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(step.pull for step in steps if step.pull is not None))


async def _steps(context: TurnContext, facts: Facts, action: OpenRevert) -> AsyncIterator[MergeStep]:
    """The merges to revert, newest first."""
    merged = [
        one
        for one in facts.parts
        if one.pull is not None and one.pull.state == "merged" and action.phase in (None, one.phase.number)
        if action.slice in (None, one.slice)
    ]
    for one in sorted(merged, key=_landed, reverse=True):
        if action.batch is not None:
            yield await _batch_step(context, one, action.batch)
        elif action.evidence:
            yield await _merge_step(context, one)
        else:
            for number, merge in await _merges(context, facts.issue, one):
                yield await merge_step(context, number, merge, one.phase.number, _title(one))


async def _back(context: TurnContext, action: OpenRevert) -> AsyncIterator[MergeStep]:
    if action.revert_of is None or action.revert_of.merge_sha is None:
        raise ValueError("it is not merged")
    title = f"#{action.revert_of.number}"
    yield await merge_step(context, action.revert_of.number, action.revert_of.merge_sha, action.phase, title)


async def _merges(context: TurnContext, issue: int, one: PhaseFacts) -> list[tuple[int, str]]:
    """A phase can have been merged more than once: a merge that is reverted already has no inverse any more."""
    branch = phase_branch(issue, one.phase.number, one.slice.key)
    pulls = await context.repo.pulls.find(head=branch, state="all")
    merged = [pull for pull in pulls if pull.merged and not pull.from_fork]
    merged.sort(key=lambda pull: (pull.merged_at or pull.updated_at, pull.number), reverse=True)
    return [(pull.number, pull.merge_commit_sha) for pull in merged if pull.merge_commit_sha]


def _landed(one: PhaseFacts) -> tuple[float, int]:
    """In the order in which they were merged; within one second, in the order of the plan."""
    return (one.pull.ended_at or 0.0 if one.pull else 0.0), one.phase.number


async def _merge_step(context: TurnContext, one: PhaseFacts) -> MergeStep:
    pull = one.pull
    if pull is None or pull.merge_sha is None:
        raise ValueError(f"phase {one.phase.number} is not merged")
    return await merge_step(context, pull.number, pull.merge_sha, one.phase.number, _title(one))


def _title(one: PhaseFacts) -> str:
    return f"phase {one.phase.number}, {one.phase.name}{slice_title(one.slice)}"


async def _batch_step(context: TurnContext, one: PhaseFacts, number: int) -> MergeStep:
    batch = next((batch for batch in one.batches if batch.number == number), None)
    if batch is None:
        raise ValueError(f"phase {one.phase.number} has no batch {number}")
    commit = await commit_of(context, batch.sha)
    title = f"phase {one.phase.number}, batch {number}: {batch.title}"
    landed, pull = (one.pull.merge_sha, one.pull.number) if one.pull else (None, None)
    return MergeStep(one.phase.number, title, commit.parents[0], commit.sha, landed, pull)


@dataclass(frozen=True)
class Inverse:
    """The commits that revert what was merged, and the files that they leave as they are."""

    commits: LocalCommits
    conflicts: tuple[RevertConflict, ...]


def invert(mirror: Mirror, onto: str, steps: Sequence[MergeStep], origin: str, author: Identity) -> Inverse:
    """Each step's inverse on top of the one before it; later work in the same files is kept."""
    shas, conflicts = list[str](), list[RevertConflict]()
    for step in steps:
        mirror.remote.ensure(step.before, step.after)
        head = shas[-1] if shas else onto
        merged = mirror.merge_tree(step.after, head, step.before)
        changes = {change.path: change for change in mirror.diff(head, merged.tree)}
        conflicts += [RevertConflict(path, _people(mirror, step, onto, path)) for path in merged.conflicts]
        taken = {
            path: None if change.status == "D" else Blob(change.new_blob)
            for path, change in changes.items()
            if path not in merged.conflicts
        }
        if not taken:
            continue
        modes = {path: changes[path].new_mode for path, blob in taken.items() if blob is not None}
        message = revert_message(step.title, revert_trailers(origin, step.after))
        new = NewCommit(message=message, changes=taken, author=author.at(mirror, onto), modes=modes)
        shas += mirror.commits(head, [new])
    return Inverse(local_commits(mirror, onto, shas), tuple(conflicts))


def _people(mirror: Mirror, step: MergeStep, until: str, path: str) -> tuple[str, ...]:
    """A mirror is shallow: as much history as it takes is fetched first."""
    since = step.landed or step.after
    try:
        mirror.remote.merge_base(since, until)
        return tuple(dict.fromkeys(_authors(mirror, since, until, path)))
    except GitFailed:
        return ()


def _authors(mirror: Mirror, since: str, until: str, path: str) -> Iterator[str]:
    for commit in mirror.log(f"{since}..{until}", [path], limit=20):
        yield commit.author.name
