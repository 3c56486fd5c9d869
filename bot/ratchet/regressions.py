"""New uses on the default branch: the position of each, and the commit that added it."""

from __future__ import annotations

from bot.decide.ratchet import DeprecatedUse, NewUse, WatchedMigration
from bot.git.mirror import Mirror
from bot.git.objects import Commit
from bot.git.process import GitFailed
from bot.markers.trailers import reverts_in
from bot.rewrite.rewrite import Index
from bot.rewrite.uses import uses_added


def find_new_uses(
    mirror: Mirror, guard: WatchedMigration, since: str, head: str, index: Index
) -> tuple[NewUse, ...]:
    """Empty also if the commit that was counted before doesn't exist any more."""
    if since == head:
        return ()
    try:
        mirror.remote.ensure(since, head)
    except GitFailed:
        return ()
    new = uses_added(mirror, guard, since, head, index).new_uses
    brought = {path: _commit_that_brought(mirror, since, head, path) for path in {use.path for use in new}}
    return tuple(_new_use(use, brought[use.path]) for use in new if not _taken_back(brought[use.path]))


def _commit_that_brought(mirror: Mirror, since: str, head: str, path: str) -> Commit | None:
    """The newest commit since then that touched the file."""
    try:
        return next(mirror.log(f"{since}..{head}", [path], limit=1), None)
    except GitFailed:
        return None


def _taken_back(commit: Commit | None) -> bool:
    """Whether one of our reverts restored the uses, as requested."""
    return commit is not None and bool(reverts_in(commit.message))


def _new_use(use: DeprecatedUse, commit: Commit | None) -> NewUse:
    return NewUse(use, commit.sha if commit else "", commit.author.name if commit else "")
