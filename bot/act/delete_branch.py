"""Delete a branch of ours that nothing needs any more."""

from __future__ import annotations

from bot.decide.actions import DeleteBranch
from bot.look.look import Snapshot
from bot.migration import branches
from bot.migration.context import TurnContext


async def delete_branch(context: TurnContext, snapshot: Snapshot, action: DeleteBranch) -> str:
    deleted = await branches.delete_branch(context, action.name)
    return f"deleted the branch {action.name}" if deleted else ""
