"""Steps that are done once, announced on the issue with a marker, so that they survive a lost database.

Each is announced before it is done, and again with its result: after a kill in between, it is known to have begun.
"""

from __future__ import annotations

from collections.abc import Iterable

from bot.github import Comment
from bot.markers.hidden import (
    Announcement,
    Notice,
    announcement_in,
    announcement_marker,
    has_notice,
    is_thread,
    notice_marker,
)
from bot.migration.context import TurnContext


def said_in(comments: Iterable[Comment]) -> tuple[Announcement, ...]:
    """Of our own comments: nobody else's markers are read."""
    threads = (comment.body for comment in comments if is_thread(comment.body))
    lines = (announcement_in(line) for text in threads for line in text.split("\n"))
    return tuple(one for one in lines if one is not None)


async def say(context: TurnContext, thread: str, said: Announcement, text: str) -> None:
    """Write a line in the comment of that thread, replacing the earlier line about the same step."""
    notice = Notice("thread", thread)
    line = f"{text} {announcement_marker(said)}"
    comments = await context.repo.comments.of(context.migration.issue)
    known = next((one for one in comments if context.is_ours(one) and has_notice(one.body, notice)), None)
    if known is None:
        await context.repo.comments.create(context.migration.issue, f"{notice_marker(notice)}\n{line}")
        return
    body = with_line(known.body, said, line)
    if body != known.body:
        await context.repo.comments.update(known.id, body)


async def say_once(context: TurnContext, number: int, notice: Notice, text: str) -> None:
    """A comment on an issue or a pull request that is there only once."""
    comments = await context.repo.comments.of(number)
    if not any(has_notice(one.body, notice) for one in comments if context.is_ours(one)):
        await context.repo.comments.create(number, f"{notice_marker(notice)}\n{text}")


def with_line(body: str, said: Announcement, line: str) -> str:
    lines = body.split("\n")
    for at, known in enumerate(map(announcement_in, lines)):
        if known is not None and (known.kind, known.about) == (said.kind, said.about):
            return "\n".join([*lines[:at], line, *lines[at + 1 :]])
    return f"{body}\n{line}"
