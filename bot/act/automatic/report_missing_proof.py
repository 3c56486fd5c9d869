"""Report a verification that was missed, after the merge or a kill."""

from __future__ import annotations

from bot.decide.automatic_actions import ReportMissingProof
from bot.look.look import Snapshot
from bot.migration.context import TurnContext
from bot.plan.plan import Plan
from bot.publish.phase import PublishRequest, verify


async def report_missing_proof(context: TurnContext, snapshot: Snapshot, action: ReportMissingProof) -> str:
    """Tried once by this process, where it can't be reported."""
    loaded, key = snapshot.loaded_plan, (context.info.id, action.head)
    if not isinstance(loaded.plan, Plan) or key in context.shared.cache.unreported_proofs:
        return ""
    for part in snapshot.facts.parts:
        if part.pull is not None and part.pull.head == action.head:
            await verify(context, PublishRequest(loaded, loaded.plan, part))
    context.shared.cache.unreported_proofs[key] = True
    return f"reported the missing verification of phase {action.phase}"
