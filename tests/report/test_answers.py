"""Answers: addressed to whoever asked, in one line, with the next step."""

from __future__ import annotations

import pytest

from bot.decide.actions import Answer
from bot.decide.requests import UserRequest, commands, request_of
from bot.report.answers import addressee, answer


def asked(text: str) -> UserRequest:
    (command,) = commands(text)
    return request_of("comment-1", command, "maya", 1.0, "comment", 5, 1)


def test_a_mistake_is_answered_in_one_line_with_what_was_meant() -> None:
    request = asked("/migrate stauts")
    assert (
        answer(Answer(request, "refused", "not understood", request.problem))
        == "@maya I don't know `stauts`. Did you mean `/migrate status`? See `/migrate help`."
    )


@pytest.mark.parametrize("text", ["/migrate revert", "/migrate revert everything", "/migrate zzz"])
def test_no_destructive_command_is_suggested(text: str) -> None:
    request = asked(text)
    said = answer(Answer(request, "refused", "not understood", request.problem))
    assert "revert all" not in said
    assert "\n" not in said


def test_several_answers_are_one_that_says_nothing_twice() -> None:
    asked = [
        UserRequest("start", n // 2, id=f"comment-1-{n}", by="reed", at=1.0, source="comment", where=5)
        for n in (2, 3, 4)
    ]
    text = answer(*(Answer(one, "refused", "may not") for one in asked))
    assert text == (
        "@reed **Can't start phase 1.** You need write access to this repository."
        "\n\n**Can't start phase 2.** You need write access to this repository."
    )


@pytest.mark.parametrize(
    ("text", "login"),
    [
        ("<!-- drover:answer comment-1 -->\n@maya Done.", "maya"),
        ("<!-- drover:answer comment-1 -->\n@a-b[bot] Done.", "a-b[bot]"),
        ("@maya Done.", ""),
        ("<!-- drover:answer comment-1 -->\nDone, @maya .", ""),
    ],
)
def test_an_answer_says_to_whom_it_is(text: str, login: str) -> None:
    assert addressee(text) == login


def test_help_is_a_line_and_the_rest_is_folded() -> None:
    said = answer(Answer(asked("/migrate help"), "done", "help"))
    line, _, rest = said.partition("\n\n")
    assert line == "@maya Comment `/migrate start N` to start phase N and `/migrate revert N` to revert it."
    assert rest.startswith("<details><summary>All commands and labels</summary>")
    assert "| `/migrate regenerate N` |" in rest


def test_what_was_done_comes_with_the_next_step() -> None:
    done = Answer(asked("/migrate revert 2"), "done", "reverting", number=12)
    assert answer(done) == "@maya Opened #12 to revert phase 2. Review and merge it."
    batch = Answer(asked("/migrate revert 2 batch 3"), "done", "reverting", number=13)
    assert answer(batch) == "@maya Opened #13 to revert batch 3 of phase 2. Review and merge it."


def test_what_is_refused_says_what_why_and_what_to_do() -> None:
    gate = Answer(asked("/migrate start 2"), "refused", "gate", "phase 1 (One) isn't merged yet")
    assert answer(gate) == (
        "@maya **Can't start phase 2.** Phase 1 (One) isn't merged yet. Start it after that; "
        "a maintainer can start it now with `/migrate start 2 --force`."
    )


def test_where_nothing_can_be_done_the_answer_says_why() -> None:
    nothing = Answer(asked("/migrate start 1"), "done", "nothing to do")
    assert answer(nothing).endswith("There's nothing left to migrate in this phase.")
    box = UserRequest("start", 1, id="box-1", by="", at=1.0, source="box", where=5)
    ticked = answer(Answer(box, "refused", "unknown user"))
    assert ticked.endswith("I couldn't tell who ticked this box, so I cleared it. Please tick it again.")


def test_what_failed_says_why_and_what_to_do() -> None:
    failed = Answer(asked("/migrate start 2"), "failed", "trouble", "GitHub refused the push: no.")
    assert answer(failed) == (
        "@maya **Couldn't start phase 2.** GitHub refused the push: no. Then comment `/migrate retry 2`."
    )
