"""Reopen what somebody closed who can't write to the repository."""

from __future__ import annotations

from bot.decide.actions import Reopen
from bot.look.look import Snapshot
from bot.migration.context import TurnContext


async def reopen(context: TurnContext, snapshot: Snapshot, action: Reopen) -> str:
    if action.number == context.migration.issue:
        await context.repo.issues.reopen(action.number)
    else:
        await context.repo.pulls.update(action.number, state="open")
    return f"reopened #{action.number}"
