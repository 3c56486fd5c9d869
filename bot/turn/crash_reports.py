"""Reports to people that a look failed."""

from __future__ import annotations

import logging

from bot.github import App, AppDetails, GitHubError
from bot.markers.hidden import Notice, has_notice, notice_marker
from bot.report import outages
from bot.store import Migration

CRASH = Notice("crash")
log = logging.getLogger("drover.work")


async def report_crash(github: App, app: AppDetails, migration: Migration, error: str) -> None:
    """Comment on the issue, unless Drover's last comment there says so already."""
    try:
        installation = github.installation(migration.installation)
        info = await installation.repo_by_id(migration.repo_id)
        repo = installation.repo_named(info.full_name)
        ours = [one for one in await repo.comments.of(migration.issue) if one.author.login == app.bot_login]
        if not ours or not has_notice(ours[-1].body, CRASH):
            await repo.comments.create(migration.issue, f"{notice_marker(CRASH)}\n{_text(error)}")
    except GitHubError as trouble:
        log.warning("%s#%d: can't report a crash: %s", migration.full_name, migration.issue, trouble)


def _text(error: str) -> str:
    """GitHub's own words are safe to show; of another error only its class is."""
    if error.startswith("bot.github."):
        return outages.refused_by_github(error)
    return outages.crash_text(error.partition(":")[0])
