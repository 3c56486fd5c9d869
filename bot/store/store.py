"""What only Drover knows, by topic.

Everything here can be lost: the next look finds on GitHub what it needs. Calls are short and synchronous; async code
reaches them through `asyncio.to_thread`.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from bot.store.burndown import Burndown
from bot.store.clicks import Clicks
from bot.store.database import open_engine
from bot.store.decisions import Decisions
from bot.store.heartbeats import Heartbeats
from bot.store.looks import Looks
from bot.store.migrations import Migrations
from bot.store.overviews import Overviews
from bot.store.phase_problems import PhaseProblems
from bot.store.positions import Positions
from bot.store.pushed_heads import PushedHeads
from bot.store.pushes import Pushes
from bot.store.repositories import Repositories
from bot.store.requests import Requests
from bot.store.retention import Retention
from bot.store.tables import prepare
from bot.store.waits import StoredWaits


class Store:
    def __init__(self, database: sa.Engine) -> None:
        self.database = database
        self.migrations = Migrations(database)
        self.looks = Looks(database)
        self.repositories = Repositories(database)
        self.requests = Requests(database)
        self.clicks = Clicks(database)
        self.phase_problems = PhaseProblems(database)
        self.pushed_heads = PushedHeads(database)
        self.burndown = Burndown(database)
        self.overviews = Overviews(database)
        self.decisions = Decisions(database)
        self.pushes = Pushes(database)
        self.positions = Positions(database)
        self.waits = StoredWaits(database)
        self.heartbeats = Heartbeats(database)
        self.retention = Retention(database)

    def prepare(self) -> None:
        """Create the tables."""
        prepare(self.database)

    def check(self) -> None:
        """Raise where the database can't be written."""
        self.positions.set("ready", time.time())


@contextmanager
def open_store(url: str) -> Iterator[Store]:
    database = open_engine(url)
    try:
        yield Store(database)
    finally:
        database.dispose()
