"""What the default branch's tree says of something that was merged: whether it is there, or was taken back since.

A pull request's state only says what happened to it. Who takes a revert back, or reverts a phase, with a button of
GitHub's or on a command line, changes the tree and nothing else: so the tree is asked.
"""

from __future__ import annotations

from collections.abc import Iterator

from bot.decide.facts import ChangesInTree, PhaseFacts
from bot.decide.status import is_restored, latest_revert
from bot.git.mirror import Mirror
from bot.git.process import GitFailed
from bot.migration.context import TurnContext
from bot.revert.merge_step import MergeStep, merge_step

FURTHEST = 2000
"""Commits of the default branch that are gone back over."""


async def changes_in_tree(context: TurnContext, one: PhaseFacts) -> ChangesInTree | None:
    """None where there is no doubt: merged, nothing of it left to move, and nobody took it back."""
    pull, undone = one.pull, latest_revert(one)
    if pull is None or pull.merge_sha is None or (undone is None and one.remaining.automatic == 0):
        return None
    reverted = undone.merge_sha if undone else None
    key = (pull.merge_sha, reverted, context.head)
    if key not in context.shared.cache.changes_in_tree:
        step = await merge_step(context, pull.number, pull.merge_sha, one.phase.number, one.phase.name)
        if await _merged_since(context, step):
            return None
        context.shared.cache.changes_in_tree[key] = await context.with_mirror(
            lambda mirror: compare_with_tree(mirror, step, context.head, reverted)
        )
    return context.shared.cache.changes_in_tree[key]


async def _merged_since(context: TurnContext, step: MergeStep) -> bool:
    """Whether the default branch was looked at before the merge. One that was forced back there still stands there."""
    before = await context.with_mirror(lambda mirror: mirror.remote.merge_base(step.after, context.head))
    if before != context.head or step.after == context.head:
        return False
    now = await context.repo.refs.get(f"refs/heads/{context.info.default_branch}")
    return now is not None and now.sha != context.head


def restored_at(one: PhaseFacts) -> tuple[str, float] | None:
    """Where what had been taken back is there again: the commit by which it is."""
    if one.in_tree is None or one.in_tree.restored_by is None or not is_restored(one):
        return None
    return one.in_tree.restored_by, one.in_tree.restored_at


def compare_with_tree(
    mirror: Mirror, step: MergeStep, head: str, reverted: str | None = None
) -> ChangesInTree:
    """Of the step's files: in how many taking it back would change something, and in how many doing it again would.

    Where both would lose later work the tree says nothing. `taken_back`: the merge that took it back, where one did.
    """
    mirror.remote.ensure(step.before, step.after)
    there = _changed(mirror, base=step.after, ours=head, theirs=step.before)
    gone = _changed(mirror, base=step.before, ours=head, theirs=step.after)
    back = reverted is not None and len(there) > len(gone)
    since = _back_since(mirror, head, reverted, there[0]) if back and reverted else None
    at = mirror.commit(since).author.date.timestamp() if since else 0.0
    return ChangesInTree(len(there), len(gone), since, at)


def _changed(mirror: Mirror, *, base: str, ours: str, theirs: str) -> list[str]:
    merged = mirror.merge_tree(base, ours, theirs)
    return [one.path for one in mirror.diff(ours, merged.tree) if one.path not in merged.conflicts]


def _back_since(mirror: Mirror, head: str, reverted: str, path: str) -> str | None:
    """The commit of the default branch by which a file is no more what the taking back had made of it."""
    try:
        if mirror.remote.merge_base(reverted, head) != reverted:
            return None
        since, then = None, mirror.blob(reverted, path)
        for commit in _first_parents(mirror, head, reverted):
            if mirror.blob(commit, path) == then:
                return since
            since = commit
    except GitFailed:
        return None
    return since


def _first_parents(mirror: Mirror, head: str, until: str) -> Iterator[str]:
    at = head
    for _ in range(FURTHEST):
        if at == until:
            return
        yield at
        at = mirror.commit(at).parents[0]
