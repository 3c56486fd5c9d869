"""The same work on a local checkout: audit, plan, apply, rewrite, revert."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias, cast

from bot.cli import commands
from bot.cli.commands import HUMAN, WRONG
from bot.cli.terminal import Terminal, processors
from bot.git.process import GitFailed
from bot.plan.plan import PlanErrors
from bot.plan.read import read_replacement
from codemods.model.rules import Replacement, Style

STYLES: tuple[Style, ...] = ("as", "alias", "rename")
INTERRUPTED = 130


def main(argv: Sequence[str] | None = None, terminal: Terminal | None = None) -> int:
    """0: all done. 1: something needs a human. 2: wrong usage."""
    out = terminal or Terminal()
    try:
        options = parser().parse_args(argv)
    except SystemExit as end:
        return int(end.code or 0)
    out.quiet = bool(getattr(options, "json", False))
    try:
        status = cast(int, options.run(options, out))
        out.out.flush()
    except KeyboardInterrupt:
        out.wrong("stopped: nothing was changed")
        return INTERRUPTED
    except GitFailed as failed:
        out.wrong(f"drover: git could not do it: {failed.text or failed}")
        return WRONG
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return HUMAN
    return status


def parser() -> argparse.ArgumentParser:
    whole = argparse.ArgumentParser(prog="drover", description=__doc__)
    parts = whole.add_subparsers(required=True, metavar="COMMAND")
    for add in (audit, plan, apply, rewrite, revert):
        add(parts)
    return whole


Parts: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def audit(parts: Parts) -> None:
    part = command(parts, "audit", commands.audit_command, "counts all that is left; changes nothing")
    what = part.add_mutually_exclusive_group(required=True)
    what.add_argument("--plan", metavar="F", type=Path, help="the plan's file")
    replacements(what)
    part.add_argument("--rev", metavar="REV", default="HEAD", help="the commit (default: HEAD)")
    part.add_argument("--html", metavar="FILE", type=Path, help="writes a page as well")


def plan(parts: Parts) -> None:
    part = command(parts, "plan", commands.plan_command, "prints a proposed plan", json=False)
    replacements(part, required=True)
    part.add_argument("--style", choices=STYLES, default="as")
    part.add_argument("--rev", metavar="REV", default="HEAD", help="the commit (default: HEAD)")


def apply(parts: Parts) -> None:
    part = command(parts, "apply", commands.apply_command, "makes a branch for each phase")
    part.add_argument("--plan", metavar="F", type=Path, required=True, help="the plan's file")
    part.add_argument(
        "--phase", metavar="N", default="all", type=phase_number, help="one phase, or all (default)"
    )
    part.add_argument("--rev", metavar="REV", default="HEAD", help="what to start from (default: HEAD)")
    part.add_argument("--no-checks", action="store_true", help="does not run the plan's commands")


def rewrite(parts: Parts) -> None:
    part = command(parts, "rewrite", commands.rewrite_command, "rewrites files in place")
    replacements(part, required=True)
    part.add_argument("--style", choices=STYLES, default="as")
    part.add_argument("--also", metavar="WHAT", default="", type=also, help="strings,docs")
    only = part.add_mutually_exclusive_group()
    only.add_argument(
        "--check", action="store_true", help="changes nothing; status 1 where something would change"
    )
    only.add_argument("--diff", action="store_true", help="changes nothing; prints what would change")
    part.add_argument("paths", metavar="PATH", nargs="*", type=Path, help="files and folders (default: all)")


def revert(parts: Parts) -> None:
    part = command(parts, "revert", commands.revert_command, "makes the branch that takes a phase back")
    part.add_argument("--phase", metavar="N", type=positive, required=True)
    part.add_argument("--batch", metavar="K", type=positive)
    part.add_argument(
        "--slice", metavar="NAME", default="", help="one owner's, by the end of its branch's name"
    )
    part.add_argument("--plan", metavar="F", type=Path, help="the plan's file, where there are several")
    part.add_argument(
        "--rev", metavar="REV", default="HEAD", help="what to take it back from (default: HEAD)"
    )


def command(
    parts: Parts,
    name: str,
    run: Callable[[argparse.Namespace, Terminal], int],
    about: str,
    json: bool = True,
) -> argparse.ArgumentParser:
    part: argparse.ArgumentParser = parts.add_parser(name, help=about, description=about)
    part.set_defaults(run=run)
    part.add_argument("--root", metavar="DIR", type=Path, default=Path(), help="the checkout (default: here)")
    if name in ("audit", "plan", "rewrite"):
        about = "folders where imports start, with commas between (default: found by themselves)"
        part.add_argument("--roots", metavar="DIRS", type=roots, default=None, help=about)
    part.add_argument("--processes", metavar="N", type=positive, default=processors(), help=argparse.SUPPRESS)
    if json:
        part.add_argument("--json", action="store_true", help="prints one JSON object")
    return part


def replacements(part: argparse._ActionsContainer, required: bool = False) -> None:
    part.add_argument(
        "--replace",
        metavar="OLD=NEW",
        action="append",
        type=replacement,
        required=required,
        help="pkg.mod:Name=pkg.new:Name, or pkg.mod=pkg.new; more than once for more",
    )


def replacement(text: str) -> Replacement:
    read = read_replacement(text)
    if isinstance(read, PlanErrors):
        first = read.errors[0]
        raise argparse.ArgumentTypeError(f"{text}: {first.message}. Right would be: {first.right}")
    return read


def positive(text: str) -> int:
    if not text.isdecimal() or len(text) > 6 or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a number from 1")
    return int(text)


def phase_number(text: str) -> int | str:
    return text if text == "all" else positive(text)


def roots(text: str) -> tuple[str, ...]:
    folders = [folder.strip().removeprefix("./").strip("/") for folder in text.split(",")]
    outside = [folder for folder in folders if ".." in folder.split("/")]
    if outside:
        raise argparse.ArgumentTypeError(f"{outside[0]} is not in the checkout")
    return tuple("" if folder == "." else folder for folder in folders)


def also(text: str) -> frozenset[str]:
    words = frozenset(word.strip() for word in text.split(",") if word.strip())
    unknown = sorted(words - {"strings", "docs"})
    if unknown:
        raise argparse.ArgumentTypeError(f"{unknown[0]} is neither strings nor docs")
    return words


__all__ = ["HUMAN", "WRONG", "main"]
