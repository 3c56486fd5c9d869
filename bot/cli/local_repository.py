"""A repository on this machine; its work tree, index and HEAD stay as they are."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.cli.environment import cache
from bot.cli.errors import CommandError
from bot.git.author import Identity, configured_identity
from bot.git.mirror import CommitTree
from bot.git.objects import Commit
from bot.git.process import MINIMUM, git_version
from bot.git.repository import Repository
from bot.markers.trailers import migrations_in
from bot.migration.owners import owners_at
from bot.plan.codeowners import Owners
from bot.rewrite.blob_index import BlobIndex


@dataclass(frozen=True)
class LocalCheckout:
    repository: Repository
    commit: str
    identity: Identity
    """The author of the commits that are made here."""

    @property
    def tree(self) -> CommitTree:
        return CommitTree(self.repository, self.commit)

    def owners(self) -> Owners | None:
        return owners_at(self.repository, self.commit)


@contextmanager
def open_checkout(root: Path, revision: str) -> Iterator[LocalCheckout]:
    """Raises `CommandError` if there is no such commit."""
    check_git()
    if not root.is_dir():
        raise CommandError(f"{root} is not a folder" if root.exists() else f"there is no folder {root}")
    repository = Repository.at(root)
    if repository is None:
        raise CommandError(f"{root.resolve()} is not in a git repository", "Pass a checkout with --root DIR.")
    with repository:
        commit = repository.resolve(revision)
        if commit is None:
            no_commit = "has no commit yet" if revision == "HEAD" else f"has no commit {revision}"
            raise CommandError(f"{root.resolve()} {no_commit}")
        yield LocalCheckout(repository, commit, configured_identity(repository))


@contextmanager
def opened_index() -> Iterator[BlobIndex]:
    """The cache of what was read before, so that a second run is fast."""
    with BlobIndex(cache() / "index.sqlite") as index:
        yield index


def check_git() -> None:
    version = git_version()
    wanted = ".".join(map(str, MINIMUM))
    if not version:
        raise CommandError(f"git is not installed: Drover needs git {wanted} or newer")
    if version < MINIMUM:
        raise CommandError(f"this is git {'.'.join(map(str, version))}: Drover needs git {wanted} or newer")


def checked_out(repository: Repository) -> Mapping[str, Path]:
    """Branches that are checked out, each with its work tree's git directory: moving one would make its files look
    changed."""
    common = common_dir(repository.git_dir)
    heads = [common / "HEAD", *sorted(common.glob("worktrees/*/HEAD"))]
    found = {}
    for head in heads:
        said = head.read_text("utf-8", "surrogateescape").strip() if head.is_file() else ""
        if said.startswith("ref: "):
            found[said.removeprefix("ref: ")] = head.parent
    return found


def common_dir(git_dir: Path) -> Path:
    """The main work tree's, if this is a linked one's."""
    named = git_dir / "commondir"
    return (git_dir / os.fsdecode(named.read_bytes()).strip()).resolve() if named.is_file() else git_dir


def may_move(repository: Repository, ref: str, base: str) -> str:
    """Why a branch can't be set, or empty: only Drover's own commits may be dropped from it."""
    if ref in checked_out(repository):
        return "it is checked out: switch to another branch first"
    old = repository.refs(ref).get(ref)
    if old is None:
        return ""
    since = repository.merge_base(old, base)
    foreign = [
        commit
        for commit in repository.log(f"{since}..{old}" if since else old, limit=10_000)
        if not ours(repository, commit)
    ]
    if not foreign:
        return ""
    return f"it has a commit of {foreign[0].author.name}'s, {foreign[0].sha[:10]}: rename or delete it first"


def ours(repository: Repository, commit: Commit) -> bool:
    """By its trailer, and its date, which is its parent's: who amends or rebases it gives it another."""
    if not migrations_in(commit.message) or commit.author != commit.committer or not commit.parents:
        return False
    return repository.commit(commit.parents[0]).committer.date == commit.committer.date
