"""The kinds of faults. Each starts the bot, and strikes again and again while a whole migration is played."""

from __future__ import annotations

import asyncio
import os
import random
import resource
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from unittest import mock

import aiohttp

from bot.engine import enqueue, workflows
from bot.github import WaitPolicy, client
from bot.settings import Settings
from sandbox.controls.faults import FaultKind, FaultOrder
from tests.faults import machines
from tests.faults.database_writes import METHOD, told_of_writes
from tests.faults.strikes import WITHOUT_END
from tests.process_starter import WRITES_ADDRESS
from tests.world import World

Strike = Callable[[], Awaitable[object]]
PUSH = r"git-receive-pack$"
SHORT_TIMEOUT = aiohttp.ClientTimeout(total=1, connect=1, sock_connect=1)
FASTER = 30.0
"""How much faster an hour passes, and all that the bot waits for by minutes."""


@dataclass(frozen=True)
class Kind:
    around: Callable[[World], AbstractAsyncContextManager[Strike]]
    every: int
    """It strikes at one request in so many: a turn has to come to its end now and then."""
    path: str = ""
    """Which requests; all where it is empty."""
    at_each_step: bool = True
    """Whether the same request is another kind later in the journey."""

    @property
    def rest(self) -> int:
        """After how many requests the next one is struck, where each kind of them is struck once."""
        return max(3, self.every // 10)


@asynccontextmanager
async def nothing(here: World) -> AsyncIterator[Strike]:
    """The bot undisturbed, in this process."""
    here.let_waits_pass()
    here.policy = replace(here.policy, unsaid=1.0)
    await here.start_bot()

    async def strike() -> None: ...

    yield strike


@asynccontextmanager
async def answered(trouble: FaultKind, here: World) -> AsyncIterator[Strike]:
    """The next request fails so."""
    async with nothing(here):

        async def strike() -> None:
            here.forge.faults.answer(trouble)

        yield strike


@asynccontextmanager
async def outage(here: World) -> AsyncIterator[Strike]:
    """Everything fails until the bot has asked forty times: its waits are shortened."""
    here.extra["SWEEP_MINUTES"] = "0.1"
    with mock.patch.object(enqueue, "RETRY_AFTER", (1.0, 2.0, 5.0)):
        async with nothing(here):

            async def strike() -> None:
                here.forge.faults.answer("503", times=40)

            yield strike


@asynccontextmanager
async def hour_of_503(here: World) -> AsyncIterator[Strike]:
    """Everything fails for an hour."""
    usual = WaitPolicy()
    here.policy = replace(
        here.policy, backoff=usual.backoff / FASTER, backoff_most=usual.backoff_most / FASTER
    )
    here.extra["SWEEP_MINUTES"] = str(Settings.sweep_minutes / FASTER)
    retry_after = tuple(one / FASTER for one in enqueue.RETRY_AFTER)
    ending: list[asyncio.Task[None]] = []

    async def strike() -> bool:
        if not all(one.done() for one in ending):
            return False
        outage = here.forge.faults.answer("503", times=WITHOUT_END)
        ending.append(asyncio.create_task(end(outage)))
        return True

    async def end(outage: FaultOrder) -> None:
        await asyncio.sleep(3600 / FASTER)
        outage.left = 0

    with (
        mock.patch.object(enqueue, "RETRY_AFTER", retry_after),
        mock.patch.object(workflows, "RETRY_AFTER", retry_after),
    ):
        await here.start_bot()
        yield strike


@asynccontextmanager
async def timeout(here: World) -> AsyncIterator[Strike]:
    """GitHub does what it is asked, but after the bot has stopped waiting for the answer."""
    assert SHORT_TIMEOUT.total is not None
    with mock.patch.object(client, "_TIMEOUT", SHORT_TIMEOUT):
        async with nothing(here):
            yield partial(asyncio.sleep, SHORT_TIMEOUT.total + 0.3)


@asynccontextmanager
async def killed(here: World, *, loses_database: bool = False) -> AsyncIterator[Strike]:
    """SIGKILL, and started again at once, with its database or without."""
    await here.launch()
    restarts: list[asyncio.Task[None]] = []

    async def strike() -> bool:
        if "bot" not in here.processes:
            return False
        here.kill()
        if loses_database:
            for file in (here.home / "bot").glob("drover.db*"):
                file.unlink()
        restarts.append(asyncio.create_task(here.launch()))
        return True

    yield strike
    await asyncio.gather(*restarts)


@asynccontextmanager
async def killed_at_writes(here: World) -> AsyncIterator[Strike]:
    """SIGKILL just before the process writes to its database: between any two of the engine's steps."""
    async with told_of_writes(here.forge.faults) as address:
        here.extra[WRITES_ADDRESS] = address
        async with killed(here) as strike:
            yield strike
        here.kill()


@asynccontextmanager
async def push_killed(here: World) -> AsyncIterator[Strike]:
    """git, while it sends objects: whether GitHub has them already is chance."""
    async with nothing(here):

        async def strike() -> None:
            for process in _children(os.getpid()):
                with suppress(OSError):
                    if b"remote-http" in Path(f"/proc/{process}/cmdline").read_bytes():
                        os.kill(process, signal.SIGKILL)

        yield strike


def _children(parent: int) -> Iterator[int]:
    """Those of them as well."""
    for task in Path(f"/proc/{parent}/task").iterdir():
        with suppress(OSError):
            for child in map(int, (task / "children").read_text().split()):
                yield child
                yield from _children(child)


@asynccontextmanager
async def mirror_corrupted(here: World) -> AsyncIterator[Strike]:
    """A file of the mirror's objects is overwritten, another one is cut off."""
    dice = random.Random(7)
    async with nothing(here):

        async def strike() -> None:
            mirrors = here.home / "bot" / "mirrors"
            files = sorted(one for one in mirrors.glob("*.git/objects/**/*") if one.is_file())
            for file, rest in zip(dice.sample(files, min(2, len(files))), (b"\0" * 64, b""), strict=False):
                file.chmod(0o600)
                file.write_bytes(file.read_bytes()[: file.stat().st_size // 2] + rest)

        yield strike


@asynccontextmanager
async def disk_full(here: World) -> AsyncIterator[Strike]:
    """For two seconds the process can write to no file."""
    here.extra["SWEEP_MINUTES"] = "0.1"
    await here.launch()
    process = here.processes["bot"].pid
    tasks: list[asyncio.Task[None]] = []

    async def strike() -> None:
        _, hard = resource.prlimit(process, resource.RLIMIT_FSIZE)
        resource.prlimit(process, resource.RLIMIT_FSIZE, (0, hard))
        tasks.append(asyncio.create_task(_freed(hard)))

    async def _freed(hard: int) -> None:
        await asyncio.sleep(2)
        resource.prlimit(process, resource.RLIMIT_FSIZE, (hard, hard))

    yield strike
    await asyncio.gather(*tasks)


@asynccontextmanager
async def clock_jumps(here: World) -> AsyncIterator[Strike]:
    """An hour forward, back, a day forward, back."""
    real, jumps, ahead = time.time, [3600.0, 0.0, 86_400.0, 0.0, -3600.0, 0.0], [0.0]
    here.extra["SWEEP_MINUTES"] = "0.1"

    def now() -> float:
        return real() + ahead[0]

    with mock.patch.object(time, "time", now):
        await here.start_bot()

        async def strike() -> None:
            ahead[0] = jumps[0]
            jumps.append(jumps.pop(0))

        yield strike
        ahead[0] = 0.0


FAILURES: tuple[FaultKind, ...] = ("500", "502", "503", "502-done", "cut", "expired")
ANSWERS: tuple[FaultKind, ...] = (
    *FAILURES,
    *("429", "primary-403", "secondary-403", "secondary-429", "secondary-422"),
)
KINDS = {
    **{f"answered-{one}": Kind(partial(answered, one), every=11) for one in ANSWERS},
    **{f"workers-answered-{one}": Kind(partial(machines.answered, one), every=11) for one in FAILURES},
    "outage": Kind(outage, every=211),
    "hour-of-503": Kind(hour_of_503, every=701),
    "timeout": Kind(timeout, every=29),
    "killed": Kind(killed, every=101),
    "killed-without-database": Kind(partial(killed, loses_database=True), every=101),
    "killed-at-writes": Kind(killed_at_writes, every=31, path=f"^{METHOD} ", at_each_step=False),
    "push-killed": Kind(push_killed, every=2, path=PUSH),
    "mirror-corrupted": Kind(mirror_corrupted, every=101),
    "disk-full": Kind(disk_full, every=151),
    "clock-jumps": Kind(clock_jumps, every=101),
    "worker-paused": Kind(machines.paused, every=101),
    "worker-paused-45s": Kind(partial(machines.paused, seconds=45.0, silence=30.0), every=199),
    "worker-killed": Kind(machines.worker_killed, every=101),
    "versions-roll": Kind(machines.versions_roll, every=101),
    "database-gone": Kind(machines.database_gone, every=151),
    "database-gone-60s": Kind(partial(machines.database_gone, seconds=60.0), every=307),
}
