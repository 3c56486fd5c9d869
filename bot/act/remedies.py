"""What is done about red checks, and GitHub's own auto-merge. Said on the issue before and after, so each is done once."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace

from bot.commands.check_run import ask_for_commands
from bot.decide.actions import OpenRevert
from bot.decide.facts import CheckResult, Facts
from bot.decide.remedies import (
    AutomaticAction,
    CloseRevert,
    EnableAutoMerge,
    MarkReadyForReview,
    RerunChecks,
    RevertAfterFailure,
    RunCommands,
)
from bot.decide.status import PhaseStatus, status
from bot.markers.hidden import Announcement, Notice
from bot.migration.comments import say, say_once
from bot.migration.context import TurnContext
from bot.plan.plan import Plan
from bot.report import checks as report
from bot.report import revert_pull as reverts
from bot.revert.revert_pull import open_revert


async def remedy(context: TurnContext, facts: Facts, action: AutomaticAction) -> str:
    phase = status(facts).part(action.phase, action.slice)
    if phase is None or phase.pull is None:
        return f"phase {action.phase} is gone"
    match action:
        case RerunChecks():
            return await _rerun(context, phase.pull.number, action)
        case RevertAfterFailure():
            return await _take_back(context, facts, phase, action)
        case EnableAutoMerge():
            return await _auto_merge(context, action)
        case MarkReadyForReview():
            return await _ready(context, action, phase)
        case RunCommands():
            return await _run_commands(context, facts, action)
        case CloseRevert():
            return await _close_revert(context, action)


async def _rerun(context: TurnContext, pull: int, action: RerunChecks) -> str:
    thread, said = f"rerun-{pull}", Announcement("rerun", action.sha, "begun", time.time())
    await say(context, thread, said, report.rerun(action.phase, action.sha, action.results))
    allowed = [await _run_again(context, line) for line in _each_once(action.results)]
    text = report.rerun(action.phase, action.sha, action.results, refused=not any(allowed))
    await say(context, thread, replace(said, state="done" if any(allowed) else "refused"), text)
    return f"ran {len(action.results)} checks of phase {action.phase} again"


def _each_once(lines: Iterable[CheckResult]) -> Iterable[CheckResult]:
    """One line for each workflow run, and each check suite without one."""
    return {(line.workflow_id, line.suite_id): line for line in lines}.values()


async def _run_again(context: TurnContext, line: CheckResult) -> bool:
    if line.workflow_id is not None and await context.repo.workflow_runs.rerun_failed(line.workflow_id):
        return True
    return line.suite_id is not None and await context.repo.check_suites.rerequest(line.suite_id)


async def _take_back(
    context: TurnContext, facts: Facts, phase: PhaseStatus, action: RevertAfterFailure
) -> str:
    thread, said = f"revert-{action.merge}", Announcement("revert", action.merge, "begun", time.time())
    await say(context, thread, said, report.reverting(facts, phase, action.results, None))
    evidence = report.evidence(phase, action.results)
    one = action.slice if action.slice.key else None
    undone = await open_revert(context, facts, OpenRevert(action.phase, evidence=evidence, slice=one))
    text = report.reverting(facts, phase, action.results, undone.number, undone.about)
    await say(context, thread, replace(said, state="done" if undone.number else "refused"), text)
    return f"phase {action.phase} turned the default branch red: #{undone.number} takes it back"


async def _auto_merge(context: TurnContext, action: EnableAutoMerge) -> str:
    pull = await context.repo.pulls.get(action.number)
    refused = await context.repo.pulls.auto_merge(pull, context.info.merge_methods[0])
    said = Announcement("merge", str(action.number), "refused" if refused else "done", time.time())
    text = report.merging(action.number, refused.reason if refused else "")
    await say(context, f"merge-{action.number}", said, text)
    return f"asked GitHub to merge #{action.number} by itself"


async def _ready(context: TurnContext, action: MarkReadyForReview, phase: PhaseStatus) -> str:
    pull = await context.repo.pulls.get(action.number)
    done = await context.repo.pulls.set_draft(pull, draft=False)
    said = Announcement("ready", pull.head_sha, "done" if done else "refused", time.time())
    await say(
        context, f"ready-{action.number}", said, report.ready(action.number, phase.facts.excluded_files, done)
    )
    return f"#{action.number} is ready for review"


async def _close_revert(context: TurnContext, action: CloseRevert) -> str:
    await say_once(context, action.number, Notice("needless"), reverts.needless(action.phase))
    await context.repo.pulls.update(action.number, state="closed")
    return f"closed #{action.number}: phase {action.phase} is taken back already"


async def _run_commands(context: TurnContext, facts: Facts, action: RunCommands) -> str:
    if not isinstance(facts.plan, Plan):
        return "there is no plan any more"
    return await ask_for_commands(context, facts.plan, action)
