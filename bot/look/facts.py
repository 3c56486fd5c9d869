"""Look: gathers the facts of one migration from GitHub, git and the store. Changes nothing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.decide.checks import with_pending_commands
from bot.decide.facts import Facts, PlanProblem
from bot.decide.history import StatusHistory
from bot.decide.status import ADOPT, AUDIT, PAUSED, label_of, nothing_remains
from bot.github import Comment, Issue, IssueEvent
from bot.look.checks import checks_on
from bot.look.completion import find_obstacles
from bot.look.phases import look_at_phases, proof_results
from bot.look.requests import answered_ids, label_changes_in, pending_requests, skipped_patterns
from bot.look.status_history import burndown_history, with_plan_change
from bot.markers.hidden import Notice, has_notice
from bot.migration.branches import branches_to_keep
from bot.migration.comments import said_in
from bot.migration.context import TurnContext
from bot.migration.plan_source import LoadedPlan
from bot.plan.plan import Plan
from bot.store import Migration, Store

GRACE = 20.0
"""How long a tick may stand unattributed before we give up on the delivery that says whose it is."""


@dataclass(frozen=True)
class Snapshot:
    """The facts, and what writing about them needs besides."""

    facts: Facts
    history: StatusHistory
    status_comment: Comment | None
    loaded_plan: LoadedPlan
    late_ticks: tuple[str, ...] = ()
    """Boxes ticked in the status comment whose delivery has not come yet."""


async def look(context: TurnContext, migration: Migration, issue: Issue) -> Snapshot:
    """1. what was said on the issue  2. the plan  3. the count  4. the phases  5. what people asked"""
    repo = context.repo
    info = context.info
    comments = await repo.comments.of(migration.issue)
    events = await repo.issues.events(migration.issue)
    label_changes = await label_changes_in(context, events)
    status_comment = next((one for one in comments if context.is_status(one)), None)
    planned = await context.load_plan(issue)
    planned = replace(planned, skipped_patterns=await skipped_patterns(context, comments))
    counted = await context.count(planned, planned.plan) if isinstance(planned.plan, Plan) else None
    said = said_in(one for one in comments if context.is_ours(one))
    phases, orphans = await look_at_phases(context, issue.number, planned, counted, label_changes, said)
    if isinstance(planned.plan, Plan) and (
        wrong := await context.plan_problem(planned, planned.plan, phases)
    ):
        planned, phases = replace(planned, plan=wrong), ()
    asked, late = await pending_requests(context, migration, issue, comments, phases, status_comment)
    before = await asyncio.to_thread(_counted_before, context.store, migration, context.head)
    facts = Facts(
        now=time.time(),
        repo=migration.full_name,
        repo_url=info.html_url,
        issue=issue.number,
        title=issue.title,
        open=issue.state == "open",
        adopted=ADOPT in issue.labels,
        default_branch=info.default_branch,
        head=context.head,
        plan=planned.plan,
        labels=frozenset(issue.labels),
        missing_labels=await _missing_labels(context, planned.plan),
        label_changes=label_changes,
        phases=phases,
        orphaned_phases=orphans,
        unmatched_files=tuple(counted.unmatched_files) if counted else (),
        unmatched_references=sum(counted.unmatched_files.values()) if counted else 0,
        unparsable_files=counted.unparsable_files if counted else {},
        allowed_uses=counted.allowed_uses if counted else (),
        pending_requests=asked,
        answered_ids=answered_ids(context, comments),
        wait=await asyncio.to_thread(context.store.waits.wait_until, migration.installation),
        missing_features=tuple(sorted(context.missing_features())),
        archived=info.archived,
        announcements=said,
        commands_enabled=context.shared.settings.run_commands != "off",
        files_with_references=counted.files_with_references if counted else frozenset(),
        skipped_patterns=planned.skipped_patterns,
        last_counted_commit=before,
        new_uses_reported=(before, context.head) in context.shared.cache.reported_new_uses
        or _tells_new(context, comments),
        closed_by_us_at=_closed_by_us(context, events),
        branches_to_keep=await branches_to_keep(context),
    )
    if nothing_remains(facts):
        head_checks = await checks_on(context, context.head)
        facts = replace(facts, head_checks=head_checks)
        if isinstance(planned.plan, Plan) and facts.commands_enabled:
            facts = replace(facts, head_checks=with_pending_commands(head_checks, planned.plan))
        if isinstance(planned.plan, Plan):
            found = await find_obstacles(context, planned.plan, planned.digest, facts.parts)
            facts = replace(facts, obstacles=found)
    seen = await asyncio.to_thread(burndown_history, context.store, migration, facts, status_comment)
    seen = with_plan_change(seen, planned, facts, status_comment)
    return Snapshot(
        facts, replace(seen, proofs=await proof_results(context, phases)), status_comment, planned, late
    )


def _counted_before(store: Store, migration: Migration, head: str) -> str:
    counts = [one for one in store.burndown.points(migration) if one.sha != head]
    return counts[-1].sha if counts else ""


def _tells_new(context: TurnContext, comments: Sequence[Comment]) -> bool:
    notice = Notice("came-in", context.head)
    return any(has_notice(comment.body, notice) for comment in comments if context.is_ours(comment))


def _closed_by_us(context: TurnContext, events: Sequence[IssueEvent]) -> float | None:
    ends = [event for event in events if event.event in ("closed", "reopened")]
    if not ends or ends[-1].event != "closed" or ends[-1].actor.login != context.login:
        return None
    return ends[-1].created_at.timestamp()


async def _missing_labels(context: TurnContext, plan: Plan | PlanProblem | None) -> frozenset[str]:
    numbers = [phase.number for phase in plan.phases] if isinstance(plan, Plan) else []
    wanted = {ADOPT, AUDIT, PAUSED, *(label_of(number) for number in numbers)}
    return frozenset(wanted - {label.name for label in await context.repo.labels.all()})
