"""`make fuzz`: as many generated programs as are asked for, with a table of what became of them at the end."""

from __future__ import annotations

import argparse
import sys
import time
import warnings
from collections import Counter

from tests.generated.running import ProgramRunner
from tests.generated.verdicts import GOOD, judge_seed

SHOWN = 3


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--programs", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0, help="the first seed; each program has the next one")
    parser.add_argument("--seconds", type=float, default=1500, help="stop after so many seconds")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    counts, bad = judge_all(arguments.seed, arguments.programs, arguments.seconds)
    for outcome, count in counts.most_common():
        print(f"{count:>7}  {outcome}")
    print(
        f"{sum(counts.values()):>7}  programs, {time.process_time():.0f} s of processor time in this process"
    )
    print(f"seeds to look at: {', '.join(map(str, bad)) or 'none'}")
    return 1 if bad else 0


def judge_all(first: int, programs: int, seconds: float) -> tuple[Counter[str], list[int]]:
    counts: Counter[str] = Counter()
    bad: list[int] = []
    deadline = time.monotonic() + seconds
    with ProgramRunner() as runner:
        for number in range(first, first + programs):
            verdict = judge_seed(number, runner)
            counts[verdict.outcome] += 1
            if verdict.outcome not in GOOD:
                bad.append(number)
                print(f"seed {number}: {verdict if len(bad) <= SHOWN else verdict.outcome}", flush=True)
            if time.monotonic() > deadline:
                break
    return counts, bad


if __name__ == "__main__":
    sys.exit(main())
