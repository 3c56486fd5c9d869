"""The store and the queue at size: `python -m bench.scale --repositories 1000 --migrations 5000`.

The store is real, with what a year leaves in it; the queue is simulated (`bench/look_queue.py`). What GitHub's limits
allow is measured by `python -m bench.day`.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import sqlalchemy as sa

from bench.look_queue import Demand, waits
from bot.store import Migration, Store, open_engine
from bot.store.tables import counts, heads, intents, migrations

YEAR = 365 * 86_400.0
COUNTED, ASKED = 1000, 50
"""Commits that a migration's burndown has seen in a year, and what people asked for in it."""


def store_at_size(repositories: int, number: int) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "drover.db"
        database = open_engine(f"sqlite:///{file}")
        store = Store(database)
        store.prepare()
        _fill(database, repositories, number)
        yield f"{number:,} migrations of {repositories:,} repositories after a year: {_megabytes(file):.0f} MB"
        kept = store.retention.forget_old(time.time())
        yield f"{kept:,} rows were older than they are kept for"
        one = Migration(1, 1, 0, "o/r1")
        for name, do in _operations(store, one).items():
            yield f"{name}: {1000 * _seconds(do):.2f} ms"
        yield f"rows of one burndown after {COUNTED:,} counts: {_burndown_rows(database, store, one)}"
        database.dispose()


def _operations(store: Store, one: Migration) -> dict[str, Callable[[], object]]:
    return {
        "request a look": lambda: store.looks.ask(one),
        "find what a sweep looks at": lambda: store.migrations.due(60),
        "migrations of a repository": lambda: store.migrations.of_repository(one.repo_id),
        "what people asked for": lambda: store.requests.open_ones(one),
        "count the migrations by state": store.migrations.count_by_state,
    }


def _fill(database: sa.Engine, repositories: int, number: int) -> None:
    now = time.time()
    rows = [
        {
            "repo_id": n % repositories,
            "issue": 1 + n // repositories,
            "installation": n % repositories // 20,
            "full_name": f"o/r{n % repositories}",
            "queued": 1,
            "started": 1,
            "began": now,
            "finished": False,
        }
        for n in range(number)
    ]
    with database.begin() as db:
        db.execute(sa.insert(migrations), rows)
        for n, row in enumerate(rows):
            key = {"repo_id": row["repo_id"], "issue": row["issue"]}
            db.execute(
                sa.insert(intents), [_request(key, n, k, now - k * YEAR / ASKED) for k in range(ASKED)]
            )
        db.execute(sa.insert(heads), [_head(row["repo_id"], n, now) for n, row in enumerate(rows)])


def _request(key: dict[str, object], n: int, k: int, at: float) -> dict[str, object]:
    text = (
        '{"id": "comment-1234567890", "verb": "start", "phase": 1, "by": "somebody", "comment": 1234567890}'
    )
    return {**key, "id": f"{n}-{k}", "asked": at, "intent": text, "outcome": "done"}


def _head(repo: object, n: int, now: float) -> dict[str, object]:
    return {"repo_id": repo, "sha": f"{n:040x}", "ref": "refs/heads/drover/1/phase-1", "pushed": now}


def _burndown_rows(database: sa.Engine, store: Store, one: Migration) -> int:
    for number in range(COUNTED):
        store.burndown.record(one, f"{number:040x}", COUNTED - number, number * YEAR / COUNTED)
    with database.connect() as db:
        return db.execute(sa.select(sa.func.count()).select_from(counts)).scalar_one()


def _seconds(do: Callable[[], object], times: int = 20) -> float:
    began = time.perf_counter()
    for _ in range(times):
        do()
    return (time.perf_counter() - began) / times


def _megabytes(file: Path) -> float:
    return sum(one.stat().st_size for one in file.parent.glob(f"{file.name}*")) / 2**20


def queue_times(repositories: int, number: int) -> Iterator[str]:
    yield "| workers | looks a day | waited, median | 99th percentile | longest |"
    yield "| ---: | ---: | ---: | ---: | ---: |"
    demand = Demand(max(1, repositories // 20), number)
    for workers in (1, 2, 3, 4, 8):
        found = waits(demand, workers)
        shown = (found[len(found) // 2], found[int(len(found) * 0.99)], found[-1])
        yield f"| {workers} | {len(found):,} | " + " | ".join(f"{one:.1f} s" for one in shown) + " |"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="bench.scale", description=__doc__)
    parser.add_argument("--repositories", type=int, default=1000, help="in installations of twenty")
    parser.add_argument("--migrations", type=int, default=5000)
    given = parser.parse_args()
    for lines in (store_at_size, queue_times):
        for line in lines(given.repositories, given.migrations):
            print(line, flush=True)
