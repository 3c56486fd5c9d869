"""What people are told who start with Drover: how to write a plan, and which label makes an issue a tracking issue."""

from __future__ import annotations

import logging

from bot.decide.status import ADOPT, AUDIT, PAUSED
from bot.github import App, Comment, GitHubError, Issue, MustWait, OutcomeUnknown, Repo, Unavailable
from bot.intake.first_steps import FirstSteps
from bot.markers.hidden import Notice, has_notice, is_status, notice_marker
from bot.report import first_steps as texts
from bot.report.labels import look_of
from bot.turn.app_identity import AppIdentity

WELCOME, ORDINARY_ISSUE = Notice("welcome"), Notice("ordinary-issue")
MAY_LABEL = ("admin", "maintain", "write", "triage")
log = logging.getLogger("drover.work")


class Introduction:
    def __init__(self, github: App, app: AppIdentity) -> None:
        self._github, self._app = github, app

    async def give(self, to: FirstSteps) -> float | None:
        """Once, however often it is asked for. When to try again, where GitHub wants a wait."""
        installation = self._github.installation(to.installation)
        repo = installation.repo_named(to.repo)
        login = (await self._app.details()).bot_login
        try:
            if to.issue is not None:
                await _explain_label(repo, login, to.issue, to.asked_by)
            else:
                installation.forget_token()
                await _welcome(repo, login)
        except MustWait as wait:
            return wait.until + 1
        except (Unavailable, OutcomeUnknown):
            raise  # asked for again soon
        except GitHubError as error:
            log.warning("%s: nobody is told how to start: %s", to.repo, error)
        return None


async def _welcome(repo: Repo, login: str) -> None:
    """The labels; and an issue that says how to start, or a comment where a tracking issue is open."""
    details = await repo.details()
    if details.archived or not details.has_issues:
        return
    await _ensure_labels(repo)
    if any(has_notice(one.body, WELCOME) for one in await repo.issues.opened_by(login)):
        return
    tracking = await repo.issues.find(label=ADOPT)
    if tracking:
        await _welcome_on(repo, login, min(tracking, key=lambda one: one.number))
    else:
        opened = await repo.issues.create(
            texts.WELCOME_TITLE, f"{notice_marker(WELCOME)}\n{texts.welcome_issue()}"
        )
        log.info("%s#%d: opened, to say how to start", repo.full_name, opened.number)


async def _welcome_on(repo: Repo, login: str, issue: Issue) -> None:
    """Unless Drover has said there more than how the migration stands."""
    ours = _of(login, await repo.comments.of(issue.number))
    if all(is_status(one.body) for one in ours):
        text = f"{notice_marker(WELCOME)}\n{texts.welcome_comment()}"
        await repo.comments.create(issue.number, text)


async def _explain_label(repo: Repo, login: str, number: int, asked_by: str) -> None:
    """Once on an issue, and only to whom it helps: strangers can't have Drover fill a public repository's issues."""
    issue = await repo.issues.get(number)
    if ADOPT in issue.labels or issue.is_pull_request or issue.locked:
        return
    details = await repo.details()
    if not details.private and (await repo.permission(asked_by)).role not in MAY_LABEL:
        return
    ours = _of(login, await repo.comments.of(number))
    if not any(has_notice(one.body, ORDINARY_ISSUE) for one in ours):
        await _ensure_labels(repo)
        text = f"{notice_marker(ORDINARY_ISSUE)}\n{texts.ordinary_issue(asked_by)}"
        await repo.comments.create(number, text)


def _of(login: str, comments: list[Comment]) -> list[Comment]:
    return [one for one in comments if one.author.login == login]


async def _ensure_labels(repo: Repo) -> None:
    existing = {label.name for label in await repo.labels.all()}
    for name in (ADOPT, AUDIT, PAUSED):
        if name not in existing:
            await repo.labels.create(name, *look_of(name))
