"""Patterns that would stop the process on a path made for them are refused."""

from __future__ import annotations

import time

import pytest

from bot.decide.requests import commands
from bot.plan.codeowners import MOST_RULES, read_owners
from bot.plan.phase_files import matcher
from bot.plan.phase_patterns import is_slow
from bot.plan.plan import PlanErrors
from bot.plan.read import read_plan

PLAN = """\
title: T
replace:
  - {{old: "a:A", new: "b:B"}}
phases:
  - name: One
    paths: ["{}"]
"""
USUAL = ["**", "tests/**", "*_test.py", "test_*_*.py", "**/tests/**/*.py", "/src/**/api/**", "a/*/b/*/c/*.py"]
SLOW = ["*a" * 6 + "b", "*a*a*b", "x/*a*a*a/y", "**/a/**/a/**/b", "a***b***c***d"]
PATHS = ["a" * 255, "a/" * 300 + "a", "/".join(["a" * 60] * 10), "tests/" * 100 + "x.py"]


@pytest.mark.parametrize("pattern", USUAL)
def test_a_usual_pattern_is_taken_and_matched_at_once(pattern: str) -> None:
    assert not isinstance(read_plan(PLAN.format(pattern), "plan.yml", slug="t"), PlanErrors)
    began = time.process_time()
    for path in PATHS:
        matcher((pattern,))(path)
    assert time.process_time() - began < 1


@pytest.mark.parametrize("pattern", SLOW)
def test_a_pattern_that_takes_too_long_is_refused_wherever_it_stands(pattern: str) -> None:
    assert is_slow(pattern)
    refused = read_plan(PLAN.format(pattern), "plan.yml", slug="t")
    assert isinstance(refused, PlanErrors)
    assert "takes too long to match: at most 2 `*` in a name, and 2 `**`" in str(refused.errors[0])
    (command,) = commands(f"/migrate skip {pattern}")
    assert command.verb == "unknown"
    assert read_owners(f"{pattern} @acme/web\nshop/ @acme/shop\n").rules[0].owners == ("@acme/shop",)


def test_owners_are_read_only_up_to_a_number_of_rules() -> None:
    rules = [f"*x{number}y @acme/web" for number in range(MOST_RULES)]
    assert len(read_owners("\n".join(["# comment", "", *rules[:100]])).rules) == 100
    assert read_owners("\n".join([*rules, "*z @acme/shop"])).rules == ()
