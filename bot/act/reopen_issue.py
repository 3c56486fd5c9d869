"""Reopen the issue, since references came back after the end."""

from __future__ import annotations

from bot.decide.actions import ReopenIssue
from bot.look.look import Snapshot
from bot.markers.hidden import Notice
from bot.migration.comments import say_once
from bot.migration.context import TurnContext
from bot.report.issue_comments import issue_reopened


async def reopen_issue(context: TurnContext, snapshot: Snapshot, action: ReopenIssue) -> str:
    notice = Notice("reopened", str(snapshot.facts.closed_by_us_at))
    await say_once(context, context.migration.issue, notice, issue_reopened(snapshot.facts))
    await context.repo.issues.reopen(context.migration.issue)
    return "reopened the issue"
