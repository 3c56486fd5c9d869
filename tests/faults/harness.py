"""Plays whole migrations under faults, and compares how they end with an undisturbed one."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.faults.every_nth import EveryNth
from tests.faults.journey import ENDING, Facts, ending, step, whole_migration
from tests.faults.kinds import KINDS, Kind, nothing
from tests.faults.outcome import HEAD, Outcome
from tests.world import world


@dataclass(frozen=True)
class Journey:
    struck: EveryNth
    all: EveryNth
    """Its requests, and their kinds."""
    facts: Facts
    """What it ended with."""


async def play(kind: Kind, offset: int) -> Journey:
    with tempfile.TemporaryDirectory(prefix="drover-faults-") as home:
        async with world(Path(home), ENDING) as here, kind.around(here) as strike:
            where = partial(step, here)
            struck, counted = EveryNth(kind.every, offset, strike, where), EveryNth(1, 0, _nothing, where)
            struck.watch(here.forge.faults, kind.path)
            counted.watch(here.forge.faults)
            await whole_migration(here)
            return Journey(struck, counted, await ending(here))


async def _nothing() -> None: ...


async def undisturbed() -> Journey:
    return await play(Kind(nothing, every=10**9), 1)


async def tried(name: str, minutes: float, offsets: Iterable[int], wanted: Journey) -> Outcome:
    outcome, until = Outcome(name, wanted.all.seen, wanted.all.kinds), time.monotonic() + 60 * minutes
    for offset in offsets:
        try:
            journey = await play(KINDS[name], offset)
            outcome.add(offset, journey.struck, journey.all.seen, journey.facts, wanted.facts)
        except AssertionError as error:
            outcome.failed.append(f"from request {offset} on: {error}")
        if time.monotonic() > until:
            break
    return outcome


async def measure(names: Sequence[str], minutes: float, first: int, apart: int) -> list[Outcome]:
    wanted = await undisturbed()
    outcomes = []
    print(HEAD, flush=True)
    for name in names:
        offsets = range(first, KINDS[name].every, apart)
        outcomes.append(await tried(name, minutes / len(names), offsets, wanted))
        print(outcomes[-1].row(), flush=True)
        for line in outcomes[-1].details():
            print(f"{name}: {line}", file=sys.stderr, flush=True)
    return outcomes
