"""The inverse of what was merged, three-way against a commit: it doesn't matter how it was merged, and later work stays.

A file that can't be reverted without losing later work is left as it is, and named.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from bot.git.author import Identity
from bot.git.objects import Blob, NewCommit
from bot.git.repository import Repository
from bot.markers.trailers import revert_trailers
from bot.plan.slices import WHOLE_PHASE, Slice
from bot.report.revert_pull import revert_message


@dataclass(frozen=True)
class MergeStep:
    """What one merge did to the default branch: from a tree to a tree."""

    phase: int | None
    title: str
    before: str
    after: str
    landed: str | None = None
    """The merge commit, if that isn't `after`."""
    pull: int | None = None
    """The pull request that was merged."""
    at: float = 0.0


@dataclass(frozen=True)
class MergedPart:
    """A phase, its slice or its batch, with the merges that brought it."""

    phase: int | None
    title: str
    steps: tuple[MergeStep, ...]
    slice: Slice = WHOLE_PHASE

    @property
    def order(self) -> tuple[float, int]:
        """As they were merged; within one second, as the plan has them."""
        return max((step.at for step in self.steps), default=0.0), self.phase or 0


def newest_first(parts: Sequence[MergedPart]) -> list[MergeStep]:
    steps = [(step.at, part.phase or 0, step) for part in parts for step in part.steps]
    return [step for _, _, step in sorted(steps, key=lambda one: one[:2], reverse=True)]


@dataclass(frozen=True)
class StepConflict:
    """A file that stays as it is, since reverting a step there would lose later work."""

    path: str
    step: MergeStep


@dataclass(frozen=True)
class Inverse:
    """The commits that revert what was merged, and the files that they leave as they are."""

    onto: str
    shas: tuple[str, ...]
    conflicts: tuple[StepConflict, ...]

    @property
    def head(self) -> str:
        return self.shas[-1] if self.shas else self.onto


def invert(
    repository: Repository,
    onto: str,
    steps: Sequence[MergeStep],
    origin: str,
    author: Identity,
    left_out: Collection[str] = (),
) -> Inverse:
    """Each step's inverse on top of the one before it. `left_out`: files to leave as they are."""
    shas, conflicts = list[str](), list[StepConflict]()
    for step in steps:
        head = shas[-1] if shas else onto
        merged = repository.merge_tree(step.after, head, step.before)
        changes = {change.path: change for change in repository.diff(head, merged.tree)}
        conflicts += [StepConflict(path, step) for path in merged.conflicts]
        reverted = {
            path: None if change.status == "D" else Blob(change.new_blob)
            for path, change in changes.items()
            if path not in merged.conflicts and path not in left_out
        }
        if not reverted:
            continue
        modes = {path: changes[path].new_mode for path, blob in reverted.items() if blob is not None}
        whole = not merged.conflicts and len(reverted) == len(changes)
        message = revert_message(step.title, revert_trailers(origin, step.after), whole=whole)
        shas += repository.commits(
            head, [NewCommit(message, reverted, author.at(repository, onto), None, modes)]
        )
    return Inverse(onto, tuple(shas), tuple(conflicts))
