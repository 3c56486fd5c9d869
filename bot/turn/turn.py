"""One turn of a migration: look, decide, act, and write the status comment."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Collection, Iterable
from dataclasses import replace

from bot.act.answer import react
from bot.act.lost_issue import LostIssue, abandon_migration, find_tracking_issue
from bot.act.perform import perform
from bot.decide.actions import Action, PublishPhase
from bot.decide.checks import checks_deadline
from bot.decide.facts import PERMISSION_PATIENCE, Facts
from bot.decide.next_actions import next_actions
from bot.decide.status import ADOPT, PhaseStatus, State, status
from bot.engine.work import TurnResult
from bot.git.process import GitTooLarge
from bot.github import Comment, Forbidden, Gone, Invalid, Issue, MustWait, NotFound, NotInstalled, Refusal
from bot.look.look import Snapshot
from bot.migration.context import TurnContext, open_context
from bot.migration.shared_state import SharedState
from bot.plan.plan import Plan
from bot.report.overview.decisions import reason, resting
from bot.report.overview.overview import migration_overview
from bot.report.status.comment import status_comment
from bot.store import Migration
from bot.tracing.spans import span
from bot.turn.app_identity import AppIdentity
from bot.turn.audit_trail import record
from bot.turn.count_notice import look_and_report
from bot.turn.crash_reports import report_refusal, report_too_large
from bot.turn.late_ticks import wait_for_deliveries
from bot.turn.wait_notices import WaitNotices

ASKED_AGAIN_AFTER = (60.0, 180.0, 480.0)
"""Seconds since GitHub first did not say what somebody may do; from then on, events and sweeps ask again."""
log = logging.getLogger("drover.work")


class Turns:
    def __init__(self, shared: SharedState, app: AppIdentity, notices: WaitNotices) -> None:
        self._shared, self._app, self._notices = shared, app, notices

    async def run(self, migration: Migration) -> TurnResult:
        try:
            return await self._run(migration)
        except MustWait as wait:
            log.warning("%s: %s", migration.full_name, wait)
            await record(self._shared.store, migration, migration.full_name, "waits for GitHub", str(wait))
            return TurnResult((), wait.until + 1)
        except NotInstalled as gone:
            log.info("%s: %s", migration.full_name, gone)
            await asyncio.to_thread(self._shared.store.migrations.forget, migration)
            return TurnResult(())
        except (NotFound, Gone) as gone:
            log.info("%s: %s", migration.full_name, gone)
            return TurnResult(())

    async def _run(self, migration: Migration) -> TurnResult:
        self._notices.begin_turn(migration)
        app = await self._app.details()
        context = await open_context(self._shared, migration, app.id, app.bot_login)
        if context is None:
            return TurnResult(())
        issue = await find_tracking_issue(context)
        if isinstance(issue, LostIssue):
            return await self._leave(context, issue)
        try:
            return await self._look_and_act(context, issue)
        except GitTooLarge as trouble:
            await report_too_large(context, trouble)
            return TurnResult(())

    async def _look_and_act(self, context: TurnContext, issue: Issue) -> TurnResult:
        migration = context.migration
        snapshot = await look_and_report(context, migration, issue)
        if snapshot.status_comment is not None:
            self._notices.remember(migration, context.repo, snapshot.status_comment)
        result = await decide_and_act(context, snapshot)
        if result.rests and not result.look_again and _is_ordinary(snapshot):
            log.info("%s#%d: an ordinary issue, no migration", context.info.full_name, migration.issue)
            await asyncio.to_thread(self._shared.store.migrations.forget, migration)
        # What this turn has seen of the status comment has no notice in it: the next one removes it.
        return replace(result, rests=False) if self._notices.is_new_on(migration) else result

    async def _leave(self, context: TurnContext, lost: LostIssue) -> TurnResult:
        log.info(
            "%s#%d: the issue was deleted or moved %s",
            context.info.full_name,
            context.migration.issue,
            lost.moved_to,
        )
        self._notices.forget(context.migration)
        did = await abandon_migration(context, lost)
        for one in did:
            await _record(
                context, one, f"the issue was {f'moved {lost.moved_to}' if lost.moved_to else 'deleted'}"
            )
        return TurnResult(tuple(did))


def _is_ordinary(snapshot: Snapshot) -> bool:
    """Whether the issue is no tracking issue: somebody who can't write said so, or only the name of a branch."""
    facts = snapshot.facts
    change = facts.label_changes.get(ADOPT)
    return not facts.adopted and snapshot.status_comment is None and not (change and change.added)


async def decide_and_act(context: TurnContext, snapshot: Snapshot) -> TurnResult:
    """1. react to commands  2. decide  3. act  4. write the status comment, where nothing is left to do"""
    actions = next_actions(snapshot.facts, status(snapshot.facts))
    await _react_to_commands(context, snapshot)
    await _announce_work(context, snapshot, actions)
    did = await _perform_all(context, snapshot, actions)
    ticks_due = await wait_for_deliveries(context, snapshot)
    rests = not did
    if rests and not ticks_due:
        await _keep_overview(context, snapshot)
        did += await _write_status_comment(context, snapshot)
        await _record_rest(context, snapshot)
    due = [one for one in (ticks_due, _checks_due(snapshot), _permissions_due(snapshot.facts)) if one]
    return TurnResult(tuple(did), min(due, default=None), rests, tuple(context.jobs))


async def _perform_all(context: TurnContext, snapshot: Snapshot, actions: Iterable[Action]) -> list[str]:
    """What was done. Where GitHub refuses one thing, that is reported, and the others are done all the same."""
    did: list[str] = []
    for action in actions:
        try:
            did.append(await _perform(context, snapshot, action))
        except Refusal as refused:
            await report_refusal(context, refused)
    return [one for one in did if one]


async def _perform(context: TurnContext, snapshot: Snapshot, action: Action) -> str:
    with span(type(action).__name__):
        done = await perform(context, snapshot, action)
    if done:
        await _record(context, done, reason(snapshot.facts, action))
    return done


async def _record_rest(context: TurnContext, snapshot: Snapshot) -> None:
    if snapshot.facts.adopted:
        await _record(context, *resting(snapshot.facts))


async def _record(context: TurnContext, what: str, why: str) -> None:
    await record(context.store, context.migration, context.info.full_name, what, why)


async def _react_to_commands(context: TurnContext, snapshot: Snapshot) -> None:
    """At once, where the answer may take a while."""
    for one in snapshot.facts.pending_requests:
        if one.request.comment is not None and one.actor.could_write:
            await react(context, one.request.comment, "eyes")


async def _announce_work(context: TurnContext, snapshot: Snapshot, actions: Iterable[Action]) -> None:
    """The status comment says which phases are being built, before that begins; a push may update an open one."""
    now = status(snapshot.facts)
    builds = (one for one in actions if isinstance(one, PublishPhase))
    wanted = (one.phase for one in builds if one.request or not _is_open(now.phase(one.phase)))
    phases = tuple(dict.fromkeys(wanted))
    if phases and snapshot.status_comment is not None and not snapshot.late_ticks.boxes:
        await _keep_overview(context, snapshot, working_on=phases)
        await _write_status_comment(context, snapshot, working_on=phases)


def _is_open(phase: PhaseStatus | None) -> bool:
    return phase is not None and phase.state is State.OPEN


async def _write_status_comment(
    context: TurnContext, snapshot: Snapshot, working_on: Collection[int] = ()
) -> list[str]:
    facts, comment = snapshot.facts, snapshot.status_comment
    if facts.archived or (not facts.adopted and comment is None):
        return []
    text = status_comment(facts, status(facts), snapshot.history, working_on)
    try:
        return await _keep_comment(context, comment, text)
    except (Forbidden, Invalid) as refused:
        log.warning("%s#%d: no status comment: %s", facts.repo, facts.issue, refused)
        return []


async def _keep_comment(context: TurnContext, comment: Comment | None, text: str) -> list[str]:
    if comment is None:
        await context.repo.comments.create(context.migration.issue, text)
        return ["wrote the status comment"]
    if comment.body.strip() != text.strip():
        await context.repo.comments.update(comment.id, text)
        return ["updated the status comment"]
    return []


async def _keep_overview(context: TurnContext, snapshot: Snapshot, working_on: Collection[int] = ()) -> None:
    """What the pages show, as this turn leaves it."""
    facts, overviews, migration = snapshot.facts, context.store.overviews, context.migration
    if not facts.adopted:
        await asyncio.to_thread(overviews.forget, migration)
        return
    overview = migration_overview(facts, status(facts), snapshot.history, working_on)
    await asyncio.to_thread(overviews.keep, migration, context.info.full_name, overview, facts.now)


def _permissions_due(facts: Facts) -> float | None:
    """When GitHub is asked again, where it did not say what somebody may do."""
    people = [one.actor for one in facts.pending_requests] + [one.by for one in facts.label_changes.values()]
    people += [one.by for one in facts.closings]
    unknown_for = min((one.unknown_for for one in people if one.is_unknown), default=PERMISSION_PATIENCE)
    after = next((seconds for seconds in ASKED_AGAIN_AFTER if seconds > unknown_for), None)
    return facts.now + after - unknown_for if after else None


def _checks_due(snapshot: Snapshot) -> float | None:
    """When the wait for checks that may never report is over."""
    plan, facts = snapshot.loaded_plan.plan, snapshot.facts
    if not isinstance(plan, Plan):
        return None
    checks = (one for phase in facts.parts for one in (phase.checks, phase.merge_checks))
    ends = (checks_deadline(one, plan, facts.now) for one in checks)
    return min((end for end in ends if end is not None and end > time.time()), default=None)
