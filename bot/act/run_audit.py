"""Audit the migration for a request, with a progress comment while it runs."""

from __future__ import annotations

from bot.act.answer import answer
from bot.act.audit_text import AuditText, NoReplacementNamed, audit_issue
from bot.act.progress_comment import with_progress_comment
from bot.decide.actions import Answer, RunAudit
from bot.look.look import Snapshot
from bot.migration.context import TurnContext


async def run_audit(context: TurnContext, snapshot: Snapshot, action: RunAudit) -> str:
    request, plan = action.request, snapshot.loaded_plan
    issue = await context.repo.issues.get(context.migration.issue)
    result, comment = await with_progress_comment(
        context, request, lambda progress: audit_issue(context, plan, issue.body, progress)
    )
    match result:
        case AuditText(text):
            return await answer(context, Answer(request, "done", "audited", text), comment)
        case NoReplacementNamed():
            return await answer(context, Answer(request, "refused", "nothing named"), comment)
        case problem:
            return await answer(context, Answer(request, "refused", "plan wrong", problem.text), comment)
