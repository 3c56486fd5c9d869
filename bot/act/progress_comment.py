"""Long work told of while it runs: one comment, edited now and then, that becomes the result.

Killed in between, the comment stays and is found again by its marker.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeVar

from bot.decide.progress import Going, due
from bot.decide.requests import Intent
from bot.github import Comment
from bot.migration.context import Desk
from bot.report import progress as report

T = TypeVar("T")
Progress = Callable[[int, int], None]
LOOK_EVERY = 0.25


async def told(
    desk: Desk, intent: Intent, work: Callable[[Progress], Awaitable[T]]
) -> tuple[T, Comment | None]:
    """The work's result, and the comment to put it into, where there is one."""
    going = Going(time.time())

    def progress(done: int, whole: int) -> None:
        nonlocal going
        going = replace(going, done=done, whole=whole)

    doing = asyncio.ensure_future(work(progress))
    comment, said = await _left_behind(desk, intent), None
    try:
        while not (await asyncio.wait({doing}, timeout=LOOK_EVERY))[0]:
            if due(going, said, now := time.time()):
                comment, said = await _say(desk, intent, comment, report.running(intent, going, now)), now
    finally:
        doing.cancel()
    return await doing, comment


async def _left_behind(desk: Desk, intent: Intent) -> Comment | None:
    marker = report.marker(intent)
    comments = await desk.repo.comments.of(intent.where)
    return next((one for one in comments if desk.is_ours(one) and marker in one.body), None)


async def _say(desk: Desk, intent: Intent, comment: Comment | None, text: str) -> Comment:
    kept = await desk.repo.comments.update(comment.id, text) if comment else None
    return kept or await desk.repo.comments.create(intent.where, text)
