"""A pull request of Drover's besides the phases': its branch, and the pull request once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.github import PullRequest, Refusal
from bot.migration.branches import holds_work
from bot.migration.context import TurnContext
from bot.publish.refused_push import refused_push
from bot.publish.signed_commits import BranchUpdate, LocalCommits, RefusedUpdate, update_branch
from bot.report.branch_problems import foreign_branch, request_refused


@dataclass(frozen=True)
class NotOpened:
    why: str


@dataclass(frozen=True)
class PullRequestDraft:
    """A pull request to open."""

    branch: str
    commits: LocalCommits
    title: str
    body: Callable[[bool], str]
    """By whether GitHub has signed the commits."""
    draft: bool = False


async def open_pull(context: TurnContext, wanted: PullRequestDraft) -> PullRequest | NotOpened:
    """1. what is there  2. the commits and the branch  3. the pull request"""
    there = await context.repo.refs.get(f"refs/heads/{wanted.branch}")
    known = await context.repo.pulls.find(head=wanted.branch, state="open")
    if there is not None and known and not await context.is_own_head(there.sha):
        return known[0]
    if there is not None and await holds_work(context, wanted.branch, there.sha):
        return NotOpened(foreign_branch(wanted.branch))
    expected = there.sha if there else None
    update = BranchUpdate(wanted.branch, expected, wanted.commits, f"refs/{wanted.branch}")
    updated = await update_branch(context, update)
    if isinstance(updated, RefusedUpdate):
        return NotOpened(await refused_push(context, wanted.branch, wanted.commits, updated.reason))
    if known:
        return replace(known[0], head_sha=updated.head)
    return await _created_pull(context, wanted, wanted.body(updated.verified))


async def _created_pull(context: TurnContext, wanted: PullRequestDraft, body: str) -> PullRequest | NotOpened:
    onto = context.info.default_branch
    try:
        return await context.repo.pulls.create(wanted.title, wanted.branch, onto, body, wanted.draft)
    except Refusal as refused:
        return NotOpened(request_refused(refused.request, refused.message))
