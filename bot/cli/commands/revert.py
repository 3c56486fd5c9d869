"""Create a branch that reverts a phase, with the later phases that were built on it. Later work is kept.

Finds the phase's commits in the history by their trailers, whichever way they were merged."""

from __future__ import annotations

import re
from argparse import ArgumentParser, Namespace
from pathlib import Path

from bot.cli import results
from bot.cli.arguments import add_checkout, add_revision, positive
from bot.cli.errors import DONE, MANUAL_WORK, CommandError
from bot.cli.local_repository import LocalCheckout, open_checkout
from bot.cli.local_revert import LocalRevert, RevertTarget, revert_phase
from bot.cli.plan_file import read_plan_file
from bot.cli.terminal import Terminal
from bot.report.revert_pull import why_not_reverted
from bot.report.text import count_of

EXAMPLES = """\
drover revert --phase 1
drover revert --phase 1 --batch 2 --plan plan.yml
drover revert --phase 3 --slice maya"""
EXIT_STATUS = """\
0  done
1  some files need manual work: reverting them would lose or break later work
2  wrong usage, or there is nothing to revert"""


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--phase", metavar="N", type=positive, required=True, help="the phase to revert")
    parser.add_argument("--batch", metavar="K", type=positive, help="only this batch of it")
    parser.add_argument(
        "--slice", metavar="NAME", default="", help="only one owner's part, by the end of its branch's name"
    )
    parser.add_argument("--plan", metavar="FILE", type=Path, help="the plan, if there are several")
    add_revision(parser, "the commit to revert from")
    add_checkout(parser)


def run(options: Namespace, terminal: Terminal) -> int:
    plan = read_plan_file(options.plan) if options.plan else None
    with open_checkout(options.root, options.rev) as local:
        slug = plan.slug if plan else only_slug(local, options.phase)
        ending = revert_phase(local, slug, RevertTarget(options.phase, options.batch, options.slice), plan)
    if options.json:
        terminal.json(results.revert_json(ending))
    else:
        show(terminal, ending)
    return MANUAL_WORK if ending.conflicts else DONE


def show(terminal: Terminal, ending: LocalRevert) -> None:
    terminal.print(f"{ending.branch}  {ending.head}")
    for one in ending.dependents:
        terminal.print(f"Reverted {one.title} first: {one.reason}.")
    terminal.print(f"Reverted {count_of(len(ending.files), 'file')}. Later work is kept.")
    for conflict in ending.conflicts:
        terminal.print(f"needs manual work: {conflict.path}: {why_not_reverted(conflict)}")
    terminal.next_step(f"git show {ending.branch}, then push it and open a pull request")


def only_slug(local: LocalCheckout, phase: int) -> str:
    """The one plan whose phase has a branch here."""
    found = {
        ref.split("/")[3]
        for ref in local.repository.refs("refs/heads/drover/")
        if re.fullmatch(rf"refs/heads/drover/[^/]+/phase-{phase}(-[^/]+)?", ref)
    }
    if len(found) == 1:
        return found.pop()
    which = f"branches of {len(found)} plans" if found else "no branch of any plan"
    raise CommandError(f"there is {which} for phase {phase} here", "Choose one with --plan FILE.")
