"""The check run `drover / commands`: what the plan's commands said on a commit."""

from __future__ import annotations

from bot.decide.checks import COMMANDS
from bot.decide.plan import Plan
from bot.decide.remedies import RunCommands
from bot.github import Conclusion, Output
from bot.mirror import Mirror
from bot.report import command_runs as report
from bot.work.commands import NoSandbox, Ran, run_commands
from bot.work.desk import Desk


async def report_commands(desk: Desk, plan: Plan, action: RunCommands) -> str:
    """1. it is said that they run  2. they run  3. what they said. Killed in between, it starts again."""
    commands = plan.checks.commands
    known = await desk.repo.check_runs.of(action.sha, name=COMMANDS, app_id=desk.app_id)
    run = known[0] if known else None
    if run is None:
        run = await desk.repo.check_runs.create(COMMANDS, action.sha, status="in_progress")

    def carry_out(mirror: Mirror) -> tuple[Ran, ...] | NoSandbox:
        mirror.remote.ensure(action.sha)
        return run_commands(mirror, action.sha, commands)

    ran = await desk.with_mirror(carry_out)
    await desk.repo.check_runs.update(run.id, conclusion=_conclusion(ran), output=_output(ran, len(commands)))
    return f"ran the commands of phase {action.phase} at {action.sha[:10]}"


def _conclusion(ran: tuple[Ran, ...] | NoSandbox) -> Conclusion:
    if isinstance(ran, NoSandbox):
        return "neutral"
    return "success" if all(one.passed for one in ran) else "failure"


def _output(ran: tuple[Ran, ...] | NoSandbox, many: int) -> Output:
    if isinstance(ran, NoSandbox):
        return Output("The commands were not run", report.not_run(ran.reason))
    told = [report.Told(one.command, one.status, one.output, one.seconds, one.stopped) for one in ran]
    return Output(report.title(told, many), report.summary(told, many))
