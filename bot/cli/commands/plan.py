"""Propose a plan: phases by risk, with their counts. It is valid as printed."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from bot.audit.proposal import propose
from bot.cli.arguments import (
    EXIT_STATUS,
    add_checkout,
    add_replacements,
    add_revision,
    add_style,
    apply_style,
)
from bot.cli.environment import program
from bot.cli.errors import DONE
from bot.cli.local_repository import open_checkout, opened_index
from bot.cli.names import TreeNames
from bot.cli.plan_file import check_writable, write_file
from bot.cli.terminal import Terminal
from bot.rewrite.scan import scan
from codemods.model.rules import Rules

EXAMPLES = """\
drover plan --replace shop.old:Old=shop.new:New
drover plan --replace shop.old:Old=shop.new:New --style rename -o .github/migrations/engine.yml"""

__all__ = ["EXAMPLES", "EXIT_STATUS", "add_arguments", "run"]


def add_arguments(parser: ArgumentParser) -> None:
    add_replacements(parser, required=True)
    add_style(parser)
    parser.add_argument("-o", "--output", metavar="FILE", type=Path, help="write the plan to this file")
    add_revision(parser, "the commit to read")
    add_checkout(parser, json=False, roots=True)


def run(options: Namespace, terminal: Terminal) -> int:
    check_writable(options.output)
    replacements = apply_style(options.replace, options.style)
    with open_checkout(options.root, options.rev) as local, opened_index() as index:
        names = TreeNames(local.tree, replacements, options.roots, index, options.root)
        names.check()
        terminal.notes(names.doubts())
        with terminal.progress("Reading") as progress:
            text = propose(
                local.tree,
                replacements,
                roots=options.roots,
                owners=local.owners(),
                processes=options.processes,
                progress=progress,
                index=index,
            )
        if names.undefined():
            found = scan(local.tree, Rules.of(replacements, roots=options.roots), index=index)
            names.check_used(site.symbol for one in found.values() for site in one.sites)
    if options.output:
        write_file(options.output, text)
        terminal.say(f"Wrote {options.output}.")
    else:
        terminal.print(text.rstrip("\n"))
    file = options.output or "plan.yml"
    first = "" if options.output else f"save it (-o {file}), then "
    terminal.next_step(f"{first}{program()} apply --plan {file}")
    return DONE
