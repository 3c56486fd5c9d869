"""What a day costs of GitHub's limits: `python -m bench.day --repositories 3000 --migrations 200`.

This file imports nothing of the bot's: each process that reads files imports it again.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="bench.day", description=__doc__)
    parser.add_argument("--repositories", type=int, default=3000, help="of the organization")
    parser.add_argument("--migrations", type=int, default=200, help="how many have an active migration")
    given = parser.parse_args(arguments)
    from bench.simulated_day import simulate

    print(asyncio.run(simulate(given.repositories, given.migrations)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
