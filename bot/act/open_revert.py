"""Open the pull request that reverts a phase, a batch, everything, or a revert."""

from __future__ import annotations

from bot.act.answer import answer
from bot.decide.actions import Answer, OpenRevert, Reason
from bot.decide.requests import UserRequest
from bot.look.look import Snapshot
from bot.migration.context import TurnContext
from bot.revert import revert_pull
from bot.revert.revert_pull import RevertOutcome


async def open_revert(context: TurnContext, snapshot: Snapshot, action: OpenRevert) -> str:
    result = await revert_pull.open_revert(context, snapshot.facts, action)
    if action.request is not None:
        reason: Reason = "reverting" if action.revert_of is None else "restoring"
        await answer(context, _answer(action.request, result, reason))
    return f"opened #{result.number} to revert"


def _answer(request: UserRequest, result: RevertOutcome, reason: Reason) -> Answer:
    if result.number is None:
        return Answer(request, "failed", "trouble", result.about)
    if result.unreverted:
        also = f" to revert {result.about}" if result.about else ""
        return Answer(request, "done", "conflicts", f"{also}: {result.unreverted}", result.number)
    return Answer(request, "done", reason, result.about, result.number)
