"""`python -m tests.faults KIND…`: whole migrations under faults, and whether they end as undisturbed ones do.

Each journey strikes at one request in so many, the next journey at the ones after those, until all have been reached
or the time is over. `python -m tests.faults --list` names the kinds.
"""

from __future__ import annotations

import argparse
import asyncio
import logging


def main() -> int:
    # Each process that reads files for the bot imports this module first.
    from tests.faults.harness import measure
    from tests.faults.kinds import KINDS

    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("kinds", nargs="*", choices=[[], *KINDS], metavar="KIND")
    parser.add_argument("--list", action="store_true", help="name the kinds")
    parser.add_argument("--minutes", type=float, default=8.0, help="for all kinds together")
    parser.add_argument("--first", type=int, default=0, help="the first journey's first request")
    parser.add_argument("--apart", type=int, default=1, help="how many requests later the next one begins")
    given = parser.parse_args()
    if given.list:
        print("\n".join(KINDS))
        return 0
    logging.disable(logging.CRITICAL)
    outcomes = asyncio.run(measure(given.kinds or [*KINDS], given.minutes, given.first, given.apart))
    return 0 if all(one.survived == one.tried and not one.failed for one in outcomes) else 1


if __name__ == "__main__":
    raise SystemExit(main())
