"""Whether a phase's open pull request is out of date."""

from __future__ import annotations

from collections.abc import Collection

from bot.git.repository import Repository
from bot.plan.codeowners import CODEOWNERS_PATHS
from bot.plan.phase_files import files_of, phase_files, retired_files
from bot.plan.plan import Phase, Plan


def phase_is_touched(
    repository: Repository, plan: Plan, phase: Phase, left: Collection[str], base: str, head: str, ours: str
) -> bool:
    """Whether something changed between two commits in what was made of the phase, or in what is left for it."""
    changed = {change.path for change in repository.diff(base, head)}
    made = {change.path for change in repository.diff(base, ours)}
    if changed & (made | set(CODEOWNERS_PATHS)):
        return True
    if phase.settle or plan.rules(phase).codemods:
        return not changed.isdisjoint(files_of(plan, phase, sorted(changed)))
    retired = retired_files(plan, phase, [entry.path for entry in repository.entries(head)])
    return not changed.isdisjoint((*phase_files(plan, phase, changed & set(left)), *retired))
