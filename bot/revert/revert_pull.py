"""The pull request that reverts what was merged: with what was built on it, verified, and safe to repeat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from bot.audit.audit import plan_rules
from bot.decide.actions import OpenRevert
from bot.decide.facts import Facts
from bot.git.mirror import Mirror
from bot.markers.trailers import migration_name
from bot.migration.context import TurnContext
from bot.plan.branch_names import revert_branch, revert_of_revert_branch
from bot.plan.plan import Plan
from bot.plan.slices import WHOLE_PHASE
from bot.publish.open_pull import NotOpened, PullRequestDraft, open_pull
from bot.publish.phase_pull import report_verification
from bot.publish.signed_commits import LocalCommits, local_commits
from bot.report.pull_request import with_signing
from bot.report.revert_pull import (
    RevertScope,
    dependents_summary,
    nothing_reverted,
    revert_body,
    revert_check,
    revert_title,
    unreverted_summary,
)
from bot.revert.inverse import MergedPart
from bot.revert.merged_parts import later_parts, wanted_parts
from bot.revert.verified_revert import RevertRequest, VerifiedRevert, verified_revert
from codemods.model.rules import Rules


@dataclass(frozen=True)
class RevertOutcome:
    number: int | None
    about: str = ""
    """What is reverted besides, or why nothing is."""
    unreverted: str = ""
    """What could not be reverted."""


async def open_revert(context: TurnContext, facts: Facts, action: OpenRevert) -> RevertOutcome:
    """1. what was merged  2. its inverse, with that of what builds on it  3. the branch  4. the pull request, its proof"""
    wanted, later = await wanted_parts(context, facts, action), await later_parts(context, facts, action)
    request = RevertRequest(
        context.head,
        migration_name(context.info.full_name, facts.issue),
        context.identity,
        _rules(facts),
        context.shared.index,
    )
    made, commits = await context.with_mirror(lambda mirror: _build_revert(mirror, request, wanted, later))
    if not commits.shas:
        return RevertOutcome(None, nothing_reverted(made.conflicts))
    scope = _scope(facts, action, made)
    body = partial(
        with_signing, revert_body(scope, made.conflicts, facts.issue, made.verification, action.evidence)
    )
    title = revert_title(scope, facts.title)
    wanted_pull = PullRequestDraft(_branch(facts, action), commits, title, body, draft=bool(made.conflicts))
    pull = await open_pull(context, wanted_pull)
    if isinstance(pull, NotOpened):
        return RevertOutcome(None, pull.why)
    if await context.is_own_head(pull.head_sha):
        report = revert_check(scope, made.verification, made.conflicts)
        await report_verification(context, pull.head_sha, report)
    return RevertOutcome(pull.number, dependents_summary(scope), unreverted_summary(made.conflicts))


def _build_revert(
    mirror: Mirror, request: RevertRequest, wanted: Sequence[MergedPart], later: Sequence[MergedPart]
) -> tuple[VerifiedRevert, LocalCommits]:
    made = verified_revert(mirror, request, wanted, later)
    return made, local_commits(mirror, request.onto, made.inverse.shas)


def _rules(facts: Facts) -> Rules:
    return plan_rules(facts.plan) if isinstance(facts.plan, Plan) else Rules()


def _branch(facts: Facts, action: OpenRevert) -> str:
    if action.revert_of is not None:
        return revert_of_revert_branch(facts.issue, action.revert_of.number)
    return revert_branch(facts.issue, action.phase, action.batch, (action.slice or WHOLE_PHASE).key)


def _scope(facts: Facts, action: OpenRevert, made: VerifiedRevert) -> RevertScope:
    of = action.revert_of.number if action.revert_of else None
    reverted = {
        part.phase.number for part in facts.parts for revert in part.reverts if revert.pull.number == of
    }
    together = reverted - {action.phase} if action.phase is not None else ()
    return RevertScope(
        action.phase,
        action.batch,
        made.titles,
        action.slice or WHOLE_PHASE,
        of,
        made.pulls,
        made.dependents,
        tuple(sorted(together)),
    )
