"""New uses that came to the default branch: where each stands, and whose commit brought it."""

from __future__ import annotations

from dataclasses import dataclass

from bot.decide.ratchet import DeprecatedUse, WatchedMigration
from bot.git.mirror import Mirror
from bot.git.objects import Commit
from bot.git.process import GitFailed
from bot.markers.trailers import reverts_in
from bot.rewrite.rewrite import Index
from bot.rewrite.uses import uses_added


@dataclass(frozen=True)
class Arrival:
    use: DeprecatedUse
    commit: str
    author: str
    """Both empty where the mirror's history does not go back to it."""


def came_in(
    mirror: Mirror, guard: WatchedMigration, since: str, head: str, index: Index
) -> tuple[Arrival, ...]:
    """Empty also where the commit that was counted before is gone: then nothing can be compared."""
    if since == head:
        return ()
    try:
        mirror.remote.ensure(since, head)
    except GitFailed:
        return ()
    new = uses_added(mirror, guard, since, head, index).new_uses
    brought = {path: _brought(mirror, since, head, path) for path in {use.path for use in new}}
    return tuple(_arrival(use, brought[use.path]) for use in new if not _taken_back(brought[use.path]))


def _brought(mirror: Mirror, since: str, head: str, path: str) -> Commit | None:
    """The newest commit since then that touched the file."""
    try:
        return next(mirror.log(f"{since}..{head}", [path], limit=1), None)
    except GitFailed:
        return None


def _taken_back(commit: Commit | None) -> bool:
    """A revert of ours brings the old uses back, as it was asked to."""
    return commit is not None and bool(reverts_in(commit.message))


def _arrival(use: DeprecatedUse, commit: Commit | None) -> Arrival:
    return Arrival(use, commit.sha if commit else "", commit.author.name if commit else "")
