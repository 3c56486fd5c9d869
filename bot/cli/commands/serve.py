"""Receive GitHub's webhooks; on SQLite, do the work in the same process too.

Listens on HOST:PORT until it is told to stop. docs/operating.md lists every setting."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from bot.cli.environment import settings
from bot.cli.terminal import Terminal

EXAMPLES = """\
GITHUB_APP_ID=1234 GITHUB_PRIVATE_KEY_FILE=key.pem GITHUB_WEBHOOK_SECRET=… drover serve
PORT=9000 DATABASE_URL=postgres://drover@db/drover drover serve"""
EXIT_STATUS = """\
0  told to stop, by Ctrl-C or SIGTERM
2  a setting is missing or wrong, git is too old, or the port is taken"""


def add_arguments(parser: ArgumentParser) -> None:
    """None: its settings are environment variables."""


def run(options: Namespace, terminal: Terminal) -> int:
    from bot.service import serve

    return serve(settings())
