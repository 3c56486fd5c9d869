"""Do the work of deliveries that `serve` receives: one of any number of workers, with Postgres.

A worker that dies has its work taken over by another. On SQLite, where `serve` does the work, it waits.
docs/operating.md lists every setting."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from bot.cli.environment import settings
from bot.cli.terminal import Terminal

EXAMPLES = """\
DATABASE_URL=postgres://drover@db/drover drover work
WORKER_CONCURRENCY=8 DATABASE_URL=postgres://drover@db/drover drover work"""
EXIT_STATUS = """\
0  told to stop, by Ctrl-C or SIGTERM
2  a setting is missing or wrong, or git is too old"""


def add_arguments(parser: ArgumentParser) -> None:
    """None: its settings are environment variables."""


def run(options: Namespace, terminal: Terminal) -> int:
    from bot.service import work

    return work(settings())
