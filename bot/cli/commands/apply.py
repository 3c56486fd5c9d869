"""Create a branch for each phase of a plan, each on top of the one before.

Your work tree, index and current branch stay as they are. The plan's `checks.commands` run in a temporary
checkout, as you and without a sandbox, before any branch is set."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

from bot.cli import results
from bot.cli.arguments import EXIT_STATUS, add_checkout, add_revision, phase_number
from bot.cli.errors import DONE, MANUAL_WORK, CommandError
from bot.cli.local_checks import LocalRun, local_runner, run_commands
from bot.cli.local_phases import AppliedPhase, make_phases, plan_errors, set_branch
from bot.cli.local_repository import LocalCheckout, open_checkout, opened_index
from bot.cli.plan_file import read_plan_file
from bot.cli.terminal import Terminal
from bot.commands.finish_files import finish_files
from bot.interrupts import defer_interrupts
from bot.plan.plan import Phase, Plan
from bot.publish.phase_commits import BuiltPhase
from bot.report.audit.sections import AuditSection, Cell
from bot.report.pull_request import phase_body, phase_title
from bot.report.slices import slice_title

EXAMPLES = """\
drover apply --plan plan.yml
drover apply --plan plan.yml --phase 2 --show
drover apply --plan plan.yml --no-checks --json"""

__all__ = ["EXAMPLES", "EXIT_STATUS", "add_arguments", "run"]

ENDINGS = {"made": "created", "the same as before": "unchanged", "nothing to change": "nothing to change"}


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--plan", metavar="FILE", type=Path, required=True, help="the plan")
    parser.add_argument(
        "--phase", metavar="N", default="all", type=phase_number, help="one phase, or all (default)"
    )
    parser.add_argument("--show", action="store_true", help="print what each pull request would say")
    parser.add_argument(
        "--no-checks", action="store_true", help="don't run the plan's commands, its formatter and linters"
    )
    add_revision(parser, "the commit to start from")
    add_checkout(parser)


def run(options: Namespace, terminal: Terminal) -> int:
    plan = read_plan_file(options.plan)
    numbers = [phase.number for phase in plan.phases if options.phase in ("all", phase.number)]
    if not numbers:
        last = len(plan.phases)
        raise CommandError(
            f"{plan.source} has no phase {options.phase}", f"Its phases are 1 to {last}." if last else ""
        )
    with open_checkout(options.root, options.rev) as local, opened_index() as index:
        errors = plan_errors(local, plan, numbers, index)
        if errors:
            raise CommandError(str(errors))
        with terminal.progress("Rewriting") as progress:
            built = make_phases(
                local,
                plan,
                numbers,
                processes=options.processes,
                index=index,
                progress=lambda phase: progress and progress.of(phase_label(phase, plan)),
                finish=partial(finish_files, local_runner(not options.no_checks)),
            )
        ran = [] if options.no_checks else list(checked_runs(terminal, local, plan, built))
        with defer_interrupts():
            applied = [set_branch(local, plan, one) for one in built]
    if options.json:
        terminal.json(results.apply_json(plan, applied, ran))
    else:
        show(terminal, plan, applied, texts=options.show)
    made = [one.built.made for one in applied]
    left = any(one.manual or one.unchanged_files or one.breaking_uses for one in made)
    return MANUAL_WORK if left or any(one.status for one in ran) else DONE


def phase_label(phase: Phase, plan: Plan) -> str:
    return f"Phase {phase.number} of {len(plan.phases)}"


def checked_runs(
    terminal: Terminal, local: LocalCheckout, plan: Plan, built: Iterable[BuiltPhase]
) -> Iterator[LocalRun]:
    """Before any branch is set: Ctrl-C leaves everything as it was."""
    for one in built:
        commits = one.commits if plan.checks.each == "batch" else one.commits[-1:]
        for commit in commits if plan.checks.commands else ():
            where = f"a temporary checkout of {commit[:12]} (phase {one.made.phase.number})"
            for command in plan.checks.commands:
                terminal.say(f"Running `{command}` in {where}, as you, without a sandbox")
            for ran in run_commands(local.repository, commit, plan.checks.commands):
                terminal.say(outcome(ran))
                yield ran


def outcome(ran: LocalRun) -> str:
    if ran.status == 0:
        return f"`{ran.command}` passed"
    return f"`{ran.command}` failed with status {ran.status}:\n{ran.output.rstrip()}"


def show(terminal: Terminal, plan: Plan, applied: Sequence[AppliedPhase], *, texts: bool) -> None:
    terminal.section(summary(plan, applied))
    for one in applied:
        for line in results.left_lines(one.built.results):
            terminal.print(f"phase {one.phase.number}: {line}")
        for use in one.built.made.breaking_uses:
            terminal.print(f"phase {one.phase.number} breaks {use.path}:{use.line}: {use.problem}")
    for one in applied if texts else ():
        if one.built.commits:
            terminal.print(f"\n# {phase_title(one.built.made)}\n")
            terminal.print(phase_body(one.built.made))
    first = next((one.branch for one in applied if one.built.commits), None)
    if first:
        terminal.next_step(f"git log -p HEAD..{first}, then push it and open a pull request")


def summary(plan: Plan, applied: Iterable[AppliedPhase]) -> AuditSection:
    head = ("Phase", "Files", "References", "Manual", "State", "Branch")
    return AuditSection(plan.title, "", head, tuple(summary_row(one) for one in applied))


def summary_row(one: AppliedPhase) -> tuple[Cell, ...]:
    made = one.built.made
    manual = sum(map(results.needs_manual_work, one.built.results))
    numbers = (made.files, made.references, manual)
    return (
        Cell(f"{one.phase.number}. {one.phase.name}{slice_title(made.slice)}"),
        *(Cell(f"{value:,}", number=True) for value in numbers),
        Cell(ENDINGS[one.ending]),
        Cell(one.branch if one.built.commits else ""),
    )
