"""Who owns the files of a commit, as its CODEOWNERS says."""

from __future__ import annotations

from functools import lru_cache

from bot.git.repository import Repository
from bot.plan.codeowners import CODEOWNERS_PATHS, Owners, read_owners
from bot.plan.plan import Phase, Plan


def owners_at(repository: Repository, commit: str) -> Owners | None:
    """None if there is no such file."""
    for place in CODEOWNERS_PATHS:
        text = repository.blob(commit, place)
        if text is not None:
            return _read(text)
    return None


@lru_cache(maxsize=4)
def _read(text: bytes) -> Owners:
    """Thousands of lines take longer than the count after a push."""
    return read_owners(text.decode("utf-8", "replace"))


def owners_for(repository: Repository, commit: str, plan: Plan, phase: Phase | None = None) -> Owners | None:
    """None if no phase is split by owners."""
    split = [one for one in plan.phases if one.split and phase in (None, one)]
    return owners_at(repository, commit) if split else None
