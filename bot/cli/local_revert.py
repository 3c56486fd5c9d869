"""Revert a phase on a local repository: the inverse of its commits in the history, with later work kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from bot.cli.errors import CommandError
from bot.cli.local_repository import LocalCheckout, may_move
from bot.git.author import NAMELESS
from bot.git.objects import Blob, Commit, NewCommit
from bot.git.repository import Repository
from bot.markers.trailers import CommitTrailers, commit_trailers, revert_trailers
from bot.report.revert_pull import revert_message

DEEPEST = 50_000
"""The most commits of the history that are searched."""


@dataclass(frozen=True)
class HistoryStep:
    before: str
    after: str


@dataclass(frozen=True)
class LocalRevert:
    branch: str
    head: str
    files: tuple[str, ...]
    conflicts: tuple[str, ...]
    """Left as they are: others have changed the same lines since."""


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


def revert_phase(local: LocalCheckout, slug: str, what: RevertTarget) -> LocalRevert:
    """1. the phase's commits in the history  2. their inverse, the newest first  3. one commit  4. the branch"""
    repository = local.repository
    commits = phase_commits(repository, local.commit, slug, what)
    slices = sorted({key for commit in commits for key in commit_trailers(commit.message).slices})
    if what.batch and len(slices) > 1:
        raise CommandError(
            f"{what} has several owners' slices", f"Say which: --slice {' or --slice '.join(slices)}."
        )
    what = replace(what, slice=slices[0]) if what.batch and slices else what
    steps = steps_of(commits)
    if not steps:
        raise CommandError(f"no commit of {what} of {slug} is in this history")
    tree, conflicts = inverse(repository, local.commit, steps)
    changes = {change.path: change for change in repository.diff(local.commit, tree)}
    if not changes:
        raise CommandError(
            f"nothing of {what} of {slug} is left to revert"
            + (f" without losing later work: {', '.join(conflicts)}" if conflicts else "")
        )
    branch = revert_branch(slug, what)
    why = may_move(repository, f"refs/heads/{branch}", local.commit)
    if why:
        raise CommandError(f"the branch {branch} can't be set: {why}")
    new = NewCommit(
        message=revert_message(str(what), revert_trailers(slug, steps[0].after, str(what))),
        changes={path: None if one.status == "D" else Blob(one.new_blob) for path, one in changes.items()},
        author=local.identity.at(repository, local.commit),
        modes={path: one.new_mode for path, one in changes.items() if one.status != "D"},
    )
    (head,) = repository.commits(local.commit, [new])
    ref = f"refs/heads/{branch}"
    repository.update_ref(ref, head, repository.refs(ref).get(ref))
    return LocalRevert(branch, head, tuple(sorted(changes)), conflicts)


def phase_commits(repository: Repository, head: str, slug: str, what: RevertTarget) -> list[Commit]:
    """Newest first, without those that were reverted since."""
    found: list[Commit] = []
    gone: set[str] = set()
    for commit in repository.log(head, limit=DEEPEST):
        trailers = commit_trailers(commit.message)
        if trailers.migrations != {slug}:
            continue
        gone |= trailers.reverts
        if matches(trailers, what) and not names_of(commit, trailers, what.phase) & gone:
            found.append(commit)
    return found


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


def steps_of(commits: Sequence[Commit]) -> list[HistoryStep]:
    """Consecutive commits are one step."""
    steps: list[HistoryStep] = []
    for commit in commits:
        before = commit.parents[0] if commit.parents else ""
        if steps and steps[-1].before == commit.sha:
            steps[-1] = HistoryStep(before, steps[-1].after)
        elif before:
            steps.append(HistoryStep(before, commit.sha))
    return steps


def inverse(repository: Repository, head: str, steps: Iterable[HistoryStep]) -> tuple[str, tuple[str, ...]]:
    """The tree, and the files that stay as they are because reverting them would lose later work."""
    tree, conflicts = repository.commit(head).tree, set()
    for step in steps:
        merged = repository.merge_tree(step.after, tree, step.before)
        conflicts |= set(merged.conflicts)
        tree = without(repository, head, tree, merged.tree, merged.conflicts)
    return tree, tuple(sorted(conflicts))


def without(repository: Repository, head: str, before: str, after: str, conflicts: Sequence[str]) -> str:
    if not conflicts:
        return after
    kept = {entry.path: entry for entry in repository.entries(before, list(conflicts))}
    nobody = NAMELESS.at(repository, head)
    new = NewCommit(
        message="without conflicts",
        changes={path: Blob(kept[path].blob) if path in kept else None for path in conflicts},
        author=nobody,
        modes={path: kept[path].mode for path in conflicts if path in kept},
    )
    start = repository.commit_tree(after, [], "merged", nobody)
    return repository.commit(repository.commits(start, [new])[-1]).tree
