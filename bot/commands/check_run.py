"""The check run `drover / commands`: what the plan's commands said on a commit.

A turn only requests them: they run beside the looks, which continue meanwhile.
"""

from __future__ import annotations

import asyncio

from bot.commands.isolation import NoSandbox, fresh_checkout, run_commands
from bot.decide.automatic_actions import RunCommands
from bot.decide.checks import COMMANDS
from bot.git.mirror import Mirror
from bot.github import CheckRun, Conclusion, Output
from bot.migration.commands_job import CommandsJob
from bot.migration.context import TurnContext
from bot.plan.branch_names import phase_branch
from bot.plan.plan import Plan
from bot.report import commands_check as report


async def ask_for_commands(context: TurnContext, plan: Plan, action: RunCommands) -> str:
    """1. the check run, which says that they are to be run  2. the job. Nothing new is done where both are there.

    With `again`, a new run replaces one that is done: GitHub shows the latest of a name.
    """
    known = await context.repo.check_runs.of(action.sha, name=COMMANDS, app_id=context.app_id)
    run = next((one for one in known if one.status != "completed"), None)
    if run is None and known and not action.again:
        return ""
    asked = run is None
    if run is None:
        of = phase_branch(context.migration.issue, action.phase, action.slice.key)
        run = await context.repo.check_runs.create(COMMANDS, action.sha, status="queued", external_id=of)
    context.jobs.append(CommandsJob(context.migration, action.sha, run.id, plan.checks.commands))
    return f"requested the commands of phase {action.phase} at {action.sha[:10]}" if asked else ""


async def run_commands_job(context: TurnContext, job: CommandsJob) -> None:
    """1. it is said that they run  2. they run  3. what they said. Killed in between, it starts again."""
    run = await context.repo.check_runs.get(job.check_run)
    if run.status == "completed":
        return
    await context.repo.check_runs.update(run.id, status="in_progress")
    with fresh_checkout() as folder:

        def export(mirror: Mirror) -> None:
            mirror.remote.ensure(job.sha)
            mirror.export(job.sha, folder)

        await context.with_mirror(export)
        shared = context.shared
        ran = await asyncio.to_thread(
            run_commands, folder, job.commands, None, shared.settings.command_paths, shared.stopping
        )
    if shared.stopping.is_set():
        await asyncio.Event().wait()  # never: it is begun again by whoever comes next
    await _report(context, run, _conclusion(ran), _output(ran, len(job.commands)))


async def report_failed_job(context: TurnContext, job: CommandsJob, error: str) -> None:
    """The error is Drover's, so the commands have no result."""
    run = await context.repo.check_runs.get(job.check_run)
    if run.status != "completed":
        await _report(context, run, "neutral", Output("The commands didn't run", report.crash_text(error)))


async def _report(context: TurnContext, run: CheckRun, conclusion: Conclusion, output: Output) -> None:
    await context.repo.check_runs.update(run.id, conclusion=conclusion, output=output)


def _conclusion(ran: tuple[report.CommandRun, ...] | NoSandbox) -> Conclusion:
    if isinstance(ran, NoSandbox):
        return "neutral"
    return "success" if all(one.passed for one in ran) else "failure"


def _output(ran: tuple[report.CommandRun, ...] | NoSandbox, many: int) -> Output:
    if isinstance(ran, NoSandbox):
        return Output("The commands didn't run", report.not_run(ran.reason))
    return Output(report.commands_title(ran, many), report.commands_summary(ran, many))
