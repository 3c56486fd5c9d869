"""Turn on GitHub's auto-merge for a phase's pull request."""

from __future__ import annotations

import time

from bot.decide.automatic_actions import EnableAutoMerge
from bot.github import NotMerged
from bot.github.pulls import Method, PullRequest
from bot.look.look import Snapshot
from bot.markers.hidden import Announcement
from bot.migration.comments import say
from bot.migration.context import TurnContext
from bot.report import check_comments


async def enable_auto_merge(context: TurnContext, snapshot: Snapshot, action: EnableAutoMerge) -> str:
    """A permanent refusal is remembered for the pull request, a temporary one for its head."""
    pull = await context.repo.pulls.get(action.number)
    refused = await _refusal(context, pull)
    final = refused is None or refused.final or context.info.allow_auto_merge is False
    about = str(action.number) if final else pull.head_sha
    ending = Announcement("merge", about, "refused" if refused else "done", time.time())
    text = check_comments.auto_merge(action.number, refused.reason if refused else "")
    await say(context, f"merge-{action.number}", ending, text)
    return f"{'could not turn' if refused else 'turned'} on auto-merge for #{action.number}"


async def _refusal(context: TurnContext, pull: PullRequest) -> NotMerged | None:
    """Tries each merge method; the refusal is that of the preferred one."""
    first: NotMerged | None = None
    for method in await _methods(context, pull.base_ref):
        refused = await context.repo.pulls.auto_merge(pull, method)
        if refused is None:
            return None
        first = first or refused
        if refused.final:
            return refused
    return first


async def _methods(context: TurnContext, base: str) -> tuple[Method, ...]:
    allowed = await context.repo.branches.merge_methods(base)
    methods = tuple(method for method in context.info.merge_methods if method in allowed)
    return methods or context.info.merge_methods
