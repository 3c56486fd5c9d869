"""Look: gathers the facts of one migration from GitHub, git and the store. Changes nothing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.decide.checks import with_commands
from bot.decide.facts import Facts, PlanProblem
from bot.decide.status import ADOPT, AUDIT, PAUSED, label_of, nothing_left
from bot.github import Comment, Issue, IssueEvent
from bot.look.checks import checks_on
from bot.look.completion import in_the_way
from bot.look.phases import phases_now, proofs_now
from bot.look.requests import answered_in, asked_now, label_changes_in, skipped_in
from bot.look.status_history import compared, seen_before
from bot.markers.hidden import Notice, has_notice
from bot.migration.branches import loose_branches
from bot.migration.comments import said_in
from bot.migration.context import TurnContext
from bot.migration.plan_source import Planned
from bot.plan.plan import Plan
from bot.report.status.comment import Seen
from bot.store import Migration, Store

GRACE = 20.0
"""How long a tick may stand unattributed before we give up on the delivery that says whose it is."""


@dataclass(frozen=True)
class Snapshot:
    """The facts, and what writing about them needs besides."""

    facts: Facts
    seen: Seen
    status_comment: Comment | None
    planned: Planned
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
    planned = await context.planned(issue)
    planned = replace(planned, skipped=await skipped_in(context, comments))
    counted = await context.counted(planned, planned.plan) if isinstance(planned.plan, Plan) else None
    said = said_in(one for one in comments if context.is_ours(one))
    phases, orphans = await phases_now(context, issue.number, planned, counted, label_changes, said)
    if isinstance(planned.plan, Plan) and (wrong := await context.wrong(planned, planned.plan, phases)):
        planned, phases = replace(planned, plan=wrong), ()
    asked, late = await asked_now(context, migration, issue, comments, phases, status_comment)
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
        orphans=orphans,
        unmatched=tuple(counted.unmatched) if counted else (),
        unmatched_references=sum(counted.unmatched.values()) if counted else 0,
        unparsable=counted.unparsable if counted else {},
        allowed=counted.allowed if counted else (),
        asked=asked,
        answered=answered_in(context, comments),
        wait=await asyncio.to_thread(context.store.waits.wait_until, migration.installation),
        missing=tuple(sorted(context.missing())),
        archived=info.archived,
        said=said,
        commands_on=context.shared.settings.run_commands != "off",
        files=counted.files if counted else frozenset(),
        skipped=planned.skipped,
        counted_before=before,
        told_new=(before, context.head) in context.shared.told_new or _tells_new(context, comments),
        closed_by_us=_closed_by_us(context, events),
        loose=await loose_branches(context),
    )
    if nothing_left(facts):
        head_checks = await checks_on(context, context.head)
        facts = replace(facts, head_checks=head_checks)
        if isinstance(planned.plan, Plan) and facts.commands_on:
            facts = replace(facts, head_checks=with_commands(head_checks, planned.plan))
        if isinstance(planned.plan, Plan):
            found = await in_the_way(context, planned.plan, planned.digest, facts.parts)
            facts = replace(facts, in_the_way=found)
    seen = await asyncio.to_thread(seen_before, context.store, migration, facts, status_comment)
    seen = compared(seen, planned, facts, status_comment)
    return Snapshot(
        facts, replace(seen, proofs=await proofs_now(context, phases)), status_comment, planned, late
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
