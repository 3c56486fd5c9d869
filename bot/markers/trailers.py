"""The trailers of Drover's commits, each with its writer and its reader.

A trailer says nothing about who wrote it: a caller has checked whose commit it is, or acts on nothing but its own
repository. They are read from the whole message, since a squash has those of all its commits.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote, unquote

TrailerName = Literal[
    "Base",
    "Batch",
    "Fix",
    "Left-Out",
    "Migration",
    "Phase",
    "Plan",
    "Reverts",
    "Slice",
    "Takes-Back",
    "Trial",
]
_PREFIX = "Drover-"
BATCH_TRAILER = f"{_PREFIX}Batch"
"""Its name, for people."""


def _trailer(name: TrailerName, value: object) -> str:
    text = str(value)
    if "\n" in text or "\r" in text:
        raise ValueError(f"not a trailer's value: {text!r}")
    return f"{_PREFIX}{name}: {text}".rstrip()


def trailers_in(message: str, name: TrailerName) -> Iterator[str]:
    """The values of every trailer of that name, in their order."""
    start = f"{_PREFIX}{name}:"
    for line in map(str.strip, message.split("\n")):  # `git merge --squash` indents them
        if line.startswith(start):
            yield line[len(start) :].strip()


def _first(message: str, name: TrailerName) -> str:
    return next(trailers_in(message, name), "")


# Which migration


def migration_trailer(name: str) -> str:
    """`name`: a plan's slug, or what `migration_name` says of an issue."""
    return _trailer("Migration", name)


def migrations_in(message: str) -> frozenset[str]:
    return frozenset(map(_as_written_now, trailers_in(message, "Migration")))


def migration_name(repository: str, issue: int) -> str:
    """Not as `owner/repo#5`: each commit would be linked from the issue."""
    return f"{repository}/{issue}"


def _as_written_now(name: str) -> str:
    """Older versions wrote `owner/repo#5`."""
    return re.sub(r"#(?=[0-9]+$)", "/", name)


# A batch of a phase


@dataclass(frozen=True)
class BatchTrailers:
    """What the commit of a batch was made for, and from what."""

    migration: str
    phase: int
    number: int
    id: str
    slice_key: str = ""
    base: str = ""
    plan: str = ""
    """A digest of the part of the plan that affects the phase."""


def batch_trailers(one: BatchTrailers) -> str:
    lines = [
        migration_trailer(one.migration),
        _trailer("Base", one.base) if one.base else "",
        _trailer("Plan", one.plan) if one.plan else "",
        _trailer("Phase", one.phase),
        _trailer("Slice", one.slice_key) if one.slice_key else "",
        _trailer("Batch", f"{one.number} {one.id}"),
    ]
    return "\n".join(line for line in lines if line)


def batch_in(message: str) -> tuple[int, str] | None:
    """A batch's number and its id."""
    for value in trailers_in(message, "Batch"):
        if found := re.fullmatch(r"([0-9]{1,9}) (\S+)", value):
            return int(found[1]), found[2]
    return None


def built_from(message: str) -> tuple[str, str] | None:
    """The commit that a phase was built on, and the digest of its plan."""
    base = _first(message, "Base")
    return (base, _first(message, "Plan")) if re.fullmatch(r"[0-9a-f]{40,64}", base) else None


# Reverts, and the button *Fix it*


def revert_trailers(migration: str, reverts: str, *what: str) -> str:
    """`what`: in words, where there is no pull request that says it."""
    lines = [migration_trailer(migration), _trailer("Reverts", reverts)]
    return "\n".join([*lines, *(_trailer("Takes-Back", one) for one in what)])


def reverts_in(message: str) -> frozenset[str]:
    """The commits that it reverts, and what it reverts in words."""
    return frozenset((*trailers_in(message, "Reverts"), *trailers_in(message, "Takes-Back")))


def fix_trailers(migration: str, head: str) -> str:
    return f"{migration_trailer(migration)}\n{_trailer('Fix', head)}"


def is_fix_of(message: str, head: str) -> bool:
    return head in trailers_in(message, "Fix")


@dataclass(frozen=True)
class CommitTrailers:
    """All that a commit says of itself; a squash says it for all its commits."""

    migrations: frozenset[str]
    phases: frozenset[int]
    slices: frozenset[str]
    batches: frozenset[int]
    reverts: frozenset[str]


def commit_trailers(message: str) -> CommitTrailers:
    phases = (value for value in trailers_in(message, "Phase") if re.fullmatch("[0-9]{1,9}", value))
    batches = (re.match("[0-9]{1,9}(?= |$)", value) for value in trailers_in(message, "Batch"))
    return CommitTrailers(
        migrations_in(message),
        frozenset(map(int, phases)),
        frozenset(trailers_in(message, "Slice")),
        frozenset(int(found[0]) for found in batches if found),
        reverts_in(message),
    )


# A phase that is tried batch by batch


@dataclass(frozen=True)
class BatchTrial:
    """What is on the branch, and what its checks have shown. Positions in the line, counted from its start."""

    good: int
    """This many files pass together."""
    tried: int
    """This many files are on the branch now."""
    bad: int | None
    """This many files fail together."""
    whole: int
    pushes: int
    since: int

    @property
    def complete(self) -> bool:
        return self.good == self.whole


_TRIAL = re.compile(r"([0-9]+)/([0-9]+)/([0-9]+|-)/([0-9]+)/([0-9]+)/([0-9]+)")


def trial_trailer(trial: BatchTrial) -> str:
    bad = "-" if trial.bad is None else trial.bad
    numbers = (trial.good, trial.tried, bad, trial.whole, trial.pushes, trial.since)
    return _trailer("Trial", "/".join(map(str, numbers)))


def trial_in(message: str) -> BatchTrial | None:
    found = _TRIAL.fullmatch(_first(message, "Trial"))
    if found is None:
        return None
    good, tried, bad, whole, pushes, since = found.groups()
    trial = BatchTrial(
        int(good), int(tried), None if bad == "-" else int(bad), int(whole), int(pushes), int(since)
    )
    known = trial.whole if trial.bad is None else trial.bad - 1
    return trial if trial.good <= trial.tried <= known <= trial.whole else None


@dataclass(frozen=True)
class ExcludedFile:
    """A file that is left out, and the check that fails with it; none if it was never tried."""

    path: str
    check: str = ""
    url: str = ""
    among: int = 1
    """This many files, any of which may be the cause: there were no pushes left to tell them apart."""


_LEFT_OUT = re.compile(r"(\S+) ([0-9]{1,9}) (\S+) ?(.*)")


def left_out_trailers(left_out: Iterable[ExcludedFile]) -> str:
    return "\n".join(
        _trailer(
            "Left-Out",
            f"{_quote(one.path)} {one.among} {_quote(one.url) or '-'} {' '.join(one.check.split())}",
        )
        for one in left_out
    )


def left_out_in(message: str) -> tuple[ExcludedFile, ...]:
    found = (_LEFT_OUT.fullmatch(value) for value in trailers_in(message, "Left-Out"))
    return tuple(
        ExcludedFile(_unquote(one[1]), one[4], "" if one[3] == "-" else _unquote(one[3]), int(one[2]))
        for one in found
        if one is not None
    )


def _quote(text: str) -> str:
    return quote(text, safe="/:", errors="surrogateescape")


def _unquote(text: str) -> str:
    return unquote(text, errors="surrogateescape")


# Whether two commits say the same


def is_same_message(one: str, other: str) -> bool:
    """Whichever version wrote it."""
    return _lines(one) == _lines(other)


def is_same_but_for_trial(one: str, other: str) -> bool:
    """Whether two messages differ at most in the trailer of the trial."""
    trial = f"{_PREFIX}Trial:"
    said, others = ([line for line in _lines(text) if not line.startswith(trial)] for text in (one, other))
    return said == others


def _lines(message: str) -> list[str]:
    migration = f"{_PREFIX}Migration:"
    lines = message.strip().split("\n")
    return [_as_written_now(line) if line.startswith(migration) else line for line in lines]
