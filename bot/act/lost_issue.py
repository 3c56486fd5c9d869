"""End a migration whose tracking issue was deleted or moved to another repository."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from bot.decide.status import ADOPT
from bot.github import Gone, Issue, NotFound
from bot.markers.hidden import Notice
from bot.migration.branches import delete_branch
from bot.migration.comments import say_once
from bot.migration.context import TurnContext
from bot.plan.branch_names import phase_branch, phase_branches
from bot.report.phase_comments import issue_lost


@dataclass(frozen=True)
class LostIssue:
    moved_to: str = ""
    """Its address in another repository; empty if it was deleted, or moved where we have no access."""


async def find_tracking_issue(context: TurnContext) -> Issue | LostIssue:
    """It counts as lost only if GitHub says so twice, so that one wrong answer closes nothing."""
    number = context.migration.issue
    try:
        found = await context.repo.issues.get(number)
    except (Gone, NotFound):
        if not context.info.has_issues:
            raise  # switched off: with them it comes back
        listed = await context.repo.issues.find(label=ADOPT, state="all")
        if any(one.number == number for one in listed):
            raise
        return LostIssue()
    here = f"{context.info.html_url}/".lower()
    return found if found.html_url.lower().startswith(here) else LostIssue(found.html_url)


async def abandon_migration(context: TurnContext, astray: LostIssue) -> list[str]:
    """1. said on what is open  2. the phases closed, their branches gone  3. forgotten. A revert can still be merged."""
    issue, listings = context.migration.issue, context.fresh_listings()
    branches = await listings.branches()
    phases = {phase_branch(issue, number, key) for number, key in phase_branches(issue, branches)}
    did = []
    for branch in branches:
        for pull in await listings.pulls_on(branch):
            if pull.state == "open":
                text = issue_lost(astray.moved_to, closed=branch in phases)
                await say_once(context, pull.number, Notice("astray"), text)
            if pull.state == "open" and branch in phases:
                await context.repo.pulls.update(pull.number, state="closed")
                did.append(f"closed #{pull.number}, whose issue was deleted or transferred")
        if branch in phases:
            await delete_branch(context, branch)
    await asyncio.to_thread(context.store.migrations.forget, context.migration)
    return did
