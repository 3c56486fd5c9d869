"""What a process costs at rest: `python -m bench.idle --seconds 60`.

Its share of a core is measured in a process of its own, then its statements to the database in this one.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
from pathlib import Path

import sqlalchemy as sa

from tests.world import World, world

TICKS = os.sysconf("SC_CLK_TCK")


async def measure(seconds: float) -> str:
    with tempfile.TemporaryDirectory() as home:
        async with world(Path(home)) as here:
            await here.launch()
            await _adopted(here)
            began = _processor_seconds(here.processes["bot"].pid)
            await asyncio.sleep(seconds)
            share = (_processor_seconds(here.processes["bot"].pid) - began) / seconds
    with tempfile.TemporaryDirectory() as home:
        async with world(Path(home)) as here:
            await here.start_bot()
            await _adopted(here)
            statements = await _statements(seconds)
    return f"{100 * share:.2f} % of a core, {statements / seconds:.1f} statements a second, over {seconds:.0f} s at rest"


async def _adopted(here: World) -> None:
    await here.open_issue()
    await here.label("migration")
    await here.until(lambda: "references left" in here.status(), "the migration is adopted")
    await here.settled()


async def _statements(seconds: float) -> int:
    count = 0

    def note(*_: object) -> None:
        nonlocal count
        count += 1

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        await asyncio.sleep(seconds)
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)
    return count


def _processor_seconds(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="bench.idle", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    print(asyncio.run(measure(parser.parse_args().seconds)))
