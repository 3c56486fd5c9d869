"""Which of our branches are deleted: never one with people's commits that are nowhere else."""

from __future__ import annotations

from bot.git.remote import AcceptedPush
from bot.migration.context import TurnContext
from bot.migration.listings import Listings


async def branches_to_keep(context: TurnContext) -> tuple[str, ...]:
    """Of the migration's branches, those whose newest commits are somebody's own and on no pull request."""
    known = context.listings
    branches = (await known.branches()).items()
    return tuple([name for name, sha in branches if await _is_loose(context, known, name, sha)])


async def holds_work(context: TurnContext, branch: str, sha: str) -> bool:
    """Whether somebody's work would be lost with the branch."""
    return await _is_loose(context, context.fresh_listings(), branch, sha)


async def _is_loose(context: TurnContext, known: Listings, branch: str, sha: str) -> bool:
    """GitHub keeps the head of a pull request; a commit of ours can be made again."""
    if any(pull.head_sha == sha for pull in await known.pulls_on(branch)):
        return False
    return not await context.is_own_head(sha)


async def delete_branch(context: TurnContext, branch: str) -> bool:
    """
    Whether it is gone: it goes only from the commit at which nobody's work goes with it. Where GitHub's rules keep it,
    that is remembered for some hours.
    """
    ref = f"refs/heads/{branch}"
    there = await context.repo.refs.get(ref)
    if there is None:
        return True
    refused, key = context.shared.cache.undeletable_branches, (context.info.id, ref, there.sha)
    if key in refused or await holds_work(context, branch, there.sha):
        return False
    done = await context.push(f":{ref}", {ref: there.sha})
    if not isinstance(done, AcceptedPush) and done.kind == "declined":
        refused[key] = True
    return isinstance(done, AcceptedPush)
