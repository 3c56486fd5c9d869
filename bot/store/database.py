"""The database: SQLite or Postgres, by the same code."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

LONGEST_PAUSE = 30.0
"""Seconds between two statements of a transaction, after which Postgres ends it."""


def open_engine(url: str, connections: int = 8) -> sa.Engine:
    """With at most so many connections to Postgres.

    WAL for SQLite: readers don't wait for the writer, and a kill at any moment loses nothing committed.
    """
    if not url.startswith("sqlite"):
        engine = sa.create_engine(
            url, pool_pre_ping=True, pool_size=min(4, connections), max_overflow=max(0, connections - 4)
        )
        sa.event.listen(engine, "connect", _end_idle_transactions)
        return engine
    path = Path(url.removeprefix("sqlite:///"))
    path.parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(url)

    @sa.event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        if sqlite3.sqlite_version_info < KNOWS_SUBSEC:
            connection.create_function("unixepoch", 1, _unixepoch)
        connection.isolation_level = "IMMEDIATE"
        for pragma in ("busy_timeout=30000", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    return engine


KNOWS_SUBSEC = (3, 42)


def _unixepoch(argument: object) -> float:
    """The engine takes it for granted that a Python from 3.12 on has an SQLite that can tell parts of a second. That of
    Debian 12 and of Ubuntu 22.04 says NULL."""
    if argument != "subsec":
        raise ValueError("only unixepoch('subsec') is known here")
    return time.time()


def _end_idle_transactions(connection: Any, _record: Any) -> None:
    """A process that is paused in the middle of a transaction must not keep its locks."""
    connection.execute(f"SET idle_in_transaction_session_timeout = '{LONGEST_PAUSE:.0f}s'")
    connection.commit()


def insert_into(database: sa.Engine, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
    """An insert that may say what happens where the row exists."""
    return sqlite.insert(table) if database.dialect.name == "sqlite" else postgresql.insert(table)
