"""The command line: `main` is the entry of `drover` and of app.py."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.cli.terminal import Terminal


def main(arguments: Sequence[str] | None = None, terminal: Terminal | None = None) -> int:
    """Run one command; the exit status: 0 done, 1 something needs manual work, 2 wrong usage."""
    from bot.cli.errors import run_safely
    from bot.cli.parser import run_command
    from bot.cli.terminal import Terminal

    words = list(sys.argv[1:] if arguments is None else arguments)
    terminal = terminal or Terminal()
    terminal.quiet = "--json" in words
    return run_safely(lambda: run_command(words, terminal), terminal, words)
