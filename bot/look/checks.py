"""What reports on a commit: check runs, statuses and workflow runs, read until two readings agree."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from bot.decide.checks import COMMANDS, checks_before_merge
from bot.decide.facts import CheckResult, CheckState, CommitChecks
from bot.github import CheckRun, Forbidden, WorkflowRun
from bot.markers.hidden import Announcement
from bot.migration.context import TurnContext

READINGS = 3
_PASSED = ("success", "neutral", "skipped")
_OUTRANKED = ("cancelled", "stale", "skipped")
"""Conclusions that count less than another run of the same name with a real result."""


async def checks_on(
    context: TurnContext,
    sha: str,
    announcements: Iterable[Announcement] = (),
    waiting_since: float | None = None,
) -> CommitChecks:
    lines = await _settled_results(context, sha)
    again = next((one for one in announcements if one.kind == "rerun" and one.about == sha), None)
    return CommitChecks(sha, lines, waiting_since or await context.listings.commit_date(sha), again)


async def _settled_results(context: TurnContext, sha: str) -> tuple[CheckResult, ...]:
    """*Completed* can be said too early: it counts once a second reading finds nothing new."""
    settled, lines = context.shared.cache.settled_checks, await _lines(context, sha)
    for _ in range(READINGS):
        if not lines or any(line.state == "pending" for line in lines) or settled.get(sha) == lines:
            break
        first, lines = lines, await _lines(context, sha)
        if lines == first:
            settled[sha] = lines
    return lines


async def _lines(context: TurnContext, sha: str) -> tuple[CheckResult, ...]:
    """1. the workflow runs, so that what they say is done stays done  2. the check runs  3. the statuses"""
    workflows = await _workflows(context, sha)
    runs = [run for run in await context.repo.check_runs.of(sha) if _counts(context, run)]
    named: dict[str, list[CheckRun]] = {}
    for run in runs:
        named.setdefault(run.name, []).append(run)
    lines = {name: combine_runs(same, workflows) for name, same in named.items()}
    suites = {run.suite_id for run in runs}
    for workflow in workflows.values():
        if workflow.status != "completed" or workflow.suite_id not in suites:
            lines.setdefault(workflow.name, _workflow_line(workflow))
    for one in (await context.repo.statuses.combined(sha)).statuses:
        lines.setdefault(one.context, status_line(one.context, one.state, one.target_url, one.updated_at))
    return tuple(lines[name] for name in sorted(lines))


def _counts(context: TurnContext, run: CheckRun) -> bool:
    """Whether a check run counts: our own don't, except for the plan's commands."""
    return run.app_id != context.app_id or run.name == COMMANDS


async def _workflows(context: TurnContext, sha: str) -> Mapping[int | None, WorkflowRun]:
    """The newest of each check suite; none if the App may not read them."""
    try:
        found = await context.repo.workflow_runs.of(sha)
    except Forbidden:
        return {}
    return {run.suite_id: run for run in sorted(found, key=lambda run: (run.attempt, run.id))}


def check_line(run: CheckRun, workflow: WorkflowRun | None) -> CheckResult:
    """A check run counts as completed only when its workflow is."""
    done = run.status == "completed" and (workflow is None or workflow.status == "completed")
    return CheckResult(
        run.name,
        _state(run.conclusion) if done else "pending",
        run.html_url,
        run.completed_at.timestamp() if run.completed_at else None,
        run.id,
        run.suite_id if run.name != COMMANDS else None,
        workflow.id if workflow else None,
        workflow.attempt if workflow else 1,
    )


def _state(conclusion: str | None) -> CheckState:
    if conclusion not in _PASSED:
        return "failed"
    return "passed" if conclusion == "success" else "neutral"


def combine_runs(same: list[CheckRun], workflows: Mapping[int | None, WorkflowRun]) -> CheckResult:
    """Several runs of one name: the worst of those with a real result."""
    worst = {"pending": 0, "failed": 1, "passed": 2, "neutral": 3}
    chosen = [run for run in same if run.conclusion not in _OUTRANKED] or same
    lines = (check_line(run, workflows.get(run.suite_id)) for run in chosen)
    return min(lines, key=lambda line: worst[line.state])


def _workflow_line(run: WorkflowRun) -> CheckResult:
    """For a workflow that is still running, or that ended before any of its jobs reported."""
    state = _state(run.conclusion) if run.status == "completed" else "pending"
    return CheckResult(run.name, state, run.html_url, None, None, run.suite_id, run.id, run.attempt)


def status_line(name: str, state: str, url: str, at: datetime) -> CheckResult:
    if state == "pending":
        return CheckResult(name, "pending", url)
    return CheckResult(name, "passed" if state == "success" else "failed", url, at.timestamp())


def has_failures(checks: CommitChecks) -> bool:
    """Whether a check failed; only then the checks before the change matter."""
    return any(line.state == "failed" for line in checks.results)


async def checks_before(context: TurnContext, merge: str, base: str | None, head: str) -> CommitChecks | None:
    """Before a merge: on the commit that it landed on, else where its branch was made from, else on its head."""
    commit = await context.repo.commits.get(merge)
    landed_on = commit.parents[0] if commit and commit.parents else None
    shas = [sha for sha in dict.fromkeys((landed_on, base)) if sha]
    found = [await checks_on(context, sha) for sha in shas]
    own = await checks_on(context, head)
    passed = tuple(line for line in own.results if line.state == "passed")
    return checks_before_merge(*found, CommitChecks(head, passed))
