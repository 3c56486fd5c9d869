"""Which function performs which action. Each can be repeated: what is done already stays as it is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from bot.act.announce_forced_start import announce_forced_start
from bot.act.answer import answer_comment, give_answer
from bot.act.approve_plan import approve_plan
from bot.act.automatic.close_revert import close_revert
from bot.act.automatic.enable_auto_merge import enable_auto_merge
from bot.act.automatic.mark_ready_for_review import mark_ready_for_review
from bot.act.automatic.offer_revert import offer_revert
from bot.act.automatic.prepare_pull import prepare_pull
from bot.act.automatic.report_missing_proof import report_missing_proof
from bot.act.automatic.rerun_checks import rerun_checks
from bot.act.automatic.revert_after_failure import revert_after_failure
from bot.act.automatic.run_commands import run_commands
from bot.act.close_phase import close_phase
from bot.act.delete_branch import delete_branch
from bot.act.finish_migration import finish_migration
from bot.act.labels import add_label, ensure_labels, remove_label
from bot.act.open_revert import open_revert
from bot.act.propose_plan import propose_plan
from bot.act.publish_phase import publish_phase
from bot.act.reopen import reopen
from bot.act.reopen_issue import reopen_issue
from bot.act.report_new_uses import report_new_uses
from bot.act.run_audit import run_audit
from bot.act.verify_branch import verify_branch
from bot.decide import actions, automatic_actions
from bot.decide.forced_start import ForcedStart
from bot.look.look import Snapshot
from bot.migration.context import TurnContext

PERFORMED_BY: Mapping[type, Callable[[TurnContext, Snapshot, Any], Awaitable[str]]] = {
    actions.EnsureLabels: ensure_labels,
    actions.AddLabel: add_label,
    actions.RemoveLabel: remove_label,
    actions.Answer: give_answer,
    actions.AnswerComment: answer_comment,
    actions.RunAudit: run_audit,
    actions.ProposePlan: propose_plan,
    actions.ApprovePlan: approve_plan,
    ForcedStart: announce_forced_start,
    actions.PublishPhase: publish_phase,
    actions.VerifyBranch: verify_branch,
    actions.ClosePhase: close_phase,
    actions.OpenRevert: open_revert,
    actions.DeleteBranch: delete_branch,
    automatic_actions.PreparePull: prepare_pull,
    automatic_actions.RunCommands: run_commands,
    automatic_actions.RerunChecks: rerun_checks,
    automatic_actions.RevertAfterFailure: revert_after_failure,
    automatic_actions.EnableAutoMerge: enable_auto_merge,
    automatic_actions.MarkReadyForReview: mark_ready_for_review,
    automatic_actions.CloseRevert: close_revert,
    automatic_actions.OfferRevert: offer_revert,
    automatic_actions.ReportMissingProof: report_missing_proof,
    actions.ReportNewUses: report_new_uses,
    actions.FinishMigration: finish_migration,
    actions.ReopenIssue: reopen_issue,
    actions.Reopen: reopen,
}


async def perform(context: TurnContext, snapshot: Snapshot, action: actions.Action) -> str:
    """Perform an action; what was done, in a few words for the log, or empty if nothing was."""
    return await PERFORMED_BY[type(action)](context, snapshot, action)
