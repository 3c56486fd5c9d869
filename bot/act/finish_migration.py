"""Write the final report and close the issue."""

from __future__ import annotations

from bot.decide.actions import FinishMigration
from bot.look.look import Snapshot
from bot.markers.hidden import Notice
from bot.migration.comments import say_once
from bot.migration.context import TurnContext
from bot.report.issue_comments import migration_finished


async def finish_migration(context: TurnContext, snapshot: Snapshot, action: FinishMigration) -> str:
    notice = Notice("finished", snapshot.facts.head)
    await say_once(context, context.migration.issue, notice, migration_finished(snapshot.facts))
    await context.repo.issues.close(context.migration.issue)
    return "finished, and closed the issue"
