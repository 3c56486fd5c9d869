"""How long until another worker goes on with a killed worker's phase: `python -m bench.takeover`.

Three workers on Postgres, with the silence that is set by default. All of them are killed for good while a phase is
opened, and one is started under another name.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path

from bot.settings import Settings
from tests.faults.machines import fleet, workers
from tests.world import world

BRANCH = "drover/1/phase-1"
SILENCE = Settings.worker_silence


async def measure() -> str:
    with tempfile.TemporaryDirectory(prefix="drover-takeover-") as home:
        async with world(Path(home)) as here, fleet(here, SILENCE):
            await here.open_issue()
            await here.label("migration")
            await here.until(lambda: "is ready to start" in here.status(), "the migration is adopted")
            killed: list[float] = []

            async def kill_all_that_work() -> None:
                """Which of them sends the request is not told; the one that is started next is another."""
                for name in workers(here):
                    here.kill(name)
                killed.append(time.monotonic())
                await here.launch("work", "worker-next")

            here.forge.faults.before(kill_all_that_work, method="POST", path=r"/git/refs$")
            await here.label("migration:phase-1")
            await here.until(lambda: bool(here.pulls(BRANCH, "open")), "the phase is open")
            return f"{time.monotonic() - killed[0]:.0f} s after the kill, with a silence of {SILENCE:.0f} s"


if __name__ == "__main__":
    print(asyncio.run(measure()))
