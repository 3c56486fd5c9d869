"""Close a revert pull request whose changes are reverted already."""

from __future__ import annotations

from bot.decide.automatic_actions import CloseRevert
from bot.look.look import Snapshot
from bot.markers.hidden import Notice
from bot.migration.comments import say_once
from bot.migration.context import TurnContext
from bot.report.revert_pull import already_reverted


async def close_revert(context: TurnContext, snapshot: Snapshot, action: CloseRevert) -> str:
    await say_once(context, action.number, Notice("needless"), already_reverted(action.phase))
    await context.repo.pulls.update(action.number, state="closed")
    return f"closed #{action.number}: phase {action.phase} is reverted already"
