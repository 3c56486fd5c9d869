"""Answer a request where the person will see it, once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from bot.decide.actions import Answer, AnswerComment
from bot.github import Comment, Content, Refusal
from bot.look.look import Snapshot
from bot.markers.hidden import PlanApproval, answer_marker, approval_marker, with_answers
from bot.migration.context import TurnContext
from bot.report import answers
from bot.report.text import LIMIT

log = logging.getLogger("drover.work")


async def give_answer(context: TurnContext, snapshot: Snapshot, action: Answer) -> str:
    return await answer(context, action)


async def answer_comment(context: TurnContext, snapshot: Snapshot, action: AnswerComment) -> str:
    return await _give(context, action.answers, answers.answer(*action.answers))


async def answer(
    context: TurnContext,
    action: Answer,
    replaced: Comment | None = None,
    approval: PlanApproval | None = None,
) -> str:
    """Write the answer, replacing the given comment if there is one, and react to the request."""
    if approval is not None:
        text = f"{answers.answer(action)} {approval_marker(approval)}"
        return await _give(context, [action], text, must_say=True)
    return await _give(context, [action], answers.answer(action), replaced)


async def _give(
    context: TurnContext,
    given: Sequence[Answer],
    text: str,
    replaced: Comment | None = None,
    must_say: bool = False,
) -> str:
    request, done = given[0].request, all(one.ending == "done" for one in given)
    if replaced or must_say or request.source in ("comment", "label") or not done:
        await _write(context, given, text, replaced)
    if request.comment is not None:
        await react(context, request.comment, "hooray" if done else "confused")
    for one in given:
        await asyncio.to_thread(context.store.requests.close, one.request.id, one.ending)
    verbs, ends = ({one.request.verb: 0 for one in given}, {one.ending: 0 for one in given})
    return f"answered {', '.join(verbs)} by {request.by}: {', '.join(ends)}"


async def _write(context: TurnContext, given: Sequence[Answer], text: str, replaced: Comment | None) -> None:
    """Further commands of one comment are answered where the first was: that notifies nobody again."""
    request, ids = given[0].request, [one.request.id for one in given]
    known, body = replaced, f"{answer_marker(*ids)}\n{text}"
    if replaced is None and request.comment in context.answers:
        earlier = context.answers[request.comment]
        both = with_answers(earlier.body, ids, text.removeprefix(f"@{request.by} "))
        known, body = (earlier, both) if len(both) <= LIMIT else (None, body)
    written = await context.repo.comments.update(known.id, body) if known else None
    written = written or await context.repo.comments.create(request.where, body)
    if request.comment is not None:
        context.answers[request.comment] = written


async def react(context: TurnContext, comment: int, content: Content) -> None:
    """Once: GitHub keeps one of each kind, and asking again would cost a write. The answer counts, not this."""
    if (comment, content) in context.shared.cache.reactions:
        return
    try:
        await context.repo.reactions.to_comment(comment, content)
    except Refusal as refused:
        log.warning("%s: no reaction: %s", context.info.full_name, refused)
    context.shared.cache.reactions[comment, content] = True
