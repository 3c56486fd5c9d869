"""Whose the files of a commit are, as its CODEOWNERS says."""

from __future__ import annotations

from bot.decide.owners import PLACES, Owners, read_owners
from bot.decide.plan import Phase, Plan
from bot.mirror import Repository


def owners_at(repository: Repository, commit: str) -> Owners | None:
    """None where there is no such file."""
    for place in PLACES:
        text = repository.blob(commit, place)
        if text is not None:
            return read_owners(text.decode("utf-8", "replace"))
    return None


def owners_for(repository: Repository, commit: str, plan: Plan, phase: Phase | None = None) -> Owners | None:
    """Read only where a phase is split by them."""
    split = [one for one in plan.phases if one.split and phase in (None, one)]
    return owners_at(repository, commit) if split else None
