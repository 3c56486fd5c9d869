"""`python -m tests.faults KIND…`: whole migrations under faults, and whether they end as undisturbed ones do.

Each journey strikes at one request in so many, the next journey at the ones after those, until all have been reached
or the time is over. With `--each-kind`, each kind of request is struck once. `python -m tests.faults --list` names the
kinds of faults.
"""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path


def main() -> int:
    # Each process that reads files for the bot imports this module first.
    from tests.faults.harness import Plan, measure
    from tests.faults.kinds import KINDS

    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("kinds", nargs="*", choices=[[], *KINDS], metavar="KIND")
    parser.add_argument("--list", action="store_true", help="name the kinds")
    parser.add_argument("--minutes", type=float, default=8.0, help="for all kinds together")
    parser.add_argument("--first", type=int, default=0, help="the first journey's first request")
    parser.add_argument("--apart", type=int, default=1, help="how many requests later the next one begins")
    parser.add_argument("--each-kind", action="store_true", help="strike each kind of request once")
    parser.add_argument("--struck", type=Path, help="a file of what was struck: later runs go on from it")
    parser.add_argument("--logs", type=Path, help="a folder for those of journeys that end otherwise")
    given = parser.parse_args()
    if given.list:
        print("\n".join(KINDS))
        return 0
    kinds = given.kinds or [*KINDS]
    minutes = given.minutes / len(kinds)
    plan = Plan(minutes, given.first, given.apart, given.each_kind, given.struck, given.logs)
    outcomes = asyncio.run(measure(kinds, plan))
    return 0 if all(one.survived == one.tried and not one.failed for one in outcomes) else 1


if __name__ == "__main__":
    raise SystemExit(main())
