"""Print a script that completes commands and options in your shell."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from bot.cli.arguments import EXIT_STATUS
from bot.cli.terminal import Terminal

SHELLS = ("bash", "zsh", "fish")
EXAMPLES = """\
drover completion bash > ~/.local/share/bash-completion/completions/drover
drover completion zsh > ~/.zfunc/_drover      # with ~/.zfunc in $fpath
drover completion fish > ~/.config/fish/completions/drover.fish"""

__all__ = ["EXAMPLES", "EXIT_STATUS", "add_arguments", "run"]


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("shell", choices=SHELLS, help="your shell")


def run(options: Namespace, terminal: Terminal) -> int:
    import shtab

    from bot.cli.parser import build_parser

    terminal.print(shtab.complete(build_parser(), shell=options.shell).rstrip("\n"))
    return 0
