"""Commands on pull requests where none are read: answered with where to write them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from bot.decide.requests import UserRequest
from bot.github import Comment
from bot.markers.hidden import answered_requests
from bot.migration.context import TurnContext
from bot.plan.branch_names import migration_branch


async def commands_on_other_pulls(context: TurnContext, requests: Sequence[UserRequest]) -> list[UserRequest]:
    """Those that still wait for an answer; of the others it is noted that they don't. Who can't write gets none:
    anybody can open pull requests, and write on them, without end."""
    waiting = []
    for request in requests:
        person = await context.person(request.by)
        if (person.may_write or person.is_unknown) and await _is_unanswered(context, request):
            waiting.append(replace(request, verb="unknown", problem="elsewhere"))
        else:
            await asyncio.to_thread(context.store.requests.close, request.id, "refused")
    return waiting


async def _is_unanswered(context: TurnContext, request: UserRequest) -> bool:
    comments = await context.repo.comments.of(request.where)
    answered = any(request.id in answered_requests(one.body) for one in comments if context.is_ours(one))
    return (
        not answered and _still_exists(comments, request) and not await _is_read_there(context, request.where)
    )


def _still_exists(comments: Sequence[Comment], request: UserRequest) -> bool:
    return any(one.id == request.ref for one in comments)


async def _is_read_there(context: TurnContext, number: int) -> bool:
    """Whether it is the newest pull request of a phase: a look at its migration reads what is said there."""
    pull = await context.repo.pulls.get(number)
    branch = migration_branch(pull.head_ref)
    if pull.from_fork or branch is None or branch.phase is None:
        return False
    same = await context.repo.pulls.find(head=pull.head_ref, state="all")
    return number == max(one.number for one in same)
