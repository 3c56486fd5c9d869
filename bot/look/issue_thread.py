"""What was written and done on the tracking issue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.decide.facts import Closing, LabelChange
from bot.github import Comment, Issue, IssueEvent
from bot.look.closings import contested_closing
from bot.look.requests import label_changes_in
from bot.markers.hidden import Announcement, Notice, has_notice, state_in
from bot.migration.comments import said_in
from bot.migration.context import TurnContext


@dataclass(frozen=True)
class IssueThread:
    issue: Issue
    comments: Sequence[Comment]
    own_comments: Sequence[Comment]
    status_comment: Comment | None
    announcements: tuple[Announcement, ...]
    label_changes: Mapping[str, LabelChange]
    closing: Closing | None
    """By somebody who can't write, if it was open when the status comment was written last."""
    closed_by_us_at: float | None
    """When the final report closed it, where that is the last thing that happened to it."""

    def has_notice(self, notice: Notice) -> bool:
        return any(has_notice(comment.body, notice) for comment in self.own_comments)


async def read_thread(context: TurnContext, issue: Issue) -> IssueThread:
    comments = await context.repo.comments.of(issue.number)
    events = await context.repo.issues.events(issue.number)
    own = [comment for comment in comments if context.is_ours(comment)]
    status = next((one for one in own if context.is_status(one)), None)
    was_open = status is not None and state_in(status.body).get("open") is True
    closed = issue.state == "closed" and was_open
    return IssueThread(
        issue,
        comments,
        own,
        status,
        said_in(own),
        await label_changes_in(context, events),
        await contested_closing(context, issue.number, events) if closed else None,
        _closed_by_us_at(context, events),
    )


def _closed_by_us_at(context: TurnContext, events: Sequence[IssueEvent]) -> float | None:
    ends = [event for event in events if event.event in ("closed", "reopened")]
    if not ends or ends[-1].event != "closed" or ends[-1].actor.login != context.login:
        return None
    return ends[-1].created_at.timestamp()
