"""Taking a phase back on a local repository: the inverse of its commits that are in the history, later work kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.mirror import Blob, Commit, NewCommit, Repository
from bot.report.reverts import message
from bot.work.local import Local, may_move
from bot.work.making import author

DEEPEST = 50_000
"""Commits of the history that are looked at."""


@dataclass(frozen=True)
class Step:
    before: str
    after: str


@dataclass(frozen=True)
class Reverted:
    branch: str
    head: str
    files: tuple[str, ...]
    conflicts: tuple[str, ...]
    """Left as they are: others have changed the same lines since."""


@dataclass(frozen=True)
class NothingToRevert:
    why: str


def revert_branch(slug: str, phase: int, batch: int | None) -> str:
    return f"drover/{slug}/revert-phase-{phase}" + (f"-batch-{batch}" if batch else "")


def revert_phase(local: Local, slug: str, phase: int, batch: int | None = None) -> Reverted | NothingToRevert:
    """1. the phase's commits in the history  2. their inverse, the newest first  3. one commit  4. the branch"""
    repository = local.repository
    steps = steps_of(phase_commits(repository, local.commit, slug, phase, batch))
    what = f"phase {phase}" + (f", batch {batch}" if batch else "")
    if not steps:
        return NothingToRevert(f"no commit of {what} of {slug} is in this history")
    tree, conflicts = inverse(repository, local.commit, steps)
    changes = {change.path: change for change in repository.diff(local.commit, tree)}
    if not changes:
        return NothingToRevert(
            f"nothing of {what} of {slug} is left that could be taken back"
            + (f" without losing later work: {', '.join(conflicts)}" if conflicts else "")
        )
    branch = revert_branch(slug, phase, batch)
    why = may_move(repository, f"refs/heads/{branch}", local.commit)
    if why:
        return NothingToRevert(f"the branch {branch} can't be set: {why}")
    trailers = {"Drover-Migration": slug, "Drover-Reverts": steps[0].after, "Drover-Takes-Back": what}
    new = NewCommit(
        message=message(what, trailers),
        changes={path: None if one.status == "D" else Blob(one.new_blob) for path, one in changes.items()},
        author=author(repository, local.commit),
        modes={path: one.new_mode for path, one in changes.items() if one.status != "D"},
    )
    (head,) = repository.commits(local.commit, [new])
    ref = f"refs/heads/{branch}"
    repository.update_ref(ref, head, repository.refs(ref).get(ref))
    return Reverted(branch, head, tuple(sorted(changes)), conflicts)


def phase_commits(
    repository: Repository, head: str, slug: str, phase: int, batch: int | None
) -> list[Commit]:
    """Newest first, without those that were taken back since."""
    found: list[Commit] = []
    gone: set[str] = set()
    for commit in repository.log(head, limit=DEEPEST):
        trailers = trailers_of(commit)
        if trailers.get("Drover-Migration") != {slug}:
            continue
        gone |= trailers.get("Drover-Reverts", set()) | trailers.get("Drover-Takes-Back", set())
        batches = {line.split()[0] for line in trailers.get("Drover-Batch", ()) if line}
        names = {commit.sha, f"phase {phase}", *(f"phase {phase}, batch {number}" for number in batches)}
        wanted = batch is None or batches == {str(batch)}
        if str(phase) in trailers.get("Drover-Phase", ()) and wanted and not names & gone:
            found.append(commit)
    return found


def trailers_of(commit: Commit) -> dict[str, set[str]]:
    """From the whole message: a squash has those of all its commits."""
    found: dict[str, set[str]] = {}
    for line in commit.message.splitlines():
        key, colon, value = line.strip().partition(": ")
        if colon and key.startswith("Drover-"):
            found.setdefault(key, set()).add(value.strip())
    return found


def steps_of(commits: Sequence[Commit]) -> list[Step]:
    """Commits in a row are one step."""
    steps: list[Step] = []
    for commit in commits:
        before = commit.parents[0] if commit.parents else ""
        if steps and steps[-1].before == commit.sha:
            steps[-1] = Step(before, steps[-1].after)
        elif before:
            steps.append(Step(before, commit.sha))
    return steps


def inverse(repository: Repository, head: str, steps: Iterable[Step]) -> tuple[str, tuple[str, ...]]:
    """The tree; a file that can't be taken back without losing later work stays as it is."""
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
    new = NewCommit(
        message="without conflicts",
        changes={path: Blob(kept[path].blob) if path in kept else None for path in conflicts},
        author=author(repository, head),
        modes={path: kept[path].mode for path in conflicts if path in kept},
    )
    start = repository.commit_tree(after, [], "merged", author(repository, head))
    return repository.commit(repository.commits(start, [new])[-1]).tree
