"""Says on the issue how far a long count has come: the first of a large repository, above all of members."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

from bot.decide.progress import UPDATE_INTERVAL, WorkProgress
from bot.github import Comment, Issue
from bot.look.look import Snapshot, look
from bot.migration.context import TurnContext
from bot.report.progress import first_status, with_notice
from bot.store import Migration

LOOK_EVERY = 0.5


async def look_and_report(context: TurnContext, migration: Migration, issue: Issue) -> Snapshot:
    """The look; where its count takes long, the status comment says so meanwhile."""
    looking = asyncio.ensure_future(look(context, migration, issue))
    comment, reported_at = None, 0.0
    try:
        while not (await asyncio.wait({looking}, timeout=LOOK_EVERY))[0]:
            going, now = context.count_progress, time.time()
            if going is not None and is_worth_reporting(going, reported_at, now):
                comment, reported_at = await report(context, issue, comment, going), now
    finally:
        looking.cancel()
    snapshot = await looking
    return replace(snapshot, status_comment=comment) if comment is not None else snapshot


def is_worth_reporting(going: WorkProgress, reported_at: float, now: float) -> bool:
    return going.total > 0 and now - max(going.started_at, reported_at) >= UPDATE_INTERVAL


async def report(
    context: TurnContext, issue: Issue, comment: Comment | None, going: WorkProgress
) -> Comment | None:
    """The status comment with the notice in it; there is none yet where the migration has just begun."""
    if comment is None:
        comments = await context.repo.comments.of(issue.number)
        comment = next((one for one in comments if context.is_status(one)), None)
    if comment is None:
        return await context.repo.comments.create(issue.number, first_status(issue.title, going, time.time()))
    return await context.repo.comments.update(comment.id, with_notice(comment.body, going, time.time()))
