"""Commits, trees and changes as values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class GitFailed(Exception):
    """git said no where it should not have."""


@dataclass(frozen=True)
class Signature:
    """Who and when, as a commit writes it."""

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
    """The commit without its signature: what was signed."""


@dataclass(frozen=True)
class FileChange:
    path: str
    status: str
    """As GitHub says it: added, removed, modified, renamed."""
    blob: str
    additions: int
    deletions: int
    previous: str | None = None
    patch: str | None = None
    binary: bool = False
    retyped: bool = False
    """A file became a link, or the like: git shows it as one gone and one come."""


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
