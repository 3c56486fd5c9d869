"""Close a phase's pull requests, and delete their branches."""

from __future__ import annotations

from bot.decide.actions import ClosePhase
from bot.decide.facts import PhaseFacts
from bot.decide.status import label_of
from bot.look.look import Snapshot
from bot.markers.hidden import Notice
from bot.migration.branches import delete_branch
from bot.migration.comments import say_once
from bot.migration.context import TurnContext
from bot.plan.branch_names import phase_branch
from bot.report.phase_comments import phase_closed


async def close_phase(context: TurnContext, snapshot: Snapshot, action: ClosePhase) -> str:
    for part in (*snapshot.facts.parts, *snapshot.facts.orphaned_phases):
        if part.phase.number == action.phase and part.slice in action.slices:
            await _close_part(context, part, action)
    return f"closed phase {action.phase}"


async def _close_part(context: TurnContext, part: PhaseFacts, action: ClosePhase) -> None:
    pull = part.pull
    if pull is not None and pull.state == "open":
        label = "" if part.obsolete_reason else label_of(action.phase)
        text = phase_closed(action.why, label)
        await say_once(context, pull.number, Notice("withdrawn", pull.head), text)
        await context.repo.pulls.update(pull.number, state="closed")
    await delete_branch(context, phase_branch(context.migration.issue, action.phase, part.slice.key))
