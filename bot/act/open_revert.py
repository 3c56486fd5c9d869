"""Open the pull request that reverts a phase, a batch, everything, or a revert."""

from __future__ import annotations

from bot.act.answer import answer
from bot.decide.actions import Answer, OpenRevert, Reason
from bot.decide.requests import UserRequest
from bot.look.look import Snapshot
from bot.migration.context import TurnContext
from bot.revert import revert_pull


async def open_revert(context: TurnContext, snapshot: Snapshot, action: OpenRevert) -> str:
    result = await revert_pull.open_revert(context, snapshot.facts, action)
    if action.request is not None:
        reason: Reason = "reverting" if action.revert_of is None else "restoring"
        await answer(context, _answer(action.request, result.number, result.about, reason))
    return f"opened #{result.number} to revert"


def _answer(request: UserRequest, number: int | None, about: str, reason: Reason) -> Answer:
    if number is None:
        return Answer(request, "failed", "trouble", about)
    return Answer(request, "done", "conflicts" if about else reason, about, number)
