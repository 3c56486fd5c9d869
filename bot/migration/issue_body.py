"""Which version of an issue's body counts: the last that somebody with write access wrote or approved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.github import Comment, Issue
from bot.markers.hidden import PlanApproval, approvals_in
from bot.migration.context import TurnContext
from bot.plan.approval import KeptPlan, PlanVersion, approves, plan_version


@dataclass(frozen=True)
class BodyPlan:
    """The plan in an issue's body."""

    approval: PlanApproval | None = None
    """None: nobody who can write has written or approved any."""
    version: PlanVersion | None = None
    """The approved plan; None if its text can't be found any more."""
    unapproved: PlanVersion | None = None
    """The plan that is there now, if it isn't the approved one."""
    names_count: bool = True
    """Whether the files that the body names are what somebody who can write named."""


async def body_plan(
    context: TurnContext, issue: Issue, kept: KeptPlan, own_comments: Sequence[Comment], renamed: bool
) -> BodyPlan:
    """`renamed`: the body names another file than the one that is in use."""
    approvals = [one for comment in own_comments for one in approvals_in(comment.body)]
    approvals = [kept.approval, *approvals] if kept.approval else approvals
    now = plan_version(issue.body, "", 0.0)
    if not now.text and not approvals and not renamed:
        return BodyPlan()
    edit = await context.repo.issues.last_edit(issue)
    now = replace(now, by=edit.editor.login, at=edit.edited_at.timestamp())
    if (await context.person(now.by)).could_write:
        return BodyPlan(now.own_approval, now)
    found = await _approved_body(context, issue, now, approvals, kept)
    return replace(found, names_count=not kept.file and found.approval is None)


async def _approved_body(
    context: TurnContext, issue: Issue, now: PlanVersion, approvals: Sequence[PlanApproval], kept: KeptPlan
) -> BodyPlan:
    latest = max(approvals, key=lambda one: one.at, default=None)
    if latest is not None and approves(latest, now.text):
        return BodyPlan(latest, now)
    versions = await _versions(context, issue)
    written = await _last_written(context, versions, latest.at if latest else float("-inf"))
    unapproved = now if now.text or latest or written else None
    if written is not None:
        if written.digest == now.digest:
            return BodyPlan(written.own_approval, now)
        return BodyPlan(written.own_approval, written, unapproved)
    if latest is None:
        return BodyPlan(unapproved=unapproved)
    return BodyPlan(latest, _with_digest(latest, versions, kept), unapproved)


async def _versions(context: TurnContext, issue: Issue) -> list[PlanVersion]:
    """Earlier ones than today's, newest first."""
    edits = [one for one in reversed(await context.repo.issues.edits(issue)) if one.text is not None]
    return [plan_version(one.text or "", one.editor.login, one.edited_at.timestamp()) for one in edits[1:]]


async def _last_written(
    context: TurnContext, versions: Sequence[PlanVersion], after: float
) -> PlanVersion | None:
    """By somebody who can write, later than what was approved last."""
    for one in versions:
        if one.at > after and (await context.person(one.by)).could_write:
            return one
    return None


def _with_digest(
    approval: PlanApproval, versions: Sequence[PlanVersion], kept: KeptPlan
) -> PlanVersion | None:
    if kept.text and approves(approval, kept.text):
        return PlanVersion(kept.text, kept.first_line, approval.by, approval.at)
    return next((one for one in versions if approves(approval, one.text)), None)
