"""Request a run of the plan's commands on a commit."""

from __future__ import annotations

from bot.commands.check_run import ask_for_commands
from bot.decide.automatic_actions import RunCommands
from bot.look.look import Snapshot
from bot.migration.context import TurnContext
from bot.plan.plan import Plan


async def run_commands(context: TurnContext, snapshot: Snapshot, action: RunCommands) -> str:
    plan = snapshot.facts.plan
    if not isinstance(plan, Plan):
        return "there is no plan any more"
    return await ask_for_commands(context, plan, action)
