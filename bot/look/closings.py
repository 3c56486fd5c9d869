"""Who closed issues and pull requests, and when: somebody's closing who can't write to the repository doesn't count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.decide.facts import Closing, LabelChange, Pull
from bot.github import IssueEvent
from bot.migration.context import TurnContext


async def contested_closing(
    context: TurnContext, number: int, events: Sequence[IssueEvent]
) -> Closing | None:
    """None if somebody with write access closed it, or an App, of which GitHub doesn't say whether it has it."""
    ends = [event for event in events if event.event in ("closed", "reopened")]
    if not ends or ends[-1].event != "closed":
        return None
    by = await context.person(ends[-1].actor.login)
    if by.could_write or ends[-1].actor.is_bot:
        return None
    return Closing(number, by, ends[-1].created_at.timestamp(), ends[-1].id)


async def with_end_event(context: TurnContext, pull: Pull, label_change: LabelChange | None) -> Pull:
    """Asked for where it ended in the second in which the label was added."""
    if label_change is None or not label_change.added or pull.ended_at != label_change.at:
        return pull
    events = await context.repo.issues.events(pull.number)
    ends = [event.id for event in events if event.event in ("closed", "merged")]
    return replace(pull, end_event=max(ends, default=0))
