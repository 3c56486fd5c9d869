"""Ticked boxes whose delivery, which alone says who ticked them, has not come."""

from __future__ import annotations

import time

from bot.act.answer import answer
from bot.decide.actions import Answer
from bot.decide.requests import UserRequest
from bot.github import Comment
from bot.look.late_ticks import LateTicks
from bot.look.look import GRACE, Snapshot
from bot.migration.context import TurnContext


async def wait_for_deliveries(context: TurnContext, snapshot: Snapshot) -> float | None:
    """When to look again, while the delivery may still come; later the ticks are answered, and None."""
    comment, late = snapshot.status_comment, snapshot.late_ticks
    if comment is None or not late.boxes:
        return None
    until = late.at + GRACE
    if time.time() < until:
        return until + 0.5
    for name in late.boxes:
        request = _request(comment, name, late, context.migration.issue)
        await answer(context, Answer(request, "refused", "unknown user"))
    return None


def _request(comment: Comment, box: str, late: LateTicks, issue: int) -> UserRequest:
    key = f"tick-{comment.id}-{box}-{int(late.at)}"
    return UserRequest("unknown", id=key, by=late.editor, at=late.at, source="box", where=issue, box=box)
