"""Try Drover on localhost: a small GitHub, a sample repository with a half-finished migration, and the real bot.

Needs no account and no network. What it writes is in one temporary folder, which is deleted when it ends."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from bot.cli.arguments import number
from bot.cli.terminal import Terminal

EXAMPLES = """\
drover demo
drover demo --port 8300 --no-browser"""
EXIT_STATUS = """\
0  stopped by Ctrl-C
1  it could not start, or the bot ended
2  wrong usage"""


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--port", metavar="N", type=number(1, 65535), help="the page's port (default: a free one from 8300)"
    )
    parser.add_argument("--no-browser", action="store_true", help="print the address, but don't open it")


def run(options: Namespace, terminal: Terminal) -> int:
    from sandbox.demo import run_demo

    return run_demo(options.port, browser=not options.no_browser)
