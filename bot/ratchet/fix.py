"""*Fix it*: the rewrite of the new uses as commits on a pull request's branch, and never over anybody's work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.decide.ratchet import RatchetFindings, Subject, WatchedMigration
from bot.git.author import Identity
from bot.git.mirror import CommitTree
from bot.git.objects import NewCommit
from bot.git.repository import Repository
from bot.github import PullRequest, Unavailable
from bot.markers.trailers import is_fix_of, migration_name
from bot.migration.context import TurnContext
from bot.publish.signed_commits import (
    BranchUpdate,
    LocalCommits,
    RefusedUpdate,
    local_commits,
    update_branch,
)
from bot.report import ratchet as words
from bot.report.ratchet import RatchetFix, commit_message
from bot.rewrite.cached_tree import CachedTree
from bot.rewrite.rewrite import Index, rewrite
from bot.rewrite.uses import rules_without_phase

_SINCE = 20
"""Commits that somebody may have put on top of the rewrite before it was looked for."""


@dataclass(frozen=True)
class LocalFix:
    """Local commits, one for each migration that has something to rewrite."""

    fix: RatchetFix
    commits: LocalCommits


@dataclass(frozen=True)
class FixRequest:
    """What to build a fix on."""

    head: str
    repository: str
    """Its full name."""
    author: Identity


def build_fix(
    repository: Repository, found: Sequence[RatchetFindings], request: FixRequest, index: Index
) -> LocalFix:
    head, author = request.head, request.author.at(repository, request.head)
    shas: list[str] = []
    files: set[str] = set()
    for one in found:
        at = shas[-1] if shas else head
        changes = _rewritten(repository, one, at, index)
        if changes:
            message = commit_message(
                one.migration, migration_name(request.repository, one.migration.issue), sorted(changes), head
            )
            shas += repository.commits(at, [NewCommit(message, changes, author)])
            files |= changes.keys()
    patch = repository.patch(head, shas[-1]) if shas else ""
    return LocalFix(RatchetFix(tuple(sorted(files)), patch), local_commits(repository, head, shas))


def _rewritten(repository: Repository, found: RatchetFindings, at: str, index: Index) -> dict[str, bytes]:
    """The files with new uses; those in which a use is allowed need manual work."""
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
    """Why the fix is refused; empty if it is allowed."""
    actor = await context.person(subject.by)
    if actor.is_unknown:
        raise Unavailable("GitHub didn't say what the person may do")
    if not actor.may_write:
        return words.MAY_NOT
    if pull is not None and pull.from_fork:
        return words.FORK
    if pull is None or pull.state != "open" or pull.head_sha != subject.head:
        return words.MOVED
    return "" if guards else words.OVER


async def is_fixed(context: TurnContext, subject: Subject, pull: PullRequest | None) -> bool:
    """Whether an earlier try, or somebody else's click, has pushed it already."""
    at = pull.head_sha if pull else subject.head
    for _ in range(_SINCE):
        commit = await context.repo.commits.get(at) if at != subject.head else None
        if commit is None or is_fix_of(commit.message, subject.head):
            return commit is not None
        at = commit.parents[0] if commit.parents else subject.head
    return False


async def push_fix(context: TurnContext, subject: Subject, branch: str, fix: LocalFix) -> str:
    """Push as a fast-forward from the commit that was checked; why it failed, if it did."""
    update = BranchUpdate(branch, subject.head, fix.commits, private_ref(subject))
    updated = await update_branch(context, update)
    if not isinstance(updated, RefusedUpdate):
        return ""
    now = await context.repo.refs.get(f"refs/heads/{branch}")
    return words.fix_refused(updated.reason) if now and now.sha == subject.head else words.MOVED


def private_ref(subject: Subject) -> str:
    return f"refs/drover/fix/{subject.head}"
