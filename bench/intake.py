"""Intake: signed deliveries at a steady rate against the real web process; what each waits, and whether any is lost.

`python -m bench.intake --rate 200 --seconds 20`, and `python -m bench.intake --burst 2000 --repositories 200` for pushes
and pull requests of many repositories, each with a migration, all at once. First the same deliveries go to a bare
application that only checks signatures (`bench/intake_floor.py`), since both depend on what else the machine does.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import hmac
import json
import os
import re
import sqlite3
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from bot.store import Migration, open_store
from tests.world import REPO, World, free_port, world

FIRST_REPOSITORY = 5_000_000
BURST_CONNECTIONS = 100


@dataclass(frozen=True)
class SentDelivery:
    status: int
    seconds: float


@dataclass(frozen=True)
class IntakeResult:
    rate: int
    sent: int
    lost: int
    median: float
    p99: float
    worst: float
    drained: float
    """Seconds after the last one until all had been worked on."""
    memory_before: float
    memory_after: float
    bytes_kept: float
    """In the database, for a delivery."""
    floor: tuple[float, float]
    """Median and 99th percentile of the bare application."""

    def __str__(self) -> str:
        return (
            f"{self.sent:,} deliveries {f'at {self.rate}/s' if self.rate else 'at once'}: "
            f"median {self.median * 1000:.1f} ms, "
            f"99th percentile {self.p99 * 1000:.1f} ms, worst {self.worst * 1000:.0f} ms, {self.lost} lost; "
            f"all worked on {self.drained:.1f} s after the last; "
            f"memory {self.memory_before:.0f} MB before, {self.memory_after:.0f} MB after; "
            f"{self.bytes_kept:.0f} bytes kept for each; a bare application: median {self.floor[0] * 1000:.1f} ms, "
            f"99th percentile {self.floor[1] * 1000:.1f} ms"
        )


async def measure(rate: int, seconds: int, burst: int = 0, repositories: int = 0) -> IntakeResult:
    with tempfile.TemporaryDirectory() as home:
        async with world(Path(home)) as here:
            await here.launch()
            await here.open_issue()
            await here.label("migration")
            await here.until(lambda: "references left" in here.status(), "the migration is adopted")
            await here.settled()
            _add_migrations(here, repositories)
            return await _measured(here, rate, seconds, burst, repositories)


def _add_migrations(here: World, repositories: int) -> None:
    """Of repositories that GitHub doesn't have: looking at one costs the engine as much as any, and no more."""
    with open_store(here.settings().database_url) as store:
        for number in range(repositories):
            store.looks.ask(
                Migration(FIRST_REPOSITORY + number, 1, FIRST_REPOSITORY + number, f"o/r{number}")
            )


async def _measured(here: World, rate: int, seconds: int, burst: int, repositories: int) -> IntakeResult:
    floor = await _floor(here, rate, min(seconds, 10), burst, repositories)
    before, kept = _memory(here), _database_bytes(here)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=BURST_CONNECTIONS)) as session:
        sent = await _sent(session, here, here.port, rate, seconds, burst, repositories)
        ended = time.monotonic()
        while await _waiting(session, here):  # noqa: ASYNC110  # another process: nothing tells us
            await asyncio.sleep(0.2)
        drained = time.monotonic() - ended
        worked = await _worked_on(session, here)
    times = sorted(one.seconds for one in sent)
    accepted = sum(1 for one in sent if one.status == 202)
    return IntakeResult(
        0 if burst else rate,
        len(sent),
        len(sent) - min(accepted, int(worked)),
        statistics.median(times),
        times[int(len(times) * 0.99)],
        times[-1],
        drained,
        before,
        _memory(here),
        (_database_bytes(here) - kept) / len(sent),
        floor,
    )


async def _floor(here: World, rate: int, seconds: int, burst: int, repositories: int) -> tuple[float, float]:
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "bench.intake_floor", str(port)),
        env={**os.environ, "WEBHOOK_SECRET": here.app.webhook_secret},
    )
    try:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=BURST_CONNECTIONS)) as session:
            while (await _one(session, here, port, "ping", {})).status != 202:  # noqa: ASYNC110  # another process
                await asyncio.sleep(0.1)
            sent = await _sent(session, here, port, rate, seconds, burst, repositories)
    finally:
        process.kill()
        await process.wait()
    times = sorted(one.seconds for one in sent)
    return statistics.median(times), times[int(len(times) * 0.99)]


async def _sent(
    session: aiohttp.ClientSession,
    here: World,
    port: int,
    rate: int,
    seconds: int,
    burst: int,
    repositories: int,
) -> list[SentDelivery]:
    if not burst:
        return await _send(session, here, port, rate, seconds)
    jobs = (_one(session, here, port, *_burst_delivery(number, repositories)) for number in range(burst))
    return list(await asyncio.gather(*jobs))


def _database_bytes(here: World) -> int:
    """With its log of changes written into it."""
    file = here.home / "bot" / "drover.db"
    database = sqlite3.connect(file)
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return file.stat().st_size


async def _send(
    session: aiohttp.ClientSession, here: World, port: int, rate: int, seconds: int
) -> list[SentDelivery]:
    """At the rate asked for, whether the answers have come or not."""
    start, tasks = time.monotonic(), []
    for number in range(rate * seconds):
        await asyncio.sleep(max(0.0, start + number / rate - time.monotonic()))
        tasks.append(asyncio.create_task(_one(session, here, port, "status", _payload(here, number))))
    return list(await asyncio.gather(*tasks))


async def _one(
    session: aiohttp.ClientSession, here: World, port: int, event: str, payload: dict[str, Any]
) -> SentDelivery:
    body = json.dumps(payload).encode()
    signature = hmac.new(here.app.webhook_secret.encode(), body, hashlib.sha256).hexdigest()
    headers = {
        "X-GitHub-Event": event,
        "X-GitHub-Delivery": str(uuid.uuid4()),
        "X-Hub-Signature-256": f"sha256={signature}",
        "Content-Type": "application/json",
    }
    began = time.monotonic()
    try:
        async with session.post(f"http://127.0.0.1:{port}/webhook", data=body, headers=headers) as answer:
            await answer.read()
            return SentDelivery(answer.status, time.monotonic() - began)
    except aiohttp.ClientError:
        return SentDelivery(0, time.monotonic() - began)


def _payload(here: World, number: int) -> dict[str, Any]:
    """Of a usual size: some eight kilobytes."""
    repo = here.forge.repo(REPO)
    return {
        "sha": f"{number:040x}",
        "state": "success",
        "context": "ci",
        "installation": {"id": here.installation.id},
        "repository": {"id": repo.id, "full_name": REPO},
        "sender": {"login": "maya", "type": "User"},
        "padding": "x" * 8000,
    }


def _burst_delivery(number: int, repositories: int) -> tuple[str, dict[str, Any]]:
    """In turn a push to the default branch and an update of somebody's pull request."""
    at = FIRST_REPOSITORY + number % repositories
    name = f"o/r{number % repositories}"
    common = {
        "installation": {"id": at},
        "repository": {"id": at, "full_name": name, "default_branch": "main"},
        "sender": {"login": "maya", "type": "User"},
        "padding": "x" * 8000,
    }
    if number // repositories % 2:
        head = {"ref": "feature", "sha": f"{number:040x}", "repo": {"id": at}}
        pull = {"number": 7, "head": head}
        return "pull_request", {**common, "action": "synchronize", "pull_request": pull}
    return "push", {**common, "ref": "refs/heads/main", "after": f"{number:040x}", "commits": []}


async def _metrics(session: aiohttp.ClientSession, here: World) -> str:
    async with session.get(f"http://127.0.0.1:{here.port}/metrics") as answer:
        return await answer.text()


async def _waiting(session: aiohttp.ClientSession, here: World) -> bool:
    found = re.search(r"^drover_waiting (\S+)$", await _metrics(session, here), re.MULTILINE)
    return found is None or float(found[1]) > 0


async def _worked_on(session: aiohttp.ClientSession, here: World) -> float:
    text = await _metrics(session, here)
    found = re.findall(r'^drover_deliveries_total\{end="queued",event="\w+"\} (\S+)$', text, re.MULTILINE)
    return sum(map(float, found))


def _memory(here: World) -> float:
    pages = int(Path(f"/proc/{here.processes['bot'].pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="bench.intake", description=__doc__)
    parser.add_argument("--rate", type=int, default=200, help="deliveries a second")
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--burst", type=int, default=0, help="deliveries at once, in the place of a rate")
    parser.add_argument("--repositories", type=int, default=200, help="that the burst is from")
    given = parser.parse_args(arguments)
    print(asyncio.run(measure(given.rate, given.seconds, given.burst, given.repositories)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
