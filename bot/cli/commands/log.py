"""Show what Drover did with a migration, when, and why.

It reads the database of `drover serve`, and needs no credentials: only DATABASE_URL or DATA_DIR. The newest
decisions of each migration are kept, up to 1,000 and for a year. If the database was lost, the log begins after
that, with what GitHub tells of the time before."""

from __future__ import annotations

import argparse
import re
from argparse import ArgumentParser, Namespace
from datetime import UTC, datetime
from typing import Any

from bot.cli.arguments import positive
from bot.cli.environment import server_settings
from bot.cli.errors import DONE
from bot.cli.migration_log import MigrationLog, MigrationName, read_log
from bot.cli.terminal import Terminal, visible
from bot.store.decisions import Decision

EXAMPLES = """\
drover log acme/shop#12
drover log https://github.com/acme/shop/issues/12 --last 20
DATABASE_URL=postgres://drover@db/drover drover log acme/shop#12 --json"""
EXIT_STATUS = """\
0  done
2  wrong usage, or nothing is known of it"""


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "migration",
        metavar="OWNER/REPO#N",
        type=migration_name,
        help="the tracking issue or a phase's pull request, or its address",
    )
    parser.add_argument("--last", metavar="N", type=positive, help="only the newest N lines")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def migration_name(text: str) -> MigrationName:
    found = re.fullmatch(
        r"(?:https?://[^/]+/)?([\w.-]+/[\w.-]+)(?:#|/issues/|/pull/|/)([1-9][0-9]{0,8})(?:[/#?].*)?",
        text,
        re.ASCII,
    )
    if found is None:
        raise argparse.ArgumentTypeError(f"{text} is not a tracking issue such as acme/shop#12")
    return MigrationName(found[1], int(found[2]))


def run(options: Namespace, terminal: Terminal) -> int:
    found = read_log(server_settings(), options.migration)
    entries = found.entries[-options.last :] if options.last else found.entries
    if options.json:
        terminal.json(log_json(found, entries))
        return DONE
    terminal.say(f"{found.of}" + (f": {visible(found.title)}" if found.title else ""))
    for one in entries:
        terminal.print(f"{moment(one.at):%Y-%m-%d %H:%M:%S}  {visible(one.what)} – {visible(one.why)}")
    return DONE


def log_json(found: MigrationLog, entries: tuple[Decision, ...]) -> dict[str, Any]:
    return {
        "repository": found.of.repository,
        "issue": found.of.number,
        "title": found.title or None,
        "entries": [
            {"at": f"{moment(one.at):%Y-%m-%dT%H:%M:%SZ}", "what": one.what, "why": one.why}
            for one in entries
        ],
    }


def moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)
