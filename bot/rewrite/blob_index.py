"""A cache of what was found in files, by blob id, so that a push costs only what it changed.

An index is never needed: where it can't be read or written it is as if it were empty. All of it is dropped when
any source is another than the one that filled it, since classes of every package are kept in it.
"""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
import sys
import threading
import time
import zlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Self

import bot
import codemods

LIMIT = 512 * 2**20
BUFFER = 4 * 2**20
DAY = 86_400

SCHEMA = """
CREATE TABLE IF NOT EXISTS about (version TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS found (key BLOB PRIMARY KEY, value BLOB NOT NULL, used INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS found_by_use ON found (used);
"""


@cache
def sources_version() -> str:
    """A digest of the sources whose classes are pickled, and of the Python version."""
    digest = hashlib.sha256(sys.version.encode())
    for package in (bot, codemods):
        for root in sorted(package.__path__):
            digest.update(package_digest(Path(root)))
    return digest.hexdigest()


def package_digest(root: Path) -> bytes:
    digest = hashlib.sha256(root.name.encode())
    for file in sorted(root.rglob("*.py")):
        path = file.relative_to(root).as_posix()
        digest.update(f"\0{path}\0{file.stat().st_size}\0".encode() + file.read_bytes())
    return digest.digest()


def seal(value: bytes) -> bytes:
    """The value with its checksum in front."""
    return zlib.crc32(value).to_bytes(4, "big") + value


def unseal(kept: object) -> bytes | None:
    """None if a byte of it is another than was written."""
    if not isinstance(kept, bytes) or len(kept) < 4:
        return None
    value = kept[4:]
    return value if seal(value) == kept else None


class BlobIndex:
    """Several threads and processes may use one file at once. What is put is written when enough has come together,
    and at the end."""

    def __init__(self, file: Path, *, version: str | None = None, limit: int = LIMIT) -> None:
        self.file = file
        self.limit = limit
        self._version = version or sources_version()
        self._lock = threading.Lock()
        self._new: dict[bytes, bytes] = {}
        self._new_bytes = 0
        self._used: set[bytes] = set()
        self._database = self._open()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, end: BaseException | None, at: TracebackType | None
    ) -> None:
        self.close()

    def get(self, key: bytes) -> bytes | None:
        with self._lock:
            if key in self._new:
                return self._new[key]
            row = self._select(key)
            if row is None:
                return None
            value, used = row
            if used < today():
                self._used.add(key)
            return value

    def put(self, key: bytes, value: bytes) -> None:
        with self._lock:
            self._new_bytes += len(key) + len(value) - len(self._new.get(key, b""))
            self._new[key] = value
            if self._new_bytes > BUFFER:
                self._write()

    def close(self) -> None:
        with self._lock:
            self._write()
            if self._database:
                self._database.close()
            self._database = None

    def size(self) -> int:
        return sum(file.stat().st_size for file in files_of(self.file) if file.exists())

    def _select(self, key: bytes) -> tuple[bytes, int] | None:
        if self._database is None:
            return None
        try:
            row: tuple[object, int] | None = self._database.execute(
                "SELECT value, used FROM found WHERE key = ? AND EXISTS (SELECT 1 FROM about WHERE version = ?)",
                (key, self._version),
            ).fetchone()
        except sqlite3.Error as error:
            self._drop_damaged(error)
            return None
        value = unseal(row[0]) if row else None
        return (value, row[1]) if row and value is not None else None

    def _write(self) -> None:
        new, used = self._new, self._used
        self._new, self._used, self._new_bytes = {}, set(), 0
        if self._database is None or not (new or used):
            return
        try:
            with transaction(self._database):
                self._check_version(self._database)
                self._database.executemany(
                    "INSERT INTO found VALUES (?, ?, ?) "
                    "ON CONFLICT (key) DO UPDATE SET value = excluded.value, used = excluded.used",
                    ((key, seal(value), today()) for key, value in new.items()),
                )
                self._database.executemany(
                    "UPDATE found SET used = ? WHERE key = ?", ((today(), key) for key in used)
                )
            self._shrink(self._database)
        except sqlite3.Error as error:
            self._drop_damaged(error)

    def _shrink(self, database: sqlite3.Connection) -> None:
        """Remove the least recently used values, an eighth at a time, until the rest fits."""
        while pages(database) > self.limit:
            count = database.execute("SELECT count(*) FROM found").fetchone()[0]
            if not count:
                return
            with transaction(database):
                database.execute(
                    "DELETE FROM found WHERE rowid IN (SELECT rowid FROM found ORDER BY used, rowid LIMIT ?)",
                    (max(count // 8, 1),),
                )
            database.execute("PRAGMA incremental_vacuum")
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _open(self) -> sqlite3.Connection | None:
        for _ in range(2):
            try:
                self.file.parent.mkdir(parents=True, exist_ok=True)
                return self._connect()
            except sqlite3.DatabaseError as error:
                self._drop_damaged(error)
            except OSError:
                return None
        return None

    def _connect(self) -> sqlite3.Connection:
        database = sqlite3.connect(self.file, timeout=5, isolation_level=None, check_same_thread=False)
        try:
            for setting in ("auto_vacuum = INCREMENTAL", "journal_mode = WAL", "synchronous = NORMAL"):
                database.execute(f"PRAGMA {setting}")
            with transaction(database):
                for statement in SCHEMA.split(";"):
                    database.execute(statement)
                self._check_version(database)
        except sqlite3.Error:
            database.close()
            raise
        return database

    def _check_version(self, database: sqlite3.Connection) -> None:
        if [self._version] != [row[0] for row in database.execute("SELECT version FROM about")]:
            database.execute("DELETE FROM found")
            database.execute("DELETE FROM about")
            database.execute("INSERT INTO about VALUES (?)", (self._version,))

    def _drop_damaged(self, error: sqlite3.Error) -> None:
        """Remove a damaged file; one that is busy or can't be written is only not used."""
        database, self._database = getattr(self, "_database", None), None
        if database:
            with contextlib.suppress(sqlite3.Error):
                database.close()
        if not isinstance(error, sqlite3.OperationalError):
            for file in files_of(self.file):
                with contextlib.suppress(OSError):
                    file.unlink(missing_ok=True)


@contextlib.contextmanager
def transaction(database: sqlite3.Connection) -> Iterator[None]:
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        database.execute("ROLLBACK")
        raise
    database.execute("COMMIT")


def pages(database: sqlite3.Connection) -> int:
    count, free, size = (
        int(database.execute(f"PRAGMA {name}").fetchone()[0])
        for name in ("page_count", "freelist_count", "page_size")
    )
    return (count - free) * size


def files_of(file: Path) -> tuple[Path, ...]:
    return (file, file.with_name(f"{file.name}-wal"), file.with_name(f"{file.name}-shm"))


def today() -> int:
    return int(time.time() // DAY)
