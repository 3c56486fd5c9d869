"""Whether the changes of a merged phase are in the default branch's tree, or reverted, by whomever."""

from __future__ import annotations

from collections.abc import Iterator

from bot.decide.facts import ChangesInTree, PhaseFacts
from bot.decide.status import is_restored, latest_revert
from bot.git.mirror import Mirror
from bot.git.process import GitFailed
from bot.migration.context import TurnContext
from bot.revert.inverse import MergeStep
from bot.revert.merge_step import merge_step

MOST_COMMITS = 2000
"""How many commits of the default branch are searched for the restoring one."""


async def changes_in_tree(context: TurnContext, one: PhaseFacts) -> ChangesInTree | None:
    """None if the tree needn't be compared: merged, nothing left to migrate, and no revert was merged."""
    pull, revert = one.pull, latest_revert(one)
    if pull is None or pull.merge_sha is None or (revert is None and one.remaining.automatic == 0):
        return None
    reverted = revert.merge_sha if revert else None
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
    """The commit that restored what had been reverted, if it is there again."""
    if one.in_tree is None or one.in_tree.restored_by is None or not is_restored(one):
        return None
    return one.in_tree.restored_by, one.in_tree.restored_at


def compare_with_tree(
    mirror: Mirror, step: MergeStep, head: str, reverted_by: str | None = None
) -> ChangesInTree:
    """In how many of the step's files a revert would change something, and in how many doing it again would.

    Where both would lose later work the tree says nothing. `reverted_by`: the merge that reverted the step, if any.
    """
    mirror.remote.ensure(step.before, step.after)
    present = _files_that_would_change(mirror, base=step.after, ours=head, theirs=step.before)
    reverted = _files_that_would_change(mirror, base=step.before, ours=head, theirs=step.after)
    commit = None
    if reverted_by is not None and len(present) > len(reverted):
        commit = _restoring_commit(mirror, head, reverted_by, present[0])
    at = mirror.commit(commit).author.date.timestamp() if commit else 0.0
    return ChangesInTree(len(present), len(reverted), commit, at)


def _files_that_would_change(mirror: Mirror, *, base: str, ours: str, theirs: str) -> list[str]:
    merged = mirror.merge_tree(base, ours, theirs)
    return [one.path for one in mirror.diff(ours, merged.tree) if one.path not in merged.conflicts]


def _restoring_commit(mirror: Mirror, head: str, revert: str, path: str) -> str | None:
    """The commit of the default branch that changed a file from what the revert had left."""
    try:
        if mirror.remote.merge_base(revert, head) != revert:
            return None
        since, then = None, mirror.blob(revert, path)
        for commit in _first_parents(mirror, head, revert):
            if mirror.blob(commit, path) == then:
                return since
            since = commit
    except GitFailed:
        return None
    return since


def _first_parents(mirror: Mirror, head: str, until: str) -> Iterator[str]:
    at = head
    for _ in range(MOST_COMMITS):
        if at == until:
            return
        yield at
        at = mirror.commit(at).parents[0]
