"""Commands on pull requests that are no phase's: they are not acted on, and answered with where they are heard."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from bot.decide.requests import Intent
from bot.github import Comment
from bot.migration.context import Desk
from bot.plan.branch_names import PHASE_BRANCH


async def elsewhere(desk: Desk, kept: Sequence[Intent]) -> list[Intent]:
    """Those that still wait for an answer; of the others it is noted that they don't."""
    waiting = []
    for intent in kept:
        if await _waits(desk, intent):
            waiting.append(replace(intent, verb="unknown", problem="elsewhere"))
        else:
            await asyncio.to_thread(desk.store.answer_intent, intent.id, "refused")
    return waiting


async def _waits(desk: Desk, intent: Intent) -> bool:
    said = await desk.repo.comments.of(intent.where)
    marker = f"<!-- drover:answer {intent.id} -->"
    answered = any(marker in one.body for one in said if desk.is_ours(one))
    return not answered and _stands(said, intent) and not await _is_heard(desk, intent.where)


def _stands(said: Sequence[Comment], intent: Intent) -> bool:
    return any(one.id == intent.ref for one in said)


async def _is_heard(desk: Desk, number: int) -> bool:
    """Whether it is the newest pull request of a phase: a look at its migration reads what is said there."""
    pull = await desk.repo.pulls.get(number)
    branch = PHASE_BRANCH.fullmatch(pull.head_ref)
    if pull.from_fork or branch is None or branch["phase"] is None:
        return False
    same = await desk.repo.pulls.find(head=pull.head_ref, state="all")
    return number == max(one.number for one in same)
