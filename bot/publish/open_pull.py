"""A pull request of Drover's besides the phases': commits made locally, signed by GitHub, on a branch of their own."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from bot.git.remote import Rejected
from bot.github import Forbidden, Invalid, PullRequest
from bot.migration.context import Desk
from bot.report import answers as messages


@dataclass(frozen=True)
class NotOpened:
    why: str


async def open_pull(
    desk: Desk,
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
    pushed = await desk.with_mirror(lambda mirror: mirror.remote.push([f"+{head}:{private}"]))
    if isinstance(pushed, Rejected):
        return NotOpened(messages.trouble_push(pushed.reason))
    parent = desk.head
    for message, tree in row:
        parent = (await desk.repo.commits.create(message, tree, [parent])).sha
    failed = await _set(desk, branch, parent)
    await desk.repo.refs.delete(private)
    if failed:
        return NotOpened(messages.trouble_push(failed))
    known = await desk.repo.pulls.find(head=branch, state="open")
    return (
        known[0]
        if known
        else await desk.repo.pulls.create(title, branch, desk.info.default_branch, body, draft)
    )


async def _set(desk: Desk, branch: str, sha: str) -> str | None:
    """A branch of that name without an open pull request is what a try that was cut short has left."""
    ref = f"refs/heads/{branch}"
    await asyncio.to_thread(desk.store.record_head, desk.info.id, ref, sha)
    try:
        if (await desk.repo.refs.create(ref, sha)).sha != sha:
            await desk.repo.refs.update(ref, sha, force=True)
    except (Forbidden, Invalid) as refused:
        return refused.message
    return None
