"""The names of Drover's branches: always the same for the same phase or revert."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

PREFIX = "drover/"
LARGEST_ISSUE = 2**31 - 1
_BRANCH = re.compile(r"drover/(?P<issue>[0-9]{1,10})/(phase-(?P<phase>[0-9]{1,4})(?![0-9]).*|revert-.*)")


@dataclass(frozen=True)
class MigrationBranch:
    issue: int
    phase: int | None
    """None for one that reverts."""


def migration_branch(name: str) -> MigrationBranch | None:
    """None if the name is not one that Drover gives. Anybody who can push may give it, too."""
    match = _BRANCH.fullmatch(name)
    if match is None or not 1 <= int(match["issue"]) <= LARGEST_ISSUE:
        return None
    return MigrationBranch(int(match["issue"]), int(match["phase"]) if match["phase"] else None)


def phase_branch(issue: int, phase: int, slice_key: str = "") -> str:
    return f"drover/{issue}/phase-{phase}" + (f"-{slice_key}" if slice_key else "")


def phase_branches(issue: int, branches: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Phase and slice of each branch that is a phase's."""
    for name in sorted(branches):
        match = re.fullmatch(rf"drover/{issue}/phase-([0-9]{{1,4}})(?:-(.+))?", name)
        if match:
            yield int(match[1]), match[2] or ""


def revert_branch(issue: int, phase: int | None, batch: int | None, slice_key: str = "") -> str:
    of = f"phase-{phase}" + (f"-{slice_key}" if slice_key else "")
    name = "all" if phase is None else of + (f"-batch-{batch}" if batch else "")
    return f"drover/{issue}/revert-{name}"


def revert_of_revert_branch(issue: int, pull: int) -> str:
    """The branch that reverts a revert, by the number of the revert's pull request."""
    return f"drover/{issue}/revert-pull-{pull}"
