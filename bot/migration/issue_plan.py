"""The plan that an issue has: a file on the default branch, or else a block in its body that somebody approved."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from bot.decide.facts import PlanOrigin, PlanProblem, UnapprovedPlan
from bot.decide.plan_file import (
    FileChoice,
    OtherIssuesFile,
    PlanClaim,
    PlanFile,
    SeveralFiles,
    chosen_file,
    named_files,
    others_matter,
)
from bot.github import Comment, Issue
from bot.markers.hidden import state_in
from bot.migration.context import TurnContext
from bot.migration.issue_body import BodyPlan, body_plan
from bot.migration.plan_source import LoadedPlan, plan_in_block, plan_in_file
from bot.plan.approval import KeptPlan, PlanVersion
from bot.plan.plan import Plan
from bot.plan.read import plan_block
from bot.report.plan_problems import awaits_approval, lost_plan, several_files, taken_file

RELEASED = frozenset(("not_planned", "duplicate"))
"""Why an issue was closed that holds no plan file any more."""


async def load_issue_plan(context: TurnContext, issue: Issue, own_comments: Sequence[Comment]) -> LoadedPlan:
    files = await context.plan_files()
    kept = kept_plan_in(context, own_comments)
    named = named_files(files, issue.body)
    renamed = bool(kept.file and named) and kept.file not in named
    body = await body_plan(context, issue, kept, own_comments, renamed)
    match await _file(context, issue, files, kept, body):
        case PlanFile() as file:
            return _of_file(file, issue)
        case SeveralFiles(paths):
            return LoadedPlan(several_files(paths))
        case OtherIssuesFile() as taken:
            return LoadedPlan(taken_file(taken, issue.number))
    return _of_body(body, issue.number)


def kept_plan_in(context: TurnContext, comments: Sequence[Comment]) -> KeptPlan:
    status = next((one for one in comments if context.is_status(one)), None)
    return KeptPlan.from_json(state_in(status.body).get("source")) if status else KeptPlan()


# Files


async def _file(
    context: TurnContext, issue: Issue, files: Sequence[PlanFile], kept: KeptPlan, body: BodyPlan
) -> FileChoice:
    own = _own_claim(issue, files, kept, body)
    if not others_matter(files, own):
        return chosen_file(files, own)
    others = [one for one in await context.listings.tracking_issues() if one.number != issue.number]
    claims = await asyncio.gather(*(_claim(context, files, one) for one in others))
    return chosen_file(files, own, claims)


def _own_claim(issue: Issue, files: Sequence[PlanFile], kept: KeptPlan, body: BodyPlan) -> PlanClaim:
    named = named_files(files, issue.body) if body.names_count else ()
    there = any(one.path == kept.file for one in files)
    kept_file = kept.file if there and (not named or kept.file in named) else ""
    return PlanClaim(
        issue.number, kept_file, named, bool((body.version and body.version.text) or body.unapproved)
    )


async def _claim(context: TurnContext, files: Sequence[PlanFile], issue: Issue) -> PlanClaim:
    kept = kept_plan_in(context, await context.repo.comments.of(issue.number))
    holds = issue.state == "open" or issue.state_reason not in RELEASED
    has_block = plan_block(issue.body) is not None or bool(kept.approval and kept.approval.digest)
    return PlanClaim(issue.number, kept.file, named_files(files, issue.body), has_block, holds)


def _of_file(file: PlanFile, issue: Issue) -> LoadedPlan:
    loaded = plan_in_file(file)
    return replace(loaded, origin=replace(loaded.origin, ignores_block=plan_block(issue.body) is not None))


# Blocks


def _of_body(body: BodyPlan, issue: int) -> LoadedPlan:
    unapproved = _unapproved_plan(body.unapproved, issue) if body.unapproved else None
    if body.approval is None and unapproved is not None:
        return LoadedPlan(awaits_approval(unapproved), origin=PlanOrigin(unapproved=unapproved))
    if body.approval is None:
        return LoadedPlan(None)
    kept = _kept_plan(body)
    if body.version is None:
        origin = PlanOrigin(approval=body.approval, unapproved=unapproved)
        return LoadedPlan(lost_plan(body.approval), origin=origin, kept=kept)
    if not body.version.text:
        problem = awaits_approval(unapproved) if unapproved and unapproved.digest else None
        return LoadedPlan(problem, origin=PlanOrigin(unapproved=unapproved if problem else None), kept=kept)
    loaded = plan_in_block(body.version, issue)
    origin = replace(loaded.origin, approval=body.approval, unapproved=unapproved)
    return replace(loaded, origin=origin, kept=kept)


def _kept_plan(body: BodyPlan) -> KeptPlan:
    version = body.version or PlanVersion("", 1, "", 0.0)
    return KeptPlan("", body.approval, version.text, version.first_line)


def _unapproved_plan(version: PlanVersion, issue: int) -> UnapprovedPlan:
    plan: Plan | PlanProblem | None = plan_in_block(version, issue).plan if version.text else None
    return UnapprovedPlan(version.by, version.digest, version.at, plan)
