"""What a year of deliveries leaves in the database: `python -m bench.year --days 365 --each 20`.

Every day the real engine takes in that many deliveries of the kinds that a repository sends, works on them, and then
all that the database has kept becomes a day older and is cleaned up as it is every hour. What is kept for a delivery,
after the clean-up, says what ten a second would keep at most: then many more of them ask for the same look.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from bot.engine.engine import Engine
from bot.intake.delivery import read_delivery
from bot.store.retention import DAY, KEPT_FOR
from bot.store.tables import clicks, intents
from tests.world import REPO, World, world

A_DAY = 864_000
"""Deliveries of a day at ten a second."""
ENGINE_TIMES = {
    "workflow_status": ("created_at", "updated_at", "completed_at"),
    "operation_outputs": ("retention_timestamp",),
}
"""Milliseconds, by table."""


OF_DELIVERIES = (*ENGINE_TIMES, "workflow_input", "workflow_output", clicks.name, intents.name)
"""The tables whose rows come with deliveries; the others are bounded for each migration or repository."""
SIZES = """
    SELECT sum(pgsize - unused) FROM dbstat JOIN sqlite_master USING (name) WHERE tbl_name IN :names
"""


@dataclass(frozen=True)
class Kept:
    rows: int
    size: int
    """Bytes, with those of the indexes."""


async def lines(days: int, each: int) -> AsyncIterator[str]:
    with tempfile.TemporaryDirectory() as home:
        async with world(Path(home)) as here:
            await here.start_bot()
            await here.open_issue()
            await here.label("migration")
            await here.until(lambda: "references left" in here.status(), "the migration is adopted")
            await here.settled()
            yield "| days | rows | for each delivery of a day | at ten a second |\n| ---: | ---: | ---: | ---: |"
            async for day in _days(here, days, each):
                kept = _kept(here)
                rows, size = kept.rows / each, kept.size / each
                yield (
                    f"| {day} | {kept.rows:,} | {rows:.1f} rows, {size:.0f} bytes "
                    f"| {rows * A_DAY / 1e6:.1f} million rows, {size * A_DAY / 2**30:.1f} GB |"
                )


async def _days(here: World, days: int, each: int) -> AsyncIterator[int]:
    """Those after which it is said what is kept."""
    engine = here.engine
    if engine is None:
        return
    for day in range(1, days + 1):
        await asyncio.gather(*(_deliver(here, engine, number) for number in range(each)))
        await here.settled()
        await asyncio.to_thread(_grow_older, here)
        await asyncio.to_thread(engine.forget_old, time.time())
        if day in (1, 4, 8, 30, 90, 180, days):
            yield day


async def _deliver(here: World, engine: Engine, number: int) -> None:
    name, payload = _delivery(here, number)
    event = read_delivery(name, str(uuid.uuid4()), payload, time.time(), uuid.uuid4().hex)
    if event is not None:
        await engine.enqueue(event)


def _delivery(here: World, number: int) -> tuple[str, dict[str, object]]:
    """Mostly statuses, then pushes and updates of somebody's pull request; one in twenty is a click."""
    repo, sha = here.forge.repo(REPO), uuid.uuid4().hex + "0" * 8
    common: dict[str, object] = {
        "installation": {"id": here.installation.id},
        "repository": {"id": repo.id, "full_name": REPO, "default_branch": "main"},
        "sender": {"login": "maya", "type": "User"},
    }
    suite = {"head_branch": "drover/1/phase-1"}
    run = {"id": number, "head_sha": sha, "name": "drover / proof", "check_suite": suite}
    pull = {"number": 7, "head": {"ref": "feature", "sha": sha, "repo": {"id": repo.id}}}
    kinds: tuple[tuple[str, dict[str, object]], ...] = (
        ("status", {"sha": sha}),
        ("push", {"ref": "refs/heads/main", "after": sha, "commits": []}),
        ("pull_request", {"action": "synchronize", "pull_request": pull}),
        ("check_run", {"action": "rerequested", "check_run": run}),
    )
    event, rest = kinds[3 if number % 20 == 19 else (0, 1, 0, 2)[number % 4]]
    return event, {**common, **rest}


def _grow_older(here: World) -> None:
    with _database(here).begin() as db:
        for column in KEPT_FOR:
            db.execute(sa.update(column.table).values({column.name: column - DAY}))
        for name, times in ENGINE_TIMES.items():
            table = sa.table(name, *(sa.column(one) for one in times))
            db.execute(sa.update(table).values({one: table.c[one] - int(1000 * DAY) for one in times}))


def _kept(here: World) -> Kept:
    tables = [sa.table(name) for name in OF_DELIVERIES]
    with _database(here).connect() as db:
        rows = [db.execute(sa.select(sa.func.count()).select_from(one)).scalar_one() for one in tables]
        names: sa.BindParameter[object] = sa.bindparam("names", OF_DELIVERIES, expanding=True)
        size = db.execute(sa.text(SIZES).bindparams(names)).scalar_one()
    return Kept(sum(rows), int(size))


def _database(here: World) -> sa.Engine:
    return sa.create_engine(f"sqlite:///{here.home}/bot/drover.db", poolclass=sa.NullPool)


async def show(days: int, each: int) -> None:
    async for line in lines(days, each):
        print(line, flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="bench.year", description=__doc__)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--each", type=int, default=20, help="deliveries of a day that are really taken in")
    given = parser.parse_args()
    asyncio.run(show(given.days, given.each))
