"""Approve a plan in the issue's body: the answer carries the approval."""

from __future__ import annotations

from bot.act.answer import answer
from bot.decide.actions import Answer, ApprovePlan
from bot.look.look import Snapshot
from bot.migration.context import TurnContext


async def approve_plan(context: TurnContext, snapshot: Snapshot, action: ApprovePlan) -> str:
    approved = Answer(action.request, "done", "approved", action.approval.digest)
    return await answer(context, approved, approval=action.approval)
