"""What one merge did to the default branch: from a tree to a tree, whichever way it was merged."""

from __future__ import annotations

from collections.abc import Sequence

from bot.github import GitCommit
from bot.github.pulls import MOST_COMMITS_REBASED
from bot.migration.context import TurnContext
from bot.revert.inverse import MergeStep


async def merge_step(
    context: TurnContext, pull: int, merge: str, phase: int | None, title: str, at: float = 0.0
) -> MergeStep:
    """Of a merged pull request."""
    own = await context.repo.pulls.commits(pull)
    landed = await commit_of(context, merge)
    before = landed.parents[0]
    several = 1 < len(own) <= MOST_COMMITS_REBASED
    if len(landed.parents) == 1 and several and _same(landed, own[-1]):
        before = await _before_rebased(context, landed, own)
    return MergeStep(phase, title, before, landed.sha, pull=pull, at=at)


async def _before_rebased(context: TurnContext, last: GitCommit, own: Sequence[GitCommit]) -> str:
    """Rebase and merge made a commit of each of the branch's: back over those that are the same."""
    at = last
    for commit in reversed(own):
        if not _same(at, commit):
            break
        at = await commit_of(context, at.parents[0])
    return at.sha


def _same(landed: GitCommit, own: GitCommit) -> bool:
    return landed.message.strip() == own.message.strip()


async def commit_of(context: TurnContext, sha: str) -> GitCommit:
    commit = await context.repo.commits.get(sha)
    if commit is None:
        raise ValueError(f"{sha} is gone")
    return commit
