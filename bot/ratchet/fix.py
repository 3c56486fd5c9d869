"""*Fix it*: the rewrite of the new uses as commits on a pull request's branch, and never over anybody's work."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from bot.decide.ratchet import RatchetFindings, Subject, WatchedMigration
from bot.git.author import author
from bot.git.mirror import CommitTree, Mirror
from bot.git.objects import NewCommit
from bot.git.remote import Pushed, Rejected
from bot.git.repository import Repository
from bot.github import Conflict, Forbidden, Invalid, NotFound, PullRequest
from bot.markers.trailers import is_fix_of, migration_name
from bot.migration.context import TurnContext
from bot.report import ratchet as words
from bot.report.ratchet import Mending, commit_message
from bot.rewrite.cached_tree import CachedTree
from bot.rewrite.rewrite import Index, rewrite
from bot.rewrite.uses import rules_without_phase

log = logging.getLogger("drover.ratchet")
_SINCE = 20
"""Commits that somebody may have put on top of the rewrite before it was looked for."""


@dataclass(frozen=True)
class Mended:
    """Local commits, one for each migration that has something to rewrite."""

    mending: Mending
    messages: tuple[str, ...] = ()
    commits: tuple[str, ...] = ()


def mended(
    repository: Repository, found: Sequence[RatchetFindings], head: str, name: str, index: Index
) -> Mended:
    messages: list[str] = []
    commits: list[str] = []
    files: set[str] = set()
    at = head
    for one in found:
        changes = _rewritten(repository, one, at, index)
        if changes:
            message = commit_message(
                one.migration, migration_name(name, one.migration.issue), sorted(changes), head
            )
            new = NewCommit(message, changes, author(repository, head))
            at = repository.commits(at, [new])[-1]
            messages.append(message)
            commits.append(at)
            files |= changes.keys()
    patch = repository.patch(head, at) if commits else ""
    return Mended(Mending(tuple(sorted(files)), patch), tuple(messages), tuple(commits))


def _rewritten(repository: Repository, found: RatchetFindings, at: str, index: Index) -> dict[str, bytes]:
    """The files with new uses; those in which a use is allowed are left to a human."""
    paths = {use.path for use in found.new_uses} - found.files_with_allowed_uses
    if not paths:
        return {}
    results = rewrite(
        CachedTree(CommitTree(repository, at), index),
        rules_without_phase(found.migration.plan),
        paths,
        index=index,
    )
    return {one.path: one.content for one in results if one.status == "changed" and one.content is not None}


# Pushing it


async def may_fix(
    context: TurnContext, subject: Subject, pull: PullRequest | None, guards: Sequence[WatchedMigration]
) -> str:
    """Why not; empty where nothing stands against it."""
    if not (await context.person(subject.by)).may_write:
        return words.MAY_NOT
    if pull is not None and pull.from_fork:
        return words.FORK
    if pull is None or pull.state != "open" or pull.head_sha != subject.head:
        return words.MOVED
    return "" if guards else words.OVER


async def is_fixed(context: TurnContext, subject: Subject, pull: PullRequest | None) -> bool:
    """Whether an earlier try, or somebody else's press, has pushed it already."""
    at = pull.head_sha if pull else subject.head
    for _ in range(_SINCE):
        commit = await context.repo.commits.get(at) if at != subject.head else None
        if commit is None or is_fix_of(commit.message, subject.head):
            return commit is not None
        at = commit.parents[0] if commit.parents else subject.head
    return False


async def push_fix(context: TurnContext, subject: Subject, branch: str, made: Mended) -> str:
    """1. the objects, to a private ref  2. the commits, over the API  3. the branch, forward only. Why not, if not."""
    private = private_ref(subject)
    pushed = await context.with_mirror(lambda mirror: mirror.remote.push([f"+{made.commits[-1]}:{private}"]))
    if isinstance(pushed, Rejected):
        return words.refused(pushed.reason)
    try:
        return await _forward(context, subject, branch, made)
    finally:
        await context.repo.refs.delete(private)


def private_ref(subject: Subject) -> str:
    return f"refs/drover/fix/{subject.head}"


async def _forward(context: TurnContext, subject: Subject, branch: str, made: Mended) -> str:
    try:
        head = await _signed(context, subject, made)
    except (Forbidden, Invalid, NotFound) as refused:
        log.warning("%s: commits over the API are refused (%s)", context.info.full_name, refused.message)
        return await _unsigned(context, subject, branch, made)
    try:
        await context.repo.refs.update(f"refs/heads/{branch}", head)
    except (Conflict, Forbidden, Invalid) as refused:
        now = await context.repo.refs.get(f"refs/heads/{branch}")
        return words.refused(refused.message) if now and now.sha == subject.head else words.MOVED
    return ""


async def _signed(context: TurnContext, subject: Subject, made: Mended) -> str:
    trees = await context.with_mirror(lambda mirror: [mirror.tree_of(sha) for sha in made.commits])
    parent = subject.head
    for message, tree in zip(made.messages, trees, strict=True):
        parent = (await context.repo.commits.create(message, tree, [parent])).sha
    return parent


async def _unsigned(context: TurnContext, subject: Subject, branch: str, made: Mended) -> str:
    """Pushed by git as they are."""
    ref = f"refs/heads/{branch}"

    def push(mirror: Mirror) -> Pushed | Rejected:
        return mirror.remote.push([f"{made.commits[-1]}:{ref}"], force_with_lease={ref: subject.head})

    pushed = await context.with_mirror(push)
    if isinstance(pushed, Pushed):
        return ""
    return words.MOVED if pushed.kind == "stale" else words.refused(pushed.reason)
