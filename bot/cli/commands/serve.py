"""Receive GitHub's webhooks; on SQLite, do the work in the same process too.

Without an App, it serves the page that creates one first: /setup.
Listens on HOST:PORT until it is told to stop. docs/operating.md lists every setting."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from bot.cli.environment import credentials_are_set, server_settings, settings
from bot.cli.terminal import Terminal

EXAMPLES = """\
drover serve
GITHUB_APP_ID=1234 GITHUB_PRIVATE_KEY_FILE=key.pem GITHUB_WEBHOOK_SECRET=… drover serve
PORT=9000 DATABASE_URL=postgres://drover@db/drover drover serve"""
EXIT_STATUS = """\
0  told to stop, by Ctrl-C or SIGTERM
2  a setting is missing or wrong, git is too old, or the port is taken"""


def add_arguments(parser: ArgumentParser) -> None:
    """None: its settings are environment variables."""


def run(options: Namespace, terminal: Terminal) -> int:
    from bot.service import serve, set_up_and_serve

    return serve(settings()) if credentials_are_set() else set_up_and_serve(server_settings())
