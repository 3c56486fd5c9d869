"""Issues and pull requests that somebody closed who can't write to the repository: it doesn't count."""

from __future__ import annotations

from collections.abc import Sequence

from bot.decide.facts import Closing
from bot.github import IssueEvent
from bot.migration.context import TurnContext


async def contested_closing(
    context: TurnContext, number: int, events: Sequence[IssueEvent]
) -> Closing | None:
    """None if somebody with write access closed it, or GitHub doesn't say whether they have it."""
    ends = [event for event in events if event.event in ("closed", "reopened")]
    if not ends or ends[-1].event != "closed":
        return None
    by = await context.person(ends[-1].actor.login)
    if by.could_write or by.is_unknown:
        return None
    return Closing(number, by, ends[-1].created_at.timestamp(), ends[-1].id)
