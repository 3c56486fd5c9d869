"""Create the labels that a migration needs, and add and remove them on its issue."""

from __future__ import annotations

from bot.decide.actions import AddLabel, EnsureLabels, RemoveLabel
from bot.look.look import Snapshot
from bot.migration.context import TurnContext
from bot.report.labels import look_of


async def ensure_labels(context: TurnContext, snapshot: Snapshot, action: EnsureLabels) -> str:
    existing = {label.name for label in await context.repo.labels.all()}
    for name in action.names:
        if name not in existing:
            await context.repo.labels.create(name, *look_of(name))
    return "created the missing labels"


async def add_label(context: TurnContext, snapshot: Snapshot, action: AddLabel) -> str:
    await context.repo.issues.add_labels(context.migration.issue, action.name)
    return f"added the label {action.name}"


async def remove_label(context: TurnContext, snapshot: Snapshot, action: RemoveLabel) -> str:
    await context.repo.issues.remove_label(context.migration.issue, action.name)
    return f"removed the label {action.name}"
