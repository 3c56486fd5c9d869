"""The one way from commits on a mirror to a branch on GitHub: signed where GitHub lets Drover make them.

1. git pushes the objects to a private ref  2. the API makes the commits over them, without author or committer, so
that GitHub signs them  3. the branch is moved. Where the API makes no commits, git pushes them as they are.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from bot.git.mirror import Mirror
from bot.git.remote import RejectedPush
from bot.git.repository import Repository
from bot.github import GitCommit, GitHubError, Refusal
from bot.migration.context import TurnContext
from bot.publish.replay import ReplayedCommit, on_top

log = logging.getLogger("drover.publish")


@dataclass(frozen=True)
class LocalCommits:
    """Commits on a mirror, each on the one before it."""

    base: str
    """The parent of the first one."""
    shas: tuple[str, ...]
    messages: tuple[str, ...]
    trees: tuple[str, ...]

    @property
    def head(self) -> str:
        return self.shas[-1] if self.shas else self.base


def local_commits(mirror: Repository, base: str, shas: Sequence[str]) -> LocalCommits:
    commits = [mirror.commit(sha) for sha in shas]
    messages, trees = tuple(one.message for one in commits), tuple(one.tree for one in commits)
    return LocalCommits(base, tuple(shas), messages, trees)


@dataclass(frozen=True)
class BranchUpdate:
    """A branch, and the commits that it is to end with."""

    branch: str
    expected: str | None
    """The commit at which it has to be now; None if it must not exist."""
    commits: LocalCommits
    private: str
    """The ref that holds the objects until the branch does."""
    kept: tuple[GitCommit, ...] = ()
    """The first of the commits, where GitHub has them already."""
    replayed: tuple[ReplayedCommit, ...] = ()
    """People's commits that go on top."""

    @property
    def ref(self) -> str:
        return f"refs/heads/{self.branch}"


@dataclass(frozen=True)
class UpdatedBranch:
    head: str
    commits: tuple[str, ...]
    """As they are on GitHub, without those of people."""
    verified: bool
    """Whether GitHub says so of each of them."""


@dataclass(frozen=True)
class RefusedUpdate:
    """The branch wasn't moved."""

    kind: Literal["objects", "moved", "declined"]
    """The objects were refused; somebody else moved the branch meanwhile; the branch was refused."""
    reason: str


async def update_branch(context: TurnContext, update: BranchUpdate) -> UpdatedBranch | RefusedUpdate:
    """However it ends, the private ref is deleted."""
    try:
        return await _update(context, update)
    finally:
        await delete_private_ref(context, update.private)


async def delete_private_ref(context: TurnContext, ref: str) -> None:
    try:
        await context.repo.refs.delete(ref)
    except GitHubError as error:
        log.warning("%s: could not delete %s: %s", context.info.full_name, ref, error)


async def _update(context: TurnContext, update: BranchUpdate) -> UpdatedBranch | RefusedUpdate:
    refspec = f"+{update.commits.head}:{update.private}"
    pushed = await context.push(refspec)
    if isinstance(pushed, RejectedPush):
        return RefusedUpdate("objects", pushed.reason)
    context.repo.note_pushed(update.commits.head, update.private, *update.commits.trees)
    signed = await _created_by_api(context, update)
    commits = update.commits.shas if signed is None else tuple(one.sha for one in signed)
    head = await _move_branch(context, update, commits[-1], by_api=signed is not None)
    if isinstance(head, RefusedUpdate):
        return head
    return UpdatedBranch(head, commits, signed is not None and all(one.verified for one in signed))


async def _created_by_api(context: TurnContext, update: BranchUpdate) -> list[GitCommit] | None:
    """On top of those that are there. None if GitHub does not let Drover create commits."""
    commits = list(update.kept)
    rest = slice(len(commits), None)
    try:
        for message, tree in zip(update.commits.messages[rest], update.commits.trees[rest], strict=True):
            parent = commits[-1].sha if commits else update.commits.base
            commits.append(await context.repo.commits.create(message, tree, [parent]))
    except Refusal as refused:
        log.warning("%s: commits by the API are refused (%s)", context.info.full_name, refused.message)
        return None
    return commits


async def _move_branch(
    context: TurnContext, update: BranchUpdate, ours: str, *, by_api: bool
) -> str | RefusedUpdate:
    """The branch's new head: a new one by the API; one that is there by git, and only from where it is expected."""
    if update.expected is None and by_api and not update.replayed:
        return await _created_branch(context, update, ours)
    if by_api and (refused := await _private_ref_refused(context, update.private, ours)):
        return refused
    head = await context.with_mirror(lambda mirror: _with_replayed(mirror, update, ours, by_api))
    await _record(context, update, head)
    pushed = await context.push(f"+{head}:{update.ref}", {update.ref: update.expected})
    if isinstance(pushed, RejectedPush):
        return RefusedUpdate("moved" if pushed.kind == "stale" else "declined", pushed.reason)
    context.repo.note_pushed(head, update.ref)
    return head


async def _private_ref_refused(context: TurnContext, ref: str, to: str) -> RefusedUpdate | None:
    """None: it is moved there."""
    try:
        await context.repo.refs.update(ref, to, force=True)
    except Refusal as refused:
        return RefusedUpdate("declined", refused.message)
    return None


async def _created_branch(context: TurnContext, update: BranchUpdate, ours: str) -> str | RefusedUpdate:
    await _record(context, update, ours)
    try:
        created = await context.repo.refs.create(update.ref, ours)
    except Refusal as refused:
        return RefusedUpdate("declined", refused.message)
    return ours if created.sha == ours else RefusedUpdate("moved", f"{update.branch} is there already")


async def _record(context: TurnContext, update: BranchUpdate, head: str) -> None:
    """Before the branch is moved: whoever is killed in between knows its own commit again."""
    await asyncio.to_thread(context.store.pushed_heads.record, context.info.id, update.ref, head)


def _with_replayed(mirror: Mirror, update: BranchUpdate, ours: str, by_api: bool) -> str:
    if by_api:
        mirror.remote.fetch([f"+{update.private}:{update.private}"], depth=2)
    return on_top(mirror, ours, update.replayed)
