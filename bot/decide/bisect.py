"""`each: batch`: which files to try next, by what is known of those before. Pure.

A phase's files stand in a line, batch after batch. What is on the branch is always a beginning of that line,
without the files that are left out. Where a beginning is red and a shorter one green, the files between them are
halved until one is left: it turns the checks red in the company of those before it. All that is known stands in
the trailers of the newest commit, so nothing is lost with a process or a database.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import quote, unquote

LONGEST = 3 * 86400.0
"""Seconds after which what was not tried yet is left out."""
HOPELESS = 5
"""Where so many files in a row are red and none was green, it is not the files."""


@dataclass(frozen=True)
class Guilty:
    """A file that is left out, and the check that it turns red; none where it was never tried."""

    path: str
    check: str = ""
    url: str = ""
    among: int = 1
    """So many files, of which it may be any: there were no pushes left to tell them apart."""


@dataclass(frozen=True)
class Trial:
    """What stands on the branch, and what is known by it. Places in the line, counted from its start."""

    good: int
    """So many are green together."""
    tried: int
    """So many stand on the branch now."""
    bad: int | None
    """So many are red together."""
    whole: int
    pushes: int
    since: int

    @property
    def complete(self) -> bool:
        return self.good == self.whole


@dataclass(frozen=True)
class Course:
    """The next trial, and the places that are left out from now on."""

    trial: Trial
    out: range = range(0)
    rest: range = range(0)
    """Those that are not tried any more: the time is over, or everything is red."""


def first(ends: Sequence[int], now: float) -> Trial:
    """`ends`: where each batch ends in the line."""
    return Trial(0, ends[0], None, ends[-1], 1, int(now))


def green_through(trial: Trial, green: bool) -> bool:
    """Whether the last files have passed: what is on the branch is all that there is to be."""
    return trial.complete or (green and trial.tried == trial.whole)


def after(trial: Trial, green: bool, ends: Sequence[int], now: float, left_out: int) -> Course:
    """1. what is known now  2. is one file left, or no push  3. is it over  4. what to try with the next push"""
    good = trial.tried if green else trial.good
    bad = trial.bad if green else trial.tried
    out = rest = range(0)
    late = now - trial.since > LONGEST
    if bad is not None and (bad - good == 1 or late or trial.pushes >= most_pushes(ends)):
        out, good, bad = range(good, bad), bad, None
    hopeless = left_out + len(out) == good >= HOPELESS
    if bad is None and (late or hopeless):
        rest, good = range(good, trial.whole), trial.whole
    end = next((end for end in ends if end > good), trial.whole)
    tried = end if bad is None else (good + bad) // 2
    return Course(Trial(good, tried, bad, trial.whole, trial.pushes + 1, trial.since), out, rest)


def most_pushes(ends: Sequence[int]) -> int:
    """After so many a red batch is left out as it is, without looking for the file."""
    return 60 + 2 * len(ends)


# What the commits keep


def trailer(trial: Trial) -> str:
    bad = "-" if trial.bad is None else trial.bad
    numbers = (trial.good, trial.tried, bad, trial.whole, trial.pushes, trial.since)
    return "Drover-Trial: " + "/".join(map(str, numbers))


_TRIAL = re.compile(r"^Drover-Trial: (\d+)/(\d+)/(\d+|-)/(\d+)/(\d+)/(\d+)$", re.MULTILINE)
_LEFT_OUT = re.compile(r"^Drover-Left-Out: (\S+) (\d+) (\S+) ?(.*)$", re.MULTILINE)


def read_trial(message: str) -> Trial | None:
    match = _TRIAL.search(message)
    if match is None:
        return None
    good, tried, bad, whole, pushes, since = match.groups()
    trial = Trial(
        int(good), int(tried), None if bad == "-" else int(bad), int(whole), int(pushes), int(since)
    )
    known = trial.whole if trial.bad is None else trial.bad - 1
    return trial if trial.good <= trial.tried <= known <= trial.whole else None


def left_out_trailers(left_out: Iterable[Guilty]) -> str:
    return "\n".join(
        f"Drover-Left-Out: {_quoted(one.path)} {one.among} {_quoted(one.url) or '-'} {_line(one.check)}".rstrip()
        for one in left_out
    )


def read_left_out(message: str) -> tuple[Guilty, ...]:
    return tuple(
        Guilty(_unquoted(path), check, "" if url == "-" else _unquoted(url), int(among))
        for path, among, url, check in _LEFT_OUT.findall(message)
    )


def without_trial(message: str) -> str:
    """What a batch's commit says, whatever was known when it was made."""
    return _TRIAL.sub("", message).strip()


def _quoted(text: str) -> str:
    return quote(text, safe="/:", errors="surrogateescape")


def _unquoted(text: str) -> str:
    return unquote(text, errors="surrogateescape")


def _line(text: str) -> str:
    return " ".join(text.split())
