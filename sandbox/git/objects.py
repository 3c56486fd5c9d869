"""Commits, trees and changes as values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class GitFailed(Exception):
    """A git command failed unexpectedly."""


@dataclass(frozen=True)
class Signature:
    """An author or committer with a time."""

    name: str
    email: str
    time: int
    zone: str = "+0000"

    def __str__(self) -> str:
        return f"{self.name} <{self.email}> {self.time} {self.zone}"


@dataclass(frozen=True)
class CommitInfo:
    sha: str
    tree: str
    parents: tuple[str, ...]
    author: Signature
    committer: Signature
    message: str
    signature: str | None
    payload: str
    """The commit without its signature, which is what was signed."""


@dataclass(frozen=True)
class FileChange:
    path: str
    status: str
    """As in GitHub's API: added, removed, modified, renamed."""
    blob: str
    additions: int
    deletions: int
    previous: str | None = None
    patch: str | None = None
    binary: bool = False
    retyped: bool = False
    """Whether a file changed its type, for example to a link: git's patch has two sections for it."""


@dataclass(frozen=True)
class TreeItem:
    mode: str
    kind: str
    sha: str
    path: str
    size: int | None


def commit_text(
    tree: str,
    parents: Sequence[str],
    message: str,
    author: Signature,
    committer: Signature,
    signed: str | None = None,
) -> bytes:
    lines = [
        f"tree {tree}",
        *(f"parent {sha}" for sha in parents),
        f"author {author}",
        f"committer {committer}",
    ]
    if signed:
        lines.append("gpgsig " + signed.rstrip("\n").replace("\n", "\n "))
    return ("\n".join(lines) + "\n\n" + message).encode("utf-8", "surrogateescape")


ZERO = "0" * 40
