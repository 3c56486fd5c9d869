"""Commands on pull requests that are no phase's: they are not acted on, and answered with where they are heard."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from bot.decide.requests import UserRequest
from bot.github import Comment
from bot.markers.hidden import answered_request
from bot.migration.context import TurnContext
from bot.plan.branch_names import migration_branch


async def commands_on_other_pulls(context: TurnContext, kept: Sequence[UserRequest]) -> list[UserRequest]:
    """Those that still wait for an answer; of the others it is noted that they don't."""
    waiting = []
    for request in kept:
        if await _waits(context, request):
            waiting.append(replace(request, verb="unknown", problem="elsewhere"))
        else:
            await asyncio.to_thread(context.store.requests.close, request.id, "refused")
    return waiting


async def _waits(context: TurnContext, request: UserRequest) -> bool:
    said = await context.repo.comments.of(request.where)
    answered = any(answered_request(one.body) == request.id for one in said if context.is_ours(one))
    return not answered and _stands(said, request) and not await _is_heard(context, request.where)


def _stands(said: Sequence[Comment], request: UserRequest) -> bool:
    return any(one.id == request.ref for one in said)


async def _is_heard(context: TurnContext, number: int) -> bool:
    """Whether it is the newest pull request of a phase: a look at its migration reads what is said there."""
    pull = await context.repo.pulls.get(number)
    branch = migration_branch(pull.head_ref)
    if pull.from_fork or branch is None or branch.phase is None:
        return False
    same = await context.repo.pulls.find(head=pull.head_ref, state="all")
    return number == max(one.number for one in same)
