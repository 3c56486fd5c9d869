"""Reports to people that a look failed."""

from __future__ import annotations

import logging
from hashlib import sha256

from bot.git.process import GitTooLarge
from bot.github import App, AppDetails, GitHubError, Refusal
from bot.markers.hidden import Notice, has_notice, notice_marker
from bot.metrics import route_of
from bot.migration.context import TurnContext
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


async def report_refusal(context: TurnContext, refused: Refusal) -> None:
    """Comment on the issue that GitHub refused something, unless Drover's last comment there says so already."""
    log.warning("%s#%d: %s", context.info.full_name, context.migration.issue, refused)
    text = outages.refused_by_github(f"{type(refused).__name__}: {refused.request}: {refused.message}")
    await _report_once(context, Notice("refused", _key(refused)), text)


async def report_too_large(context: TurnContext, trouble: GitTooLarge) -> None:
    """Comment on the issue that the tree can't be read, unless Drover's last comment there says so already."""
    log.warning("%s#%d: %s", context.info.full_name, context.migration.issue, trouble)
    await _report_once(context, Notice("too-large"), outages.too_large())


async def _report_once(context: TurnContext, notice: Notice, text: str) -> None:
    try:
        ours = [
            one for one in await context.repo.comments.of(context.migration.issue) if context.is_ours(one)
        ]
        if not ours or not has_notice(ours[-1].body, notice):
            await context.repo.comments.create(context.migration.issue, f"{notice_marker(notice)}\n{text}")
    except Refusal as again:
        log.warning("%s#%d: nobody can be told: %s", context.info.full_name, context.migration.issue, again)


def _key(refused: Refusal) -> str:
    """The kind of request, not which one of them."""
    method, _, path = refused.request.partition(" ")
    return sha256(f"{method} {route_of(path)} {refused.status}".encode()).hexdigest()[:12]


def _text(error: str) -> str:
    """GitHub's own words are safe to show; of another error only its class is."""
    if error.startswith("bot.github."):
        return outages.refused_by_github(error)
    return outages.crash_text(error.partition(":")[0])
