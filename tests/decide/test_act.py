"""Every action is performed by a function for it, and every answer has a sentence."""

from __future__ import annotations

from typing import get_args, get_type_hints

from bot.act.perform import PERFORMED_BY
from bot.decide.actions import Action, Reason
from bot.report.answers import SENTENCES


def test_each_action_is_performed_by_a_function_that_takes_it() -> None:
    taken = {action: get_type_hints(perform)["action"] for action, perform in PERFORMED_BY.items()}
    assert taken == {action: action for action in get_args(Action)}


def test_each_reason_of_an_answer_has_a_sentence() -> None:
    assert set(SENTENCES) == set(get_args(Reason))
