"""Plays whole migrations under faults, and compares how they end with an undisturbed one."""

from __future__ import annotations

import logging
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from unittest import mock

from bot.logs import ENGINE
from tests.faults.journey import ENDING, Facts, ending, step, whole_migration
from tests.faults.kinds import KINDS, Kind, nothing
from tests.faults.outcome import HEAD, Outcome
from tests.faults.strikes import Choose, EachKind, EveryNth, Strikes
from tests.world import world


@dataclass(frozen=True)
class Plan:
    """Which journeys are played."""

    minutes: float
    """For each kind of fault."""
    first: int = 0
    apart: int = 1
    each_kind: bool = False
    """Journeys strike each kind of request once, rather than one request in so many."""
    struck: Path | None = None
    """The kinds that earlier runs have struck already, with those of this one afterwards."""
    logs: Path | None = None
    """Where those of journeys that did not end as they should are kept."""

    def choices(self, kind: Kind, outcome: Outcome) -> Iterator[tuple[int, Choose]]:
        until = time.monotonic() + 60 * self.minutes
        numbers = count() if self.each_kind else range(self.first, kind.every, self.apart)
        for number in numbers:
            known = len(outcome.kinds)
            each = EachKind(kind.rest, outcome.kinds, until)
            yield number, each if self.each_kind else EveryNth(kind.every, number)
            found_none = self.each_kind and len(outcome.kinds) == known
            if found_none or time.monotonic() > until:
                return


async def play(kind: Kind, choose: Choose, home: Path, struck_kinds: set[str]) -> tuple[Strikes, Facts]:
    """What was struck, and what it ended with."""
    log = home / "bot.log"
    with logged_to(log):
        async with world(home, ENDING) as here, kind.around(here) as strike:
            where = partial(step, here) if kind.at_each_step else str
            strikes = Strikes(choose, strike, where, log, struck_kinds)
            strikes.watch(here.forge.faults, kind.path)
            await whole_migration(here)
            return strikes, await ending(here)


@contextmanager
def logged_to(file: Path) -> Iterator[None]:
    """What the bot and its engine say in this process, and nothing on the terminal."""
    handler = logging.FileHandler(file)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    loggers = (logging.getLogger(), logging.getLogger(ENGINE))
    with ExitStack() as stack:
        stack.callback(handler.close)
        for one in loggers:
            stack.enter_context(mock.patch.object(one, "handlers", [handler]))
            stack.enter_context(mock.patch.object(one, "level", logging.INFO))
        yield


async def undisturbed() -> tuple[Strikes, Facts]:
    with tempfile.TemporaryDirectory(prefix="drover-faults-") as home:
        return await play(Kind(nothing, every=1), lambda _: False, Path(home), set())


async def tried(name: str, plan: Plan, calm: Strikes, wanted: Facts) -> Outcome:
    path = KINDS[name].path
    outcome = Outcome(name, calm.seen, set() if path else calm.kinds)
    if plan.struck and plan.struck.exists():
        outcome.kinds |= {*plan.struck.read_text().splitlines()}
    for number, choose in plan.choices(KINDS[name], outcome):
        with tempfile.TemporaryDirectory(prefix="drover-faults-") as home:
            failures = len(outcome.failed) + len(outcome.different)
            try:
                strikes, facts = await play(KINDS[name], choose, Path(home), outcome.kinds)
                outcome.add(number, strikes, facts, wanted)
                outcome.expected_kinds |= strikes.kinds if path else set()
            except AssertionError as error:
                outcome.failed.append(f"journey {number}: {error}")
            if plan.logs and len(outcome.failed) + len(outcome.different) > failures:
                shutil.copy(Path(home) / "bot.log", plan.logs / f"{name}-{number}.log")
    if plan.struck:
        plan.struck.write_text("\n".join(sorted(outcome.kinds)))
    return outcome


async def measure(names: Sequence[str], plan: Plan) -> list[Outcome]:
    calm, wanted = await undisturbed()
    outcomes = []
    print(HEAD, flush=True)
    for name in names:
        outcomes.append(await tried(name, plan, calm, wanted))
        print(outcomes[-1].row(), flush=True)
        for line in outcomes[-1].details():
            print(f"{name}: {line}", file=sys.stderr, flush=True)
    return outcomes
