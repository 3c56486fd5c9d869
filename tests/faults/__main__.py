"""`python -m tests.faults KIND…`: whole migrations under faults, and whether they end as undisturbed ones do.

Each journey strikes at one request in so many, the next journey at the ones after those, until all have been reached
or the time is over. `python -m tests.faults --list` names the kinds.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.faults.every_nth import EveryNth
from tests.faults.journey import ENDING, Facts, ending, whole_migration
from tests.faults.kinds import KINDS, Kind, nothing
from tests.faults.outcome import HEAD, Outcome
from tests.world import world


async def play(kind: Kind, offset: int) -> tuple[EveryNth, int, Facts]:
    """What struck, the requests of the journey, and what it ended with."""
    with tempfile.TemporaryDirectory(prefix="drover-faults-") as home:
        async with world(Path(home), ENDING) as here, kind.around(here) as strike:
            striking, counting = EveryNth(kind.every, offset, strike), EveryNth(1, 1, strike)
            striking.watch(here.forge.faults, kind.path)
            counting.watch(here.forge.faults)
            await whole_migration(here)
            return striking, counting.seen, await ending(here)


async def undisturbed() -> tuple[int, Facts]:
    _, requests, facts = await play(Kind(nothing, every=10**9), 1)
    return requests, facts


async def tried(name: str, minutes: float, first: int, wanted: Facts, requests: int) -> Outcome:
    kind, outcome, until = KINDS[name], Outcome(name, undisturbed=requests), time.monotonic() + 60 * minutes
    for offset in range(first, kind.every):
        try:
            striking, seen, facts = await play(kind, offset)
            outcome.add(offset, striking.struck, seen, facts, wanted)
        except AssertionError as error:
            outcome.failed.append(f"from request {offset} on: {error}")
        if time.monotonic() > until:
            break
    return outcome


async def measure(names: Sequence[str], minutes: float, first: int) -> list[Outcome]:
    requests, wanted = await undisturbed()
    outcomes = []
    print(HEAD, flush=True)
    for name in names:
        outcomes.append(await tried(name, minutes / len(names), first, wanted, requests))
        print(outcomes[-1].row(), flush=True)
        for line in outcomes[-1].details():
            print(f"{name}: {line}", file=sys.stderr, flush=True)
    return outcomes


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("kinds", nargs="*", choices=[[], *KINDS], metavar="KIND")
    parser.add_argument("--list", action="store_true", help="name the kinds")
    parser.add_argument("--minutes", type=float, default=8.0, help="for all kinds together")
    parser.add_argument("--first", type=int, default=0, help="the first journey's first request")
    given = parser.parse_args()
    if given.list:
        print("\n".join(KINDS))
        return 0
    logging.disable(logging.CRITICAL)
    outcomes = asyncio.run(measure(given.kinds or [*KINDS], given.minutes, given.first))
    return 0 if all(one.survived == one.tried and not one.failed for one in outcomes) else 1


if __name__ == "__main__":
    raise SystemExit(main())
