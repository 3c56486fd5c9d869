"""Report the new uses on the default branch since the last count."""

from __future__ import annotations

from bot.decide.actions import ReportNewUses
from bot.decide.ratchet import WatchedMigration
from bot.look.look import Snapshot
from bot.markers.hidden import Notice
from bot.migration.comments import say_once
from bot.migration.context import TurnContext
from bot.plan.plan import Plan
from bot.ratchet.regressions import find_new_uses
from bot.report.issue_comments import new_uses


async def report_new_uses(context: TurnContext, snapshot: Snapshot, action: ReportNewUses) -> str:
    """Empty if there were none."""
    plan, head = snapshot.loaded_plan.plan, context.head
    context.shared.cache.reported_new_uses[action.since, head] = True
    if not isinstance(plan, Plan):
        return ""
    watched = WatchedMigration(context.migration.issue, plan, snapshot.loaded_plan.digests)
    uses = await context.with_mirror(
        lambda mirror: find_new_uses(mirror, watched, action.since, head, context.shared.index)
    )
    if not uses:
        return ""
    text = new_uses(uses, context.info.html_url, head)
    await say_once(context, context.migration.issue, Notice("came-in", head), text)
    return f"reported {len(uses)} new uses"
