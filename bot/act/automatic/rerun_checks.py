"""Run the checks that failed once more, and say so on the issue."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace

from bot.decide.automatic_actions import RerunChecks
from bot.decide.facts import CheckResult
from bot.decide.status import status
from bot.look.look import Snapshot
from bot.markers.hidden import Announcement
from bot.migration.comments import say
from bot.migration.context import TurnContext
from bot.report import check_comments


async def rerun_checks(context: TurnContext, snapshot: Snapshot, action: RerunChecks) -> str:
    part = status(snapshot.facts).part(action.phase, action.slice)
    if part is None or part.pull is None:
        return f"phase {action.phase} has no pull request any more"
    thread, begun = f"rerun-{part.pull.number}", Announcement("rerun", action.sha, "begun", time.time())
    await say(context, thread, begun, check_comments.running_again(action.phase, action.sha, action.results))
    accepted = [await _rerun(context, result) for result in _one_for_each_run(action.results)]
    text = check_comments.running_again(action.phase, action.sha, action.results, refused=not any(accepted))
    await say(context, thread, replace(begun, state="done" if any(accepted) else "refused"), text)
    return f"ran {len(action.results)} checks of phase {action.phase} again"


def _one_for_each_run(results: Iterable[CheckResult]) -> Iterable[CheckResult]:
    """One for each workflow run, and for each check suite without one."""
    return {(result.workflow_id, result.suite_id): result for result in results}.values()


async def _rerun(context: TurnContext, result: CheckResult) -> bool:
    if result.workflow_id is not None and await context.repo.workflow_runs.rerun_failed(result.workflow_id):
        return True
    return result.suite_id is not None and await context.repo.check_suites.rerequest(result.suite_id)
