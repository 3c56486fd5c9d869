"""Why GitHub refused a branch of Drover's, with the rules that apply to it."""

from __future__ import annotations

from bot.github import GitHubError
from bot.github.rules import blocking_rules
from bot.migration.context import TurnContext
from bot.report.branch_problems import push_refused


async def refused_push(context: TurnContext, branch: str, reason: str) -> str:
    """In GitHub's words, and what to allow where rules apply to the branch."""
    try:
        rules = await context.repo.branches.rules(branch)
    except GitHubError:
        return push_refused(reason)
    return push_refused(reason, [rule.name for rule in blocking_rules(rules)])
