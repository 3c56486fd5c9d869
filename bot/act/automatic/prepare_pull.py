"""Add the labels that the plan wants to a pull request, and request the reviews."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from bot.decide.automatic_actions import PreparePull
from bot.git.mirror import Mirror
from bot.github import Forbidden, Invalid, NotFound
from bot.look.look import Snapshot
from bot.markers.hidden import Notice, with_preparation
from bot.migration.comments import say_once
from bot.migration.context import TurnContext
from bot.migration.owners import owners_at
from bot.plan.plan import Plan, PullRequestOptions
from bot.report.phase_comments import reviews_not_requested

MOST_REVIEWERS = 15
REFUSALS = (Invalid, NotFound, Forbidden)


async def prepare_pull(context: TurnContext, snapshot: Snapshot, action: PreparePull) -> str:
    """1. labels  2. reviews  3. a marker, so that what people remove afterwards stays removed"""
    plan = snapshot.facts.plan
    if not isinstance(plan, Plan):
        return ""
    options = plan.pull_requests
    if options.labels:
        await context.repo.issues.add_labels(action.number, *options.labels)
    reviewers = await _reviewers(context, options, action.head)
    refused = await _request_reviews(context, action.number, reviewers)
    if refused:
        await say_once(context, action.number, Notice("reviewers"), reviews_not_requested(refused))
    pull = await context.repo.pulls.get(action.number)
    await context.repo.pulls.update(action.number, body=with_preparation(pull.body))
    return f"added {len(options.labels)} labels and {len(reviewers) - len(refused)} reviewers to #{action.number}"


async def _reviewers(context: TurnContext, options: PullRequestOptions, head: str) -> Sequence[str]:
    if options.reviewers != "owners":
        return options.reviewers

    def owners_of_changes(mirror: Mirror) -> list[str]:
        """Who owns most of the changed files first; an address of an e-mail can't be asked."""
        mirror.remote.ensure(head)
        base = mirror.remote.merge_base(context.head, head)
        owners = owners_at(mirror, context.head)
        if owners is None or base is None:
            return []
        changed = (change.path for change in mirror.diff(base, head))
        counts = Counter(
            owner.removeprefix("@").lower()
            for path in changed
            for owner in owners.of(path)
            if owner.startswith("@")
        )
        return [owner for owner, _ in counts.most_common(MOST_REVIEWERS)]

    return await context.with_mirror(owners_of_changes)


async def _request_reviews(context: TurnContext, number: int, names: Sequence[str]) -> list[str]:
    """Those that GitHub refuses, such as somebody who can't read the repository: the others are asked all the same."""
    if not names:
        return []
    try:
        await _request(context, number, names)
    except REFUSALS:
        return [name for name in names if not await _is_requested(context, number, name)]
    return []


async def _is_requested(context: TurnContext, number: int, name: str) -> bool:
    try:
        await _request(context, number, [name])
    except REFUSALS:
        return False
    return True


async def _request(context: TurnContext, number: int, names: Sequence[str]) -> None:
    people = [name for name in names if "/" not in name]
    teams = [name.partition("/")[2] for name in names if "/" in name]
    await context.repo.pulls.request_reviewers(number, people, teams)
