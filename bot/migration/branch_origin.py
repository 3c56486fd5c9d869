"""What a phase's branch was made from, as the trailers of its commits say."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.github import GitCommit, Repo
from bot.markers.trailers import built_from

MOST_COMMITS = 100
"""As many of other people are read on top of ours."""


@dataclass(frozen=True)
class BranchOrigin:
    base: str
    plan_digest: str
    last_own_commit: str
    other_commits: tuple[str, ...]
    """Those of other people on top of it, the oldest first."""
    message: str
    """Of the last own commit."""


async def find_origin(
    repo: Repo, head: str, is_own: Callable[[GitCommit], Awaitable[bool]]
) -> BranchOrigin | None:
    """None if no commit of ours is found."""
    sha, others = head, list[str]()
    for _ in range(MOST_COMMITS):
        commit = await repo.commits.get(sha)
        if commit is None or not commit.parents:
            return None
        built = built_from(commit.message)
        if built is not None and await is_own(commit):
            return BranchOrigin(*built, sha, tuple(others[::-1]), commit.message)
        others.append(sha)
        sha = commit.parents[0]
    return None
