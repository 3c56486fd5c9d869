"""Revert a phase on a local repository: the inverse of its commits in the history, with later work kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.audit.audit import plan_rules
from bot.cli.errors import CommandError
from bot.cli.local_repository import LocalCheckout, may_move
from bot.git.objects import Blob, Commit, NewCommit
from bot.git.repository import Repository
from bot.markers.trailers import CommitTrailers, commit_trailers, revert_trailers
from bot.plan.plan import Plan
from bot.report.revert_pull import DependentPhase, RevertConflict, nothing_reverted, revert_message
from bot.revert.inverse import MergedPart, MergeStep
from bot.revert.verified_revert import RevertRequest, verified_revert

DEEPEST = 50_000
"""The most commits of the history that are searched."""


@dataclass(frozen=True)
class LocalRevert:
    title: str
    branch: str
    head: str
    files: tuple[str, ...]
    conflicts: tuple[RevertConflict, ...]
    """Left as they are."""
    dependents: tuple[DependentPhase, ...] = ()
    """The later phases that are reverted first, since they were built on it."""


@dataclass(frozen=True)
class RevertTarget:
    """What to revert."""

    phase: int
    batch: int | None = None
    slice: str = ""
    """The key of one owner's part; empty for all of the phase."""

    def __str__(self) -> str:
        of = f"phase {self.phase}" + (f", {self.slice}" if self.slice else "")
        return of + (f", batch {self.batch}" if self.batch else "")


def revert_branch(slug: str, what: RevertTarget) -> str:
    of = f"drover/{slug}/revert-phase-{what.phase}" + (f"-{what.slice}" if what.slice else "")
    return of + (f"-batch-{what.batch}" if what.batch else "")


def revert_phase(
    local: LocalCheckout, slug: str, what: RevertTarget, plan: Plan | None = None
) -> LocalRevert:
    """1. the phase's commits in the history  2. what was built on them  3. the inverse, verified  4. one commit, a branch"""
    repository = local.repository
    history = read_history(repository, local.commit, slug)
    what = with_only_slice(history, what)
    wanted = part_of(what, history)
    if not wanted.steps:
        raise CommandError(f"no commit of {what} of {slug} is in this history", _instead(history))
    others = [part for one in other_targets(history, what) if (part := part_of(one, history)).steps]
    rules = plan_rules(plan) if plan else None
    made = verified_revert(
        repository, RevertRequest(local.commit, slug, local.identity, rules), [wanted], others
    )
    if not made.inverse.shas:
        raise CommandError(f"nothing of {what} of {slug} can be reverted", nothing_reverted(made.conflicts))
    branch = revert_branch(slug, what)
    why = may_move(repository, f"refs/heads/{branch}", local.commit)
    if why:
        raise CommandError(f"the branch {branch} can't be set: {why}")
    changes = {change.path: change for change in repository.diff(local.commit, made.inverse.head)}
    titles = [*(one.title for one in made.dependents), str(what)]
    new = NewCommit(
        message=revert_message(
            ", then ".join(titles),
            revert_trailers(slug, wanted.steps[0].after, *titles),
            whole=not made.conflicts,
        ),
        changes={path: None if one.status == "D" else Blob(one.new_blob) for path, one in changes.items()},
        author=local.identity.at(repository, local.commit),
        modes={path: one.new_mode for path, one in changes.items() if one.status != "D"},
    )
    (head,) = repository.commits(local.commit, [new])
    ref = f"refs/heads/{branch}"
    repository.update_ref(ref, head, repository.refs(ref).get(ref))
    return LocalRevert(str(what), branch, head, tuple(sorted(changes)), made.conflicts, made.dependents)


def _instead(history: Sequence[PhaseCommit]) -> str:
    """Why it may be missing, and what there is."""
    phases = sorted({phase for one in history for phase in one.trailers.phases})
    others = f" What can be reverted: {', '.join(f'phase {number}' for number in phases)}." if phases else ""
    return f"It isn't merged here, or it is reverted already.{others}"


@dataclass(frozen=True)
class PhaseCommit:
    """A commit of a phase in the history, and how many commits come after it."""

    commit: Commit
    trailers: CommitTrailers
    age: int


def read_history(repository: Repository, head: str, slug: str) -> list[PhaseCommit]:
    """Newest first, without those that were reverted since."""
    found: list[PhaseCommit] = []
    reverted: set[str] = set()
    for age, commit in enumerate(repository.log(head, limit=DEEPEST)):
        trailers = commit_trailers(commit.message)
        if trailers.migrations != {slug}:
            continue
        reverted |= trailers.reverts
        names = {name for phase in trailers.phases for name in names_of(commit, trailers, phase)}
        if trailers.phases and not names & reverted:
            found.append(PhaseCommit(commit, trailers, age))
    return found


def with_only_slice(history: Sequence[PhaseCommit], what: RevertTarget) -> RevertTarget:
    """A batch is of one owner's slice, which has to be named if there are several."""
    slices = sorted({key for one in history if matches(one.trailers, what) for key in one.trailers.slices})
    if what.batch and len(slices) > 1:
        raise CommandError(
            f"{what} has several owners' slices", f"Say which: --slice {' or --slice '.join(slices)}."
        )
    return replace(what, slice=slices[0]) if what.batch and slices else what


def other_targets(history: Sequence[PhaseCommit], what: RevertTarget) -> list[RevertTarget]:
    phases = {phase for one in history for phase in one.trailers.phases}
    return [RevertTarget(phase) for phase in sorted(phases - {what.phase})]


def part_of(what: RevertTarget, history: Sequence[PhaseCommit]) -> MergedPart:
    steps = steps_of([one for one in history if matches(one.trailers, what)], what)
    return MergedPart(what.phase, str(what), steps)


def matches(trailers: CommitTrailers, what: RevertTarget) -> bool:
    mine = not what.slice or trailers.slices == {what.slice}
    wanted = what.batch is None or trailers.batches == {what.batch}
    return what.phase in trailers.phases and mine and wanted


def names_of(commit: Commit, trailers: CommitTrailers, phase: int) -> set[str]:
    """Every name by which a later commit may say that it reverts this one."""
    keys = trailers.slices or {""}
    each = [RevertTarget(phase, number, key) for key in keys for number in trailers.batches]
    whole = [RevertTarget(phase), *(RevertTarget(phase, None, key) for key in keys)]
    return {commit.sha, *map(str, [*whole, *each])}


def steps_of(commits: Sequence[PhaseCommit], what: RevertTarget) -> tuple[MergeStep, ...]:
    """Newest first; consecutive commits are one step."""
    steps: list[MergeStep] = []
    for one in commits:
        before = one.commit.parents[0] if one.commit.parents else ""
        if steps and steps[-1].before == one.commit.sha:
            steps[-1] = replace(steps[-1], before=before)
        elif before:
            steps.append(MergeStep(what.phase, str(what), before, one.commit.sha, at=-float(one.age)))
    return tuple(steps)
