"""Check the settings, git, the database, the App, its webhook and its recent deliveries.

For each thing that is wrong it says what to do."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from bot.cli.environment import settings
from bot.cli.terminal import Terminal

EXAMPLES = """\
drover doctor
GITHUB_API_URL=https://github.example.com/api/v3 drover doctor"""
EXIT_STATUS = """\
0  everything is fine
1  something has to be fixed
2  a setting is missing or wrong"""


def add_arguments(parser: ArgumentParser) -> None:
    """None: its settings are environment variables."""


def run(options: Namespace, terminal: Terminal) -> int:
    from bot.doctor import examine

    return examine(settings())
