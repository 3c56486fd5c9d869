"""Rebuild a phase's branch from its base commit, and report the verification again."""

from __future__ import annotations

from bot.act.answer import answer
from bot.decide.actions import Answer, VerifyBranch
from bot.look.look import Snapshot
from bot.migration.context import TurnContext
from bot.plan.plan import Plan
from bot.publish.phase import PublishRequest, verify


async def verify_branch(context: TurnContext, snapshot: Snapshot, action: VerifyBranch) -> str:
    loaded = snapshot.loaded_plan
    if not isinstance(loaded.plan, Plan):
        return "no plan"
    for part in snapshot.facts.parts:
        if part.phase.number == action.phase and part.slice in action.slices:
            await verify(context, PublishRequest(loaded, loaded.plan, part))
    await answer(context, Answer(action.request, "done", "verified"))
    return f"verified the branch of phase {action.phase}"
