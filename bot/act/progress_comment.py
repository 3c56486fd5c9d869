"""A progress comment for long work: edited while it runs, and replaced by the result."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeVar

from bot.decide.progress import WorkProgress, is_update_due
from bot.decide.requests import UserRequest
from bot.github import Comment
from bot.markers.hidden import running_request
from bot.migration.context import TurnContext
from bot.report import progress as report

T = TypeVar("T")
Progress = Callable[[int, int], None]
LOOK_EVERY = 0.25


async def with_progress_comment(
    context: TurnContext, request: UserRequest, work: Callable[[Progress], Awaitable[T]]
) -> tuple[T, Comment | None]:
    """The work's result, and the comment to write it into, if there is one."""
    going = WorkProgress(time.time())

    def progress(done: int, whole: int) -> None:
        nonlocal going
        going = replace(going, done=done, total=whole)

    doing = asyncio.ensure_future(work(progress))
    comment, said = await _left_behind(context, request), None
    try:
        while not (await asyncio.wait({doing}, timeout=LOOK_EVERY))[0]:
            if is_update_due(going, said, now := time.time()):
                comment, said = (
                    await _say(context, request, comment, report.running(request, going, now)),
                    now,
                )
    finally:
        doing.cancel()
    return await doing, comment


async def _left_behind(context: TurnContext, request: UserRequest) -> Comment | None:
    comments = await context.repo.comments.of(request.where)
    return next(
        (one for one in comments if context.is_ours(one) and running_request(one.body) == request.id), None
    )


async def _say(context: TurnContext, request: UserRequest, comment: Comment | None, text: str) -> Comment:
    kept = await context.repo.comments.update(comment.id, text) if comment else None
    return kept or await context.repo.comments.create(request.where, text)
