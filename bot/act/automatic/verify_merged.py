"""Report the verification of a phase that was merged before it was reported."""

from __future__ import annotations

from bot.decide.automatic_actions import VerifyMerged
from bot.look.look import Snapshot
from bot.migration.context import TurnContext
from bot.plan.plan import Plan
from bot.publish.phase import PublishRequest, verify


async def verify_merged(context: TurnContext, snapshot: Snapshot, action: VerifyMerged) -> str:
    """Tried once by this process: GitHub may refuse the check."""
    loaded, key = snapshot.loaded_plan, (context.info.id, action.head)
    if not isinstance(loaded.plan, Plan) or key in context.shared.cache.verified_merges:
        return ""
    context.shared.cache.verified_merges[key] = True
    for part in snapshot.facts.parts:
        if part.pull is not None and part.pull.head == action.head:
            await verify(context, PublishRequest(loaded, loaded.plan, part))
    return f"verified phase {action.phase}, which was merged before"
