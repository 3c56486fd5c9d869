"""One library: its candidates are migrated, what the tests object to is found and taken out, and the rest is done again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench.libraries.candidates import Candidate, draw, parsed_files
from bench.libraries.catalog import Library
from bench.libraries.checkout import TestRun, git, repository_of, run_tests
from bench.libraries.migrate import (
    IN_STEPS,
    REFUSED,
    SKIPPED,
    WHOLE,
    Migration,
    Outcome,
    as_document,
    from_document,
)
from bench.libraries.receivers import observe

BROKEN = "breaks the tests"
MOST_BROKEN = 6


@dataclass(frozen=True)
class Study:
    library: str
    version: str
    files: int
    before: str
    """What the tests said."""
    after: str
    outcomes: tuple[Outcome, ...]

    def document(self) -> dict[str, Any]:
        return {**self.__dict__, "outcomes": [as_document(one) for one in self.outcomes]}

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Study:
        return cls(**{**document, "outcomes": tuple(map(from_document, document["outcomes"]))})

    def count(self, result: str) -> int:
        return sum(one.result == result for one in self.outcomes)

    def line(self) -> str:
        counts = ", ".join(
            f"{self.count(one)} {one}"
            for one in (WHOLE, IN_STEPS, REFUSED, SKIPPED, BROKEN)
            if self.count(one)
        )
        surprises = sum(len(one.surprises) for one in self.outcomes)
        return f"{self.library}: {counts}; {surprises} surprises; before: {self.before}; after: {self.after}"


def study(work: Path, library: Library, each: int, seed: int) -> Study:
    folder = repository_of(work, library, "migrated")
    chosen = draw(library, folder, each, seed)
    before = run_tests(work, library, folder)
    names = frozenset(one.name for one in chosen if not one.is_parameter)
    files = parsed_files(folder)
    migration = Migration(folder, files, observe(work, library, names))
    outcomes, after = migrated(work, library, migration, chosen, before)
    return Study(library.name, library.version, len(files), str(before), str(after), tuple(outcomes))


def migrated(
    work: Path, library: Library, migration: Migration, chosen: Sequence[Candidate], before: TestRun
) -> tuple[list[Outcome], TestRun]:
    base = git(migration.folder, "rev-parse", "HEAD")
    broken: dict[Candidate, Outcome] = {}
    while True:
        migration.reset(base)
        outcomes = [broken.get(one) or migration.outcome(one) for one in chosen]
        after = run_tests(work, library, migration.folder)
        if after.same_as(before) or len(broken) == MOST_BROKEN:
            return outcomes, after
        culprit = first_broken(work, library, migration, outcomes, before, after)
        broken[culprit.candidate] = culprit


def first_broken(
    work: Path,
    library: Library,
    migration: Migration,
    outcomes: Sequence[Outcome],
    before: TestRun,
    after: TestRun,
) -> Outcome:
    """By bisection, over the commits with which each migration ended."""
    steps = [one for one in outcomes if one.commit]
    good, bad, said = -1, len(steps) - 1, after
    while bad - good > 1:
        middle = (good + bad) // 2
        migration.reset(steps[middle].commit)
        run = run_tests(work, library, migration.folder)
        if run.same_as(before):
            good = middle
        else:
            bad, said = middle, run
    new = sorted(said.failed - before.failed)[:5]
    reasons = (*new, said.end_of_output[-700:], *steps[bad].reasons)
    return replace(steps[bad], result=BROKEN, commit="", reasons=reasons)
