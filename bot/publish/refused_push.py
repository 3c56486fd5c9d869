"""Why GitHub refused a branch of Drover, with the likely cause."""

from __future__ import annotations

from bot.git.mirror import Mirror
from bot.github import GitHubError
from bot.github.rules import blocking_rules
from bot.migration.context import TurnContext
from bot.publish.signed_commits import LocalCommits
from bot.report.branch_problems import push_refused

WORKFLOWS = ".github/workflows/"


async def refused_push(context: TurnContext, branch: str, commits: LocalCommits, reason: str) -> str:
    """In GitHub's words; and what to allow, where rules apply to the branch or workflows are changed."""

    def changes_workflows(mirror: Mirror) -> bool:
        return any(change.path.startswith(WORKFLOWS) for change in mirror.diff(commits.base, commits.head))

    workflows = await context.with_mirror(changes_workflows)
    try:
        rules = blocking_rules(await context.repo.branches.rules(branch))
    except GitHubError:
        rules = ()
    return push_refused(reason, [rule.name for rule in rules], workflows=workflows)
