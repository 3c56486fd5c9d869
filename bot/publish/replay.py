"""People's own commits on a phase's branch, replayed when the branch is regenerated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.git.mirror import Mirror
from bot.git.objects import Commit


@dataclass(frozen=True)
class ReplayedCommit:
    """One of their commits, and the tree that it gives on the new branch."""

    commit: Commit
    tree: str


@dataclass(frozen=True)
class DoesNotApply:
    sha: str
    subject: str
    author: str
    files: tuple[str, ...]


def replay(mirror: Mirror, onto: str, shas: Sequence[str]) -> tuple[ReplayedCommit, ...] | DoesNotApply:
    """Each commit's change, three-way, on top of the one before; one that changes nothing any more is dropped."""
    steps: list[ReplayedCommit] = []
    tree = mirror.tree_of(onto)
    for sha in shas:
        mirror.remote.ensure(sha)
        commit = mirror.commit(sha)
        mirror.remote.ensure(commit.parents[0])
        merged = mirror.merge_tree(commit.parents[0], tree, sha)
        if merged.conflicts:
            return DoesNotApply(sha, commit.subject, commit.author.name, merged.conflicts)
        if merged.tree != tree:
            tree = merged.tree
            steps.append(ReplayedCommit(commit, tree))
    return tuple(steps)


def on_top(mirror: Mirror, head: str, steps: Sequence[ReplayedCommit]) -> str:
    """The commits themselves: their message, their author, their date."""
    for step in steps:
        head = mirror.commit_tree(step.tree, [head], step.commit.message, step.commit.author)
    return head


def looks_different(mirror: Mirror, before: tuple[str, str], after: tuple[str, str]) -> tuple[str, ...]:
    """The files in which a reviewer would see a different change; moved context doesn't count."""
    paths = sorted({change.path for pair in (before, after) for change in mirror.diff(*pair)})
    return tuple(path for path in paths if _lines(mirror, before, path) != _lines(mirror, after, path))


def _lines(mirror: Mirror, pair: tuple[str, str], path: str) -> list[str]:
    lines = mirror.patch(*pair, [path]).splitlines()
    return [line for line in lines if line[:1] in "+-" and line[:3] not in ("+++", "---")]
