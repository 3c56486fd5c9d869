"""One plan, one issue: which plan file belongs to an issue, and to which issue one belongs that another wants. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class PlanFile:
    """A plan file on the default branch."""

    path: str
    text: str
    issue: int | None = None
    """The issue that it says it belongs to."""


@dataclass(frozen=True)
class PlanClaim:
    """What ties a tracking issue to a plan."""

    issue: int
    kept: str = ""
    """The path of the file that its status comment keeps: it had that plan before."""
    named: tuple[str, ...] = ()
    """Paths in its body."""
    has_block: bool = False
    open: bool = True


@dataclass(frozen=True)
class OtherIssuesFile:
    """The file that an issue would have belongs to another issue."""

    path: str
    owner: int
    named: bool
    """Whether this issue names it."""


@dataclass(frozen=True)
class SeveralFiles:
    """More than one file that an issue may mean."""

    paths: tuple[str, ...]


FileChoice = PlanFile | OtherIssuesFile | SeveralFiles | None
"""None: the issue has no file."""


def named_files(files: Sequence[PlanFile], body: str) -> tuple[str, ...]:
    return tuple(one.path for one in files if one.path in body)


def others_matter(files: Sequence[PlanFile], own: PlanClaim) -> bool:
    """Whether the choice depends on what other issues claim."""
    if any(one.issue == own.issue for one in files):
        return False
    return any(one.issue is None for one in files) and _wants_file(files, own)


def _wants_file(files: Sequence[PlanFile], own: PlanClaim) -> bool:
    return not own.has_block or bool(own.named) or any(one.path == own.kept for one in files)


def chosen_file(files: Sequence[PlanFile], own: PlanClaim, others: Sequence[PlanClaim] = ()) -> FileChoice:
    """1. the file that says so  2. the one it had  3. the one it names  4. without a block: the only one that is free"""
    bound = [one for one in files if one.issue == own.issue]
    if bound:
        return bound[0] if len(bound) == 1 else SeveralFiles(tuple(one.path for one in bound))
    if not _wants_file(files, own):
        return None
    wanted = [one for one in files if one.path in own.named] or [one for one in files if one.path == own.kept]
    if len(wanted) > 1 and any(one.path == own.kept for one in wanted):
        wanted = [one for one in wanted if one.path == own.kept]
    if len(wanted) > 1:
        return SeveralFiles(tuple(one.path for one in wanted))
    if wanted:
        owner = _owner(wanted[0], own, others)
        return wanted[0] if owner == own.issue else OtherIssuesFile(wanted[0].path, owner, bool(own.named))
    return _only_free(files, own, others)


def _only_free(files: Sequence[PlanFile], own: PlanClaim, others: Sequence[PlanClaim]) -> FileChoice:
    owners = {one.path: _owner(one, own, others) for one in files}
    free = [one for one in files if owners[one.path] == own.issue]
    if len(free) > 1:
        return SeveralFiles(tuple(one.path for one in free))
    if free:
        return free[0]
    return OtherIssuesFile(files[0].path, owners[files[0].path], False) if files else None


def _owner(file: PlanFile, own: PlanClaim, others: Sequence[PlanClaim]) -> int:
    """What it says itself; else who had it, who names it, who names nothing: each time the lowest number."""
    if file.issue is not None:
        return file.issue
    claims = [
        (strength, one.issue) for one in (own, *others) if (strength := _strength(file, one)) is not None
    ]
    return min(claims, default=(0, own.issue))[1]


def _strength(file: PlanFile, claim: PlanClaim) -> int | None:
    if not claim.open:
        return None
    if claim.kept:
        return 0 if claim.kept == file.path else None
    if claim.named:
        return 1 if file.path in claim.named else None
    return None if claim.has_block else 2
