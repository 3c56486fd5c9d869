"""Patterns are compiled when they are first used, and behave as compiled ones."""

from __future__ import annotations

import importlib
import pkgutil
import re

import pytest

import codemods
from codemods.model.patterns import LazyPattern, lazy_pattern

WORDS = lazy_pattern(rb"(?P<first>\w)\w*", re.M)


def test_it_finds_what_a_compiled_one_finds() -> None:
    compiled = re.compile(rb"(?P<first>\w)\w*", re.M)

    for _ in range(2):
        assert WORDS.findall(b"an old word") == compiled.findall(b"an old word")
        assert WORDS.sub(rb"\g<first>", b"an old word") == b"a o w"
        assert (WORDS.pattern, WORDS.flags, WORDS.groupindex) == (
            compiled.pattern,
            compiled.flags,
            {"first": 1},
        )


def test_what_patterns_have_not_is_not_there() -> None:
    assert not hasattr(WORDS, "serach")


def test_a_wrong_one_says_so_when_it_is_used() -> None:
    wrong = lazy_pattern("(")

    with pytest.raises(re.error, match="unterminated"):
        wrong.search("")


def test_all_that_the_codemods_have_can_be_compiled() -> None:
    modules = [
        importlib.import_module(one.name) for one in pkgutil.walk_packages(codemods.__path__, "codemods.")
    ]
    patterns = [one for module in modules for one in vars(module).values() if isinstance(one, LazyPattern)]

    assert patterns
    assert all(callable(one.search) for one in patterns)
