"""A pull request of Drover's besides the phases': commits made locally, signed by GitHub, on a branch of their own."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from bot.git.remote import Rejected
from bot.github import Forbidden, Invalid, PullRequest
from bot.migration.context import TurnContext
from bot.report import answers as messages


@dataclass(frozen=True)
class NotOpened:
    why: str


async def open_pull(
    context: TurnContext,
    branch: str,
    head: str,
    row: Sequence[tuple[str, str]],
    title: str,
    body: str,
    *,
    draft: bool = False,
) -> PullRequest | NotOpened:
    """1. the objects  2. the commits  3. the branch  4. the pull request. `row`: message and tree of each commit."""
    private = f"refs/{branch}"
    pushed = await context.with_mirror(lambda mirror: mirror.remote.push([f"+{head}:{private}"]))
    if isinstance(pushed, Rejected):
        return NotOpened(messages.trouble_push(pushed.reason))
    context.repo.pushed(*(tree for _, tree in row))
    parent = context.head
    for message, tree in row:
        parent = (await context.repo.commits.create(message, tree, [parent])).sha
    failed = await _set(context, branch, parent)
    await context.repo.refs.delete(private)
    if failed:
        return NotOpened(messages.trouble_push(failed))
    known = await context.repo.pulls.find(head=branch, state="open")
    return (
        known[0]
        if known
        else await context.repo.pulls.create(title, branch, context.info.default_branch, body, draft)
    )


async def _set(context: TurnContext, branch: str, sha: str) -> str | None:
    """A branch of that name without an open pull request is what a try that was cut short has left."""
    ref = f"refs/heads/{branch}"
    await asyncio.to_thread(context.store.pushed_heads.record, context.info.id, ref, sha)
    try:
        if (await context.repo.refs.create(ref, sha)).sha != sha:
            await context.repo.refs.update(ref, sha, force=True)
    except (Forbidden, Invalid) as refused:
        return refused.message
    return None
