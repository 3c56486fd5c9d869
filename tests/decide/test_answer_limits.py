"""Who can't write to a repository gets a few answers, and costs no more."""

from __future__ import annotations

from collections.abc import Sequence

from bot.decide.actions import Answer, AnswerComment
from bot.decide.answer_limits import (
    DAY,
    MOST_ANSWERS,
    MOST_ANSWERS_TO_ALL,
    MOST_REQUESTS,
    limit_reached,
    limit_requests,
)
from bot.decide.facts import PERMISSION_PATIENCE, Actor, GivenAnswer, PendingRequest
from bot.decide.next_actions import _join_answers
from bot.decide.requests import UserRequest, from_text

MAYA, REED = Actor("maya", "write"), Actor("reed", "read")
NOW = 1000 * DAY


def asked(by: Actor, comment: int, text: str = "/migrate start 1", at: float = 0.0) -> list[PendingRequest]:
    found = from_text(text, comment, 5, by.login, NOW + (at or comment))
    return [PendingRequest(one, by) for one in found]


def ids(found: Sequence[PendingRequest]) -> list[str]:
    return [one.request.id for one in found]


def test_a_reader_gets_a_few_answers_and_then_silence() -> None:
    found = limit_requests([one for n in range(1, 6) for one in asked(REED, n)], ())
    assert ids(found.taken_up) == [f"comment-{n}" for n in range(1, 1 + MOST_ANSWERS)]
    assert ids(found.silenced) == ["comment-4", "comment-5"]


def test_several_commands_of_one_comment_count_as_one() -> None:
    text = "/migrate help\n/migrate status\n/migrate start 1\n/migrate start 2"
    found = limit_requests([*asked(REED, 1, text), *asked(REED, 2), *asked(REED, 3)], ())
    assert len(found.taken_up) == 6
    assert found.silenced == ()


def test_answers_that_were_given_count_for_a_day() -> None:
    given = [GivenAnswer("reed", NOW)] * MOST_ANSWERS
    assert limit_requests(asked(REED, 1), given).taken_up == ()
    assert ids(limit_requests(asked(REED, 1, at=DAY), given).taken_up) == ["comment-1"]


def test_many_accounts_share_a_bound() -> None:
    people = [Actor(f"reader-{n}", "read") for n in range(2 * MOST_ANSWERS_TO_ALL)]
    found = limit_requests([one for n, by in enumerate(people, 1) for one in asked(by, n)], ())
    assert len(found.taken_up) == MOST_ANSWERS_TO_ALL
    assert limit_reached([GivenAnswer(by.login, NOW) for by in people], "another", NOW)


def test_readers_take_nothing_from_those_who_can_write() -> None:
    given = [GivenAnswer(f"reader-{n}", NOW) for n in range(50)]
    found = limit_requests([*asked(REED, 1), *asked(MAYA, 2)], given)
    assert ids(found.taken_up) == ["comment-2"]


def test_a_turn_takes_up_so_many_and_the_next_the_rest() -> None:
    pending = [one for n in range(1, 2 * MOST_REQUESTS) for one in asked(MAYA, n)]
    first = limit_requests(pending, ())
    assert len(first.taken_up) == MOST_REQUESTS
    assert first.silenced == ()
    assert first.taken_up == tuple(pending[:MOST_REQUESTS])


def test_whose_permission_is_not_known_now_holds_up_nobody() -> None:
    unknown = [
        one for n in range(1, 2 * MOST_REQUESTS) for one in asked(Actor("x", "unknown", False, "write"), n)
    ]
    found = limit_requests([*unknown, *asked(MAYA, 999)], ())
    assert "comment-999" in ids(found.taken_up)


def test_who_may_have_write_access_is_not_silenced_before_it_is_known() -> None:
    given = [GivenAnswer("maya", NOW)] * MOST_ANSWERS
    for role in ("unknown", "write"):
        waits = limit_requests(asked(Actor("maya", "unknown", False, role), 1), given)
        assert waits.silenced == ()
    assert ids(limit_requests(asked(MAYA, 1), given).taken_up) == ["comment-1"]
    still = Actor("maya", "unknown", unknown_for=PERMISSION_PATIENCE)
    assert ids(limit_requests(asked(still, 1), given).silenced) == ["comment-1"]


def answers(*where: tuple[int, int]) -> list[Answer]:
    return [
        Answer(
            UserRequest("help", id=f"comment-{n}-{i}", by="maya", at=1.0, source="comment", where=5, ref=n),
            "done",
            "help",
        )
        for n, i in where
    ]


def test_answers_to_one_comment_are_one_and_others_stay() -> None:
    a, b, c = answers((1, 0), (1, 1), (2, 0))
    assert _join_answers([a, b, c]) == (AnswerComment((a, b)), c)
    button = Answer(
        UserRequest("rerun", id="button-1", by="maya", at=1.0, source="button", where=5, ref=1),
        "done",
        "checks rerun",
    )
    assert _join_answers([button, button]) == (button, button)
