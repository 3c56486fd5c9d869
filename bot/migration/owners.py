"""Whose the files of a commit are, as its CODEOWNERS says."""

from __future__ import annotations

from bot.git.repository import Repository
from bot.plan.codeowners import CODEOWNERS_PATHS, Owners, read_owners
from bot.plan.phase_files import phase_files
from bot.plan.plan import Phase, Plan
from bot.plan.slices import Slice, slice_of


def owners_at(repository: Repository, commit: str) -> Owners | None:
    """None where there is no such file."""
    for place in CODEOWNERS_PATHS:
        text = repository.blob(commit, place)
        if text is not None:
            return read_owners(text.decode("utf-8", "replace"))
    return None


def owners_for(repository: Repository, commit: str, plan: Plan, phase: Phase | None = None) -> Owners | None:
    """Read only where a phase is split by them."""
    split = [one for one in plan.phases if one.split and phase in (None, one)]
    return owners_at(repository, commit) if split else None


def slice_is_touched(
    repository: Repository, plan: Plan, phase: Phase, one: Slice, base: str, head: str, ours: str
) -> bool:
    """Whether a file of the slice changed between two commits, or the slice got others; `ours` is what was made of it."""
    changed = [change.path for change in repository.diff(base, head)]
    owners = owners_at(repository, head) or Owners(())
    if any(slice_of(owners.of(path)) == one for path in phase_files(plan, phase, changed)):
        return True
    if not set(CODEOWNERS_PATHS) & set(changed):
        return False
    before = owners_at(repository, base) or Owners(())
    lost = (change.path for change in repository.diff(base, ours))
    if any(slice_of(owners.of(path)) != one for path in lost):
        return True
    paths = phase_files(plan, phase, [entry.path for entry in repository.entries(head)])
    return any(slice_of(owners.of(path)) == one != slice_of(before.of(path)) for path in paths)
