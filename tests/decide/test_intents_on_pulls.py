"""What is said on a pull request is kept until a look has seen to it; what a bot says is not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.decide.requests import UserRequest
from bot.intake.delivery import asked_by_others, with_what_it_asks
from bot.intake.event import Event

OWN = "drover[bot]"
SAID = Event(
    "d-1",
    "issue_comment.created",
    7,
    1,
    "acme/shop",
    "maya",
    False,
    issue=9,
    on_pull=True,
    comment=5,
    text="/migrate start 1\n/migrate status",
)


def requests_of(event: Event) -> tuple[UserRequest, ...]:
    return asked_by_others(with_what_it_asks(event), OWN).requests


def test_a_comment_with_commands_is_kept_once() -> None:
    (one,) = requests_of(SAID)
    assert (one.id, one.where, one.by) == ("comment-5", 9, "maya")
    assert requests_of(replace(SAID, delivery="d-2")) == (one,)


@pytest.mark.parametrize(
    "event",
    [
        replace(SAID, on_pull=False),
        replace(SAID, kind="issue_comment.deleted"),
        replace(SAID, text="> /migrate start 1"),
        replace(SAID, text="```\n/migrate start 1\n```"),
        replace(SAID, sender="robot", sender_is_bot=True),
        replace(SAID, sender=OWN, sender_is_bot=True),
        replace(SAID, kind="issue_comment.edited", before="/migrate status"),
    ],
    ids=["on an issue", "deleted", "quoted", "code", "a bot", "ourselves", "edited later"],
)
def test_a_comment_without_commands_is_not_kept(event: Event) -> None:
    assert requests_of(event) == ()
