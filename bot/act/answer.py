"""Answer a request where the person will see it, once."""

from __future__ import annotations

import asyncio

from bot.decide.actions import Answer
from bot.github import Comment
from bot.look.look import Snapshot
from bot.markers.hidden import PlanApproval, answer_marker, approval_marker
from bot.migration.context import TurnContext
from bot.report import answers


async def give_answer(context: TurnContext, snapshot: Snapshot, action: Answer) -> str:
    return await answer(context, action)


async def answer(
    context: TurnContext,
    action: Answer,
    replaced: Comment | None = None,
    approval: PlanApproval | None = None,
) -> str:
    """Write the answer, in the place of a comment where one is given, and react to the request."""
    request = action.request
    text = f"{answer_marker(request.id)}\n{answers.answer(action)}"
    text += f" {approval_marker(approval)}" if approval else ""
    written = await context.repo.comments.update(replaced.id, text) if replaced else None
    if written is None and (approval or request.source in ("comment", "label") or action.ending != "done"):
        await context.repo.comments.create(request.where, text)
    if request.source == "comment" and request.ref:
        await context.repo.reactions.to_comment(
            request.ref, "hooray" if action.ending == "done" else "confused"
        )
    await asyncio.to_thread(context.store.requests.close, request.id, action.ending)
    return f"answered {request.verb} by {request.by}: {action.ending}"
