"""Ticked boxes whose delivery, which alone says who ticked them, has not come."""

from __future__ import annotations

import time

from bot.act.answer import answer
from bot.decide.actions import Answer
from bot.decide.requests import UserRequest
from bot.github import Comment
from bot.look.look import GRACE, Snapshot
from bot.migration.context import TurnContext


async def wait_for_deliveries(context: TurnContext, snapshot: Snapshot) -> float | None:
    """When to look again, while the delivery may still come; later the ticks are answered, and None."""
    comment = snapshot.status_comment
    if comment is None or not snapshot.late_ticks:
        return None
    until = comment.updated_at.timestamp() + GRACE
    if time.time() < until:
        return until + 0.5
    editor = await _last_editor(context, comment)
    for name in snapshot.late_ticks:
        request = _request(comment, name, editor, context.migration.issue)
        await answer(context, Answer(request, "refused", "unknown user"))
    return None


def _request(comment: Comment, box: str, editor: str, issue: int) -> UserRequest:
    at = comment.updated_at.timestamp()
    return UserRequest(f"tick-{comment.id}-{box}-{int(at)}", "unknown", editor, at, "box", issue, box=box)


async def _last_editor(context: TurnContext, comment: Comment) -> str:
    edits = await context.repo.comments.edits(comment)
    return edits[-1].editor.login if edits else "everybody"
