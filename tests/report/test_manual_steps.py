"""What a reference that needs manual work would take."""

from __future__ import annotations

import pytest

from bot.report.audit.manual_steps import STEPS, manual_step


@pytest.mark.parametrize(
    ("kind", "reason", "step"),
    [
        (
            "call",
            "it passes * or ** arguments",
            "Pass the arguments by their names, or use n:New here yourself.",
        ),
        (
            "possible member",
            "it's a mock of what?",
            "Give it a type (a mock: a `spec`), or use n:New here yourself.",
        ),
        (
            "possible member",
            "a template may read m:Order.price",
            "Check whether it's meant; if it is, use n:New here yourself.",
        ),
        ("unreadable", "invalid syntax", "Fix the file, so that it can be read."),
        ("import", "something that nobody foresaw", "Use n:New here yourself."),
    ],
)
def test_the_step_follows_from_the_reason(kind: str, reason: str, step: str) -> None:
    assert manual_step(kind, reason, "n:New") == step


def test_without_a_replacement_it_says_so() -> None:
    assert manual_step("import", "", None) == "Change it yourself."


def test_every_step_is_a_sentence() -> None:
    steps = [manual_step("", "", None), *(one.step for one in STEPS)]
    assert [one for one in steps if not one.endswith(".")] == []
    assert [one for one in steps if not one[0].isupper()] == []
