"""Whether GitHub signs the commits that the App creates, as the commits on its branches say."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from bot.doctor.finding import Finding, note
from bot.github import App, AppDetails, GitCommit, GitHubError, Installation, InstallationDetails
from bot.plan.branch_names import PREFIX

MOST_REPOSITORIES = 20
"""Of an installation, to be asked for the App's branches."""


async def signature_findings(
    app: App, details: AppDetails, installations: Sequence[InstallationDetails]
) -> AsyncIterator[Finding]:
    """None as long as there is no commit of the App's to read."""
    for one in installations:
        try:
            commit = await _own_commit(app.installation(one.id), details) if not one.suspended_at else None
        except GitHubError:
            continue  # what is refused there is found elsewhere
        if commit is not None:
            yield _finding(commit)
            return


async def _own_commit(installation: Installation, app: AppDetails) -> GitCommit | None:
    for one in (await installation.repositories())[:MOST_REPOSITORIES]:
        repo = installation.repo(one.owner, one.name)
        for ref in (await repo.refs.under(f"refs/heads/{PREFIX}"))[:1]:
            commit = await repo.commits.get(ref.sha)
            if commit is not None and commit.author.name == app.bot_login:
                return commit
    return None


def _finding(commit: GitCommit) -> Finding:
    if commit.verified:
        return Finding("GitHub signs Drover's commits.")
    return note(
        f"GitHub doesn't sign Drover's commits, such as {commit.sha[:10]}: they are shown as unverified.",
        "An administrator of the Enterprise Server can turn on web commit signing. Until then, branches that require "
        "signed commits refuse them.",
    )
