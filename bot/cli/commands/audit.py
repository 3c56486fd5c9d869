"""Count the references that are left, by kind, file and phase. Changes nothing.

Reads a commit, not the work tree."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import replace
from pathlib import Path

from bot.audit.audit import Audit, audit, plan_rules
from bot.cli import results
from bot.cli.arguments import add_checkout, add_replacements, add_revision, add_style, apply_style
from bot.cli.environment import program
from bot.cli.errors import DONE, MANUAL_WORK, CommandError
from bot.cli.local_phases import plan_errors
from bot.cli.local_repository import open_checkout, opened_index
from bot.cli.names import TreeNames
from bot.cli.plan_file import check_writable, read_plan_file, write_file
from bot.cli.terminal import Terminal, visible
from bot.plan.plan import Plan, PlanErrors
from bot.report.audit import page as audit_page
from bot.report.audit import sections as audit_sections
from bot.report.audit.manual_steps import replacements_of
from bot.report.audit.sections import left_section
from bot.report.audit.worklist import worklist, worklist_json
from codemods.model.rules import Rules

EXAMPLES = """\
drover audit --replace shop.old:Old=shop.new:New
drover audit --replace shop.legacy=shop.modern --json
drover audit --plan .github/migrations/engine.yml --left
drover audit --plan .github/migrations/engine.yml --html audit.html"""
EXIT_STATUS = """\
0  done; every reference can be migrated automatically
1  something needs manual work, or the plan does not fit this tree
2  wrong usage"""


def add_arguments(parser: ArgumentParser) -> None:
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--plan", metavar="FILE", type=Path, help="a plan")
    add_replacements(what)
    add_style(parser)
    add_revision(parser, "the commit to read")
    parser.add_argument(
        "--left", action="store_true", help="only what needs manual work, and what each reference would take"
    )
    parser.add_argument("--html", metavar="FILE", type=Path, help="also write the result as a web page")
    add_checkout(parser, roots=True)


def run(options: Namespace, terminal: Terminal) -> int:
    if options.plan and options.style:
        raise CommandError("--style goes with --replace: a plan says its own style for each replacement")
    check_writable(options.html)
    plan = read_plan_file(options.plan) if options.plan else None
    replacements = apply_style(options.replace, options.style)
    asked = Rules.of(replacements, strings=True, docs=True)
    rules = replace(
        plan_rules(plan) if plan else asked, roots=options.roots or (plan.roots if plan else None)
    )
    with open_checkout(options.root, options.rev) as local, opened_index() as index:
        names = None if plan else TreeNames(local.tree, replacements, rules.roots, index, options.root)
        if names:
            names.check()
            terminal.notes(names.doubts())
        with terminal.progress("Reading") as progress:
            found = audit(
                local.tree,
                rules,
                plan,
                commit=local.commit,
                owners=local.owners(),
                processes=options.processes,
                progress=progress,
                index=index,
            )
        if names:
            names.check_used(site.symbol for file in found.files for site in file.sites)
        errors = plan_errors(local, plan, [phase.number for phase in plan.phases], index) if plan else None
    if options.html:
        write_file(options.html, audit_page.page(found))
    if options.left:
        show_left(terminal, found, plan or Plan("", "", replacements, ()), options.json)
    elif options.json:
        terminal.json(results.audit_json(found, errors))
    else:
        show(terminal, found, errors)
        terminal.next_step(next_step(options, plan, found, errors))
    return MANUAL_WORK if found.needs_manual_work or errors else DONE


def show_left(terminal: Terminal, found: Audit, plan: Plan, as_json: bool) -> None:
    left = worklist(found, replacements_of(plan))
    if as_json:
        terminal.json(worklist_json(found, left))
    elif left:
        terminal.section(left_section(left))
    else:
        terminal.print("Nothing needs manual work.")


def show(terminal: Terminal, found: Audit, errors: PlanErrors | None) -> None:
    terminal.print(visible(found.title))
    terminal.print(f"{audit_sections.headline(found)} At {found.commit[:12]}, in {found.seconds:.1f} s.")
    terminal.print()
    for section in audit_sections.sections(found):
        terminal.section(section)
    if errors:
        terminal.print(str(errors))


def next_step(options: Namespace, plan: Plan | None, found: Audit, errors: PlanErrors | None) -> str:
    if errors:
        return f"fix {options.plan}, then run this again"
    if not found.sites:
        return ""
    if plan:
        return f"{program()} apply --plan {options.plan}"
    words = " ".join(f"--replace {one.old}={one.new}" for one in options.replace)
    return f"{program()} plan {words} -o plan.yml"
