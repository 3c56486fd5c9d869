"""Gather the facts of one migration from GitHub, git and the store. Changes nothing."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field, replace

from bot.decide.checks import with_pending_commands
from bot.decide.facts import Closing, Facts, LabelChange, PhaseFacts, PlanProblem
from bot.decide.history import StatusHistory
from bot.decide.standing_labels import standing_labels
from bot.decide.status import ADOPT, AUDIT, PAUSED, label_of, nothing_remains, ready_to_retire
from bot.github import Comment, Issue
from bot.look.checks import checks_on
from bot.look.issue_thread import IssueThread, read_thread
from bot.look.late_ticks import LateTicks, late_ticks
from bot.look.obstacles import find_obstacles
from bot.look.phases import look_at_phases, proof_results
from bot.look.requests import patterns_of, pending_requests, skips_in
from bot.look.status_history import burndown_history, labels_in, with_plan_change
from bot.markers.hidden import Notice
from bot.migration.branches import branches_to_keep
from bot.migration.context import TurnContext
from bot.migration.count import MigrationCount
from bot.migration.issue_plan import load_issue_plan
from bot.migration.plan_source import LoadedPlan
from bot.migration.retirement import breaking_uses_at
from bot.plan.branch_names import phase_branches
from bot.plan.plan import Plan
from bot.store import Migration

GRACE = 20.0
"""Seconds that a ticked box waits for the delivery that says who ticked it."""


@dataclass(frozen=True)
class Snapshot:
    """The facts, and what else the status comment needs."""

    facts: Facts
    history: StatusHistory
    status_comment: Comment | None
    loaded_plan: LoadedPlan
    late_ticks: LateTicks = field(default_factory=LateTicks)


@dataclass(frozen=True)
class _PlanAndPhases:
    loaded: LoadedPlan
    count: MigrationCount | None = None
    phases: tuple[PhaseFacts, ...] = ()
    orphaned: tuple[PhaseFacts, ...] = ()


async def look(context: TurnContext, migration: Migration, issue: Issue) -> Snapshot:
    """1. the issue's thread  2. the plan, the count and the phases  3. requests  4. the end"""
    thread = await read_thread(context, issue)
    found = await _plan_and_phases(context, thread)
    others: list[LabelChange | Closing] = [one for phase in found.phases for one in phase.closings]
    others += [thread.closing] if thread.closing else []
    others += thread.label_changes.values()
    requests = await pending_requests(context, migration, issue, thread.comments, found.phases, others)
    facts = await _facts(context, thread, found.loaded)
    facts = replace(
        _with_count(facts, found),
        pending_requests=requests.pending,
        given_answers=requests.given_answers,
        answered_ids=requests.answered_ids,
    )
    facts = await _with_new_uses(context, thread, facts)
    facts = await _with_breaking_uses(context, found.loaded, facts)
    if nothing_remains(facts):
        facts = await _with_what_the_end_needs(context, found.loaded, facts)
    history = await _history(context, thread, found, facts)
    late = await late_ticks(context, migration, thread.status_comment)
    return Snapshot(facts, history, thread.status_comment, found.loaded, late)


async def _plan_and_phases(context: TurnContext, thread: IssueThread) -> _PlanAndPhases:
    """No phases if the plan doesn't fit the tree."""
    loaded = await load_issue_plan(context, thread.issue, thread.own_comments)
    skips = await skips_in(context, thread.comments, thread.status_comment)
    loaded = replace(loaded, skipped_patterns=patterns_of(skips), skip_ids=tuple(one.id for one in skips))
    if not isinstance(loaded.plan, Plan):
        return _PlanAndPhases(loaded)
    count = await context.count(loaded, loaded.plan)
    phases, orphaned = await look_at_phases(
        context, thread.issue.number, loaded, count, thread.label_changes, thread.announcements
    )
    problem = await context.plan_problem(loaded, loaded.plan, phases)
    if problem is not None:
        return _PlanAndPhases(replace(loaded, plan=problem), count, (), orphaned)
    return _PlanAndPhases(loaded, count, phases, orphaned)


async def _facts(context: TurnContext, thread: IssueThread, loaded: LoadedPlan) -> Facts:
    """Of the repository and the issue."""
    issue, info, migration = thread.issue, context.info, context.migration
    branches = await context.listings.branches()
    accepted = labels_in(thread.status_comment)
    standing = standing_labels(frozenset(issue.labels), thread.label_changes, accepted)
    return Facts(
        now=time.time(),
        repo=migration.full_name,
        repo_url=info.html_url,
        issue=issue.number,
        title=issue.title,
        open=issue.state == "open" or thread.closing is not None,
        closing=thread.closing,
        adopted=ADOPT in standing.labels,
        default_branch=info.default_branch,
        head=context.head,
        plan=loaded.plan,
        plan_origin=loaded.origin,
        labels=standing.labels,
        contested_labels=standing.contested,
        missing_labels=await _missing_labels(context, loaded.plan),
        label_changes=thread.label_changes,
        missing_features=tuple(sorted(context.missing_features())),
        announcements=thread.announcements,
        commands_enabled=context.shared.settings.run_commands != "off",
        archived=info.archived,
        skipped_patterns=loaded.skipped_patterns,
        skip_ids=loaded.skip_ids,
        published_phases=frozenset(number for number, _ in phase_branches(issue.number, branches)),
        branches_to_keep=await branches_to_keep(context),
        closed_by_us_at=thread.closed_by_us_at,
    )


def _with_count(facts: Facts, found: _PlanAndPhases) -> Facts:
    facts = replace(facts, phases=found.phases, orphaned_phases=found.orphaned)
    if found.count is None:
        return facts
    return replace(
        facts,
        unmatched_files=tuple(found.count.unmatched_files),
        unmatched_references=sum(found.count.unmatched_files.values()),
        unparsable_files=found.count.unparsable_files,
        allowed_uses=found.count.allowed_uses,
        kept_mentions=found.count.kept_mentions,
        files_with_references=found.count.files_with_references,
        references_by_owner=found.count.by_owner,
    )


async def _with_new_uses(context: TurnContext, thread: IssueThread, facts: Facts) -> Facts:
    burndown = context.store.burndown
    before = await asyncio.to_thread(burndown.last_commit_before, context.migration, context.head)
    reported = (before, context.head) in context.shared.cache.reported_new_uses
    reported = reported or thread.has_notice(Notice("came-in", context.head))
    return replace(facts, last_counted_commit=before, new_uses_reported=reported)


async def _with_breaking_uses(context: TurnContext, loaded: LoadedPlan, facts: Facts) -> Facts:
    """What the phases that come next would break by retiring their modules."""
    plan, numbers = loaded.plan, ready_to_retire(facts)
    if not isinstance(plan, Plan) or not numbers:
        return facts
    phases = [
        replace(one, breaking_uses=await breaking_uses_at(context, loaded, plan, one.phase, context.head))
        if one.phase.number in numbers
        else one
        for one in facts.phases
    ]
    return replace(facts, phases=tuple(phases))


async def _with_what_the_end_needs(context: TurnContext, loaded: LoadedPlan, facts: Facts) -> Facts:
    """The checks of the head, and the obstacles to the end in the tree."""
    facts = replace(facts, head_checks=await checks_on(context, context.head))
    plan = loaded.plan
    if not isinstance(plan, Plan):
        return facts
    if facts.commands_enabled and facts.head_checks is not None:
        facts = replace(facts, head_checks=with_pending_commands(facts.head_checks, plan))
    return replace(facts, obstacles=await find_obstacles(context, plan, loaded.digest, facts.parts))


async def _history(
    context: TurnContext, thread: IssueThread, found: _PlanAndPhases, facts: Facts
) -> StatusHistory:
    comment = thread.status_comment
    history = await asyncio.to_thread(burndown_history, context.store, context.migration, facts, comment)
    history = with_plan_change(history, found.loaded, facts, comment)
    return replace(history, kept_plan=found.loaded.kept, proofs=await proof_results(context, found.phases))


async def _missing_labels(context: TurnContext, plan: Plan | PlanProblem | None) -> frozenset[str]:
    numbers = [phase.number for phase in plan.phases] if isinstance(plan, Plan) else []
    wanted = {ADOPT, AUDIT, PAUSED, *(label_of(number) for number in numbers)}
    if wanted <= context.shared.cache.labels.get(context.info.id, frozenset()):
        return frozenset()
    names = frozenset(label.name for label in await context.repo.labels.all())
    context.shared.cache.labels[context.info.id] = names
    return frozenset(wanted - names)
