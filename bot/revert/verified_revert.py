"""A revert that is verified: the inverse of what was merged and of what was built on it, without what can't be shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count

from bot.git.author import Identity
from bot.git.mirror import Mirror
from bot.git.process import GitFailed
from bot.git.repository import Repository
from bot.report.revert_pull import DependentPhase, RevertConflict, RevertVerification
from bot.revert.built_on import built_on
from bot.revert.inverse import Inverse, MergedPart, StepConflict, invert, newest_first
from bot.revert.verification import RevertProof, prove_revert
from bot.rewrite.blob_index import BlobIndex
from codemods.model.rules import Rules

MOST_ROUNDS = 10
"""How often files that can't be verified are left out and the rest is verified again, before all are left out."""


@dataclass(frozen=True)
class RevertRequest:
    """What to revert, and what it is verified by."""

    onto: str
    origin: str
    author: Identity
    rules: Rules | None
    """None: there is no plan to compare names by."""
    index: BlobIndex | None = None


@dataclass(frozen=True)
class VerifiedRevert:
    inverse: Inverse
    dependents: tuple[DependentPhase, ...]
    titles: tuple[str, ...]
    pulls: tuple[int, ...]
    conflicts: tuple[RevertConflict, ...]
    proof: RevertProof | None
    """None where nothing is reverted."""

    @property
    def verification(self) -> RevertVerification:
        if self.proof is None:
            return RevertVerification()
        return RevertVerification(self.proof.as_before, self.proof.with_later_work, self.proof.lines)


def verified_revert(
    repository: Repository, request: RevertRequest, wanted: Sequence[MergedPart], later: Sequence[MergedPart]
) -> VerifiedRevert:
    """Files that can't be verified are left as they are, until all that is left is verified."""
    if isinstance(repository, Mirror):
        commits = [sha for step in newest_first([*wanted, *later]) for sha in (step.before, step.after)]
        repository.remote.ensure(*commits)
    dependents = built_on(repository, request.onto, wanted, later, request.rules or Rules())
    steps = newest_first([*wanted, *dependents])
    failures: dict[str, str] = {}
    for rounds in count(1):
        inverse = invert(repository, request.onto, steps, request.origin, request.author, failures)
        if not inverse.shas:
            proof = None
            break
        proof = prove_revert(repository, request.onto, inverse.head, steps, request.rules, request.index)
        if not proof.failures:
            break
        if rounds == MOST_ROUNDS:
            failures |= dict.fromkeys(proof.files, "it depends on another file that can't be reverted")
        failures |= proof.failures
    conflicts = [*_conflicts(repository, request.onto, inverse.conflicts)]
    known = {one.path for one in conflicts}
    conflicts += [RevertConflict(path, (), why) for path, why in failures.items() if path not in known]
    pulls = tuple(dict.fromkeys(step.pull for step in steps if step.pull is not None))
    return VerifiedRevert(
        inverse,
        tuple(dependents.values()),
        tuple(dict.fromkeys(step.title for step in steps)),
        pulls,
        tuple(conflicts),
        proof,
    )


def _conflicts(repository: Repository, onto: str, found: Sequence[StepConflict]) -> Iterator[RevertConflict]:
    for path in dict.fromkeys(one.path for one in found):
        people = (name for one in found if one.path == path for name in _people(repository, onto, one))
        yield RevertConflict(path, tuple(dict.fromkeys(people)))


def _people(repository: Repository, until: str, one: StepConflict) -> tuple[str, ...]:
    """Who changed the file since. A mirror is shallow: as much history as it takes is fetched first."""
    since = one.step.landed or one.step.after
    try:
        if isinstance(repository, Mirror):
            repository.remote.merge_base(since, until)
        commits = repository.log(f"{since}..{until}", [one.path], limit=20)
        return tuple(dict.fromkeys(commit.author.name for commit in commits))
    except GitFailed:
        return ()
