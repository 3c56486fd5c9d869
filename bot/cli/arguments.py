"""Arguments that several commands take, and how their words are read."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from bot.cli.terminal import processors
from bot.plan.plan import PlanErrors
from bot.plan.read import read_replacement
from codemods.model.rules import Replacement, Style

STYLES: tuple[Style, ...] = ("as", "alias", "rename")
EXIT_STATUS = """\
0  done
1  something needs manual work
2  wrong usage: nothing was changed"""


def add_checkout(parser: argparse.ArgumentParser, *, json: bool = True, roots: bool = False) -> None:
    """Where to work, and how to print."""
    parser.add_argument(
        "--root", metavar="DIR", type=Path, default=Path(), help="the checkout (default: this folder)"
    )
    if roots:
        parser.add_argument(
            "--roots",
            metavar="DIRS",
            type=root_folders,
            help="folders where imports start, separated by commas (default: detected)",
        )
    parser.add_argument(
        "--processes", metavar="N", type=positive, default=processors(), help=argparse.SUPPRESS
    )
    if json:
        parser.add_argument("--json", action="store_true", help="print one JSON object")


def add_replacements(parser: argparse._ActionsContainer, *, required: bool = False) -> None:
    parser.add_argument(
        "--replace",
        metavar="OLD=NEW",
        action="append",
        type=replacement,
        required=required,
        help="what replaces what: package.module:Name=package.module:Name, or a module by a module; repeatable",
    )


def add_style(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--style",
        choices=STYLES,
        help="as: `from new import New as Old` (default). alias: an import, then `Old = New`. rename: every use too",
    )


def add_revision(parser: argparse.ArgumentParser, what: str) -> None:
    parser.add_argument("--rev", metavar="REV", default="HEAD", help=f"{what} (default: HEAD)")


def apply_style(replacements: list[Replacement] | None, style: Style | None) -> tuple[Replacement, ...]:
    return tuple(replace(one, style=style or "as") for one in replacements or ())


def replacement(text: str) -> Replacement:
    read = read_replacement(text)
    if isinstance(read, PlanErrors):
        first = read.errors[0]
        raise argparse.ArgumentTypeError(f"{text}: {first.message}. Expected: {first.right}")
    return read


def number(lowest: int, highest: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not text.isdecimal() or len(text) > 7 or not lowest <= int(text) <= highest:
            raise argparse.ArgumentTypeError(f"{text} is not a number from {lowest} to {highest:,}")
        return int(text)

    return read


positive = number(1, 1_000_000)


def phase_number(text: str) -> int | str:
    return text if text == "all" else positive(text)


def root_folders(text: str) -> tuple[str, ...]:
    folders = [folder.strip().removeprefix("./").strip("/") for folder in text.split(",")]
    outside = [folder for folder in folders if ".." in folder.split("/")]
    if outside:
        raise argparse.ArgumentTypeError(f"{outside[0]} is outside the checkout")
    return tuple("" if folder == "." else folder for folder in folders)


def more_kinds(text: str) -> frozenset[str]:
    words = frozenset(word.strip() for word in text.split(",") if word.strip())
    unknown = sorted(words - {"strings", "docs", "history"})
    if unknown:
        raise argparse.ArgumentTypeError(f"{unknown[0]} is none of strings, docs and history")
    return words
