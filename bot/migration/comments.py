"""What was done once, said on the issue with a marker: the comment is the memory, so a lost database loses nothing.

It is said before it is done, and said again with how it ended: whoever is killed between the two finds it begun.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from bot.decide.facts import Announcement
from bot.github import Comment
from bot.migration.context import TurnContext

_LINE = re.compile(
    r"^.*<!-- drover:said (?P<kind>rerun|revert|merge|ready|force) (?P<about>\S+) "
    r"(?P<state>begun|done|refused) (?P<at>\d+) -->$",
    re.MULTILINE,
)


def said_in(comments: Iterable[Comment]) -> tuple[Announcement, ...]:
    """Of our own comments: nobody else's markers are read."""
    lines = (match for comment in comments for match in _LINE.finditer(comment.body))
    return tuple(Announcement(one["kind"], one["about"], one["state"], float(one["at"])) for one in lines)  # type: ignore[arg-type]


async def say(context: TurnContext, thread: str, said: Announcement, text: str) -> None:
    """A line in the one comment of that thread; what was said of the same before is replaced."""
    marker = f"<!-- drover:thread {thread} -->"
    line = f"{text} <!-- drover:said {said.kind} {said.about} {said.state} {int(said.at)} -->"
    comments = await context.repo.comments.of(context.migration.issue)
    known = next((one for one in comments if context.is_ours(one) and marker in one.body), None)
    if known is None:
        await context.repo.comments.create(context.migration.issue, f"{marker}\n{line}")
        return
    body = with_line(known.body, said, line)
    if body != known.body:
        await context.repo.comments.update(known.id, body)


async def say_once(context: TurnContext, thread: int, what: str, text: str) -> None:
    """A comment on a pull request that is there only once."""
    marker = f"<!-- drover:{what} -->"
    said = await context.repo.comments.of(thread)
    if not any(marker in one.body for one in said if context.is_ours(one)):
        await context.repo.comments.create(thread, f"{marker}\n{text}")


def with_line(body: str, said: Announcement, line: str) -> str:
    for match in _LINE.finditer(body):
        if (match["kind"], match["about"]) == (said.kind, said.about):
            return body[: match.start()] + line + body[match.end() :]
    return f"{body}\n{line}"
