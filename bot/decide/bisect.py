"""`each: batch`: which files to try next, by what is known of those before. Pure.

A phase's files stand in a line, batch after batch. What is on the branch is always a beginning of that line,
without the files that are left out. Where a beginning fails and a shorter one passes, the files between them are
halved until one is left: together with those before it, it makes the checks fail. All that is known stands in
the trailers of the newest commit, so nothing is lost with a process or a database.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.markers.trailers import BatchTrial

TIME_LIMIT = 3 * 86400.0
"""Seconds after which files that were not tried yet are left out."""
GIVE_UP_AFTER = 5
"""After this many failures in a row from the start, the cause isn't the files."""


@dataclass(frozen=True)
class NextTrial:
    """The next trial, and the positions in the line that are left out from now on."""

    trial: BatchTrial
    excluded: range = range(0)
    untried: range = range(0)
    """Those that are not tried any more: the time is up, or everything fails."""


def first_trial(ends: Sequence[int], now: float) -> BatchTrial:
    """`ends`: where each batch ends in the line."""
    return BatchTrial(0, ends[0], None, ends[-1], 1, int(now))


def all_passed(trial: BatchTrial, passed: bool) -> bool:
    """Whether the last files have passed, so that the branch is complete."""
    return trial.complete or (passed and trial.tried == trial.whole)


def next_trial(trial: BatchTrial, passed: bool, ends: Sequence[int], now: float, left_out: int) -> NextTrial:
    """1. what is known now  2. is one file left, or no push  3. is it over  4. what to try with the next push"""
    good = trial.tried if passed else trial.good
    bad = trial.bad if passed else trial.tried
    out = rest = range(0)
    late = now - trial.since > TIME_LIMIT
    if bad is not None and (bad - good == 1 or late or trial.pushes >= push_limit(ends)):
        out, good, bad = range(good, bad), bad, None
    hopeless = left_out + len(out) == good >= GIVE_UP_AFTER
    if bad is None and (late or hopeless):
        rest, good = range(good, trial.whole), trial.whole
    end = next((end for end in ends if end > good), trial.whole)
    tried = end if bad is None else (good + bad) // 2
    return NextTrial(BatchTrial(good, tried, bad, trial.whole, trial.pushes + 1, trial.since), out, rest)


def push_limit(ends: Sequence[int]) -> int:
    """After this many, a failing batch is left out whole, without searching it for the file."""
    return 60 + 2 * len(ends)
