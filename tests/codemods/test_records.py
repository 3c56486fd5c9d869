"""Records are what `dataclass(frozen=True)` would make of the same class, but for what they cost to load."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

import pytest

from codemods.model.records import record


def order() -> Any:
    class Order:
        number: int
        name: str = "none"
        options: Mapping[str, int] = field(default_factory=dict)
        note: str = field(default="", compare=False)
        counts: list[int] = field(default_factory=list, hash=False)

    return Order


RECORD, FROZEN = record(order()), dataclass(frozen=True)(order())


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ((1,), {}),
        ((1, "a"), {"note": "n"}),
        ((), {"number": 2, "options": {"x": 1}}),
        ((1, "a", {}, "n", [3]), {}),
    ],
)
def test_fields_get_what_is_given_or_their_defaults(
    arguments: tuple[Any, ...], named: dict[str, Any]
) -> None:
    made, expected = RECORD(*arguments, **named), FROZEN(*arguments, **named)

    assert [getattr(made, one.name) for one in fields(made)] == [
        getattr(expected, one.name) for one in fields(expected)
    ]
    assert repr(made) == repr(expected)


@pytest.mark.parametrize(
    ("arguments", "named"), [((), {}), ((1, "a", {}, "n", [], 6), {}), ((1,), {"other": 1})]
)
def test_what_does_not_fit_is_refused(arguments: tuple[Any, ...], named: dict[str, Any]) -> None:
    for cls in (RECORD, FROZEN):
        with pytest.raises(TypeError, match=r"\bOrder\.__init__\(\)"):
            cls(*arguments, **named)


def test_each_has_a_default_of_its_own() -> None:
    assert RECORD(1).options is not RECORD(1).options


def test_records_are_compared_by_their_fields() -> None:
    one = RECORD(1, options=(), counts=[1])

    assert one == RECORD(1, options=(), counts=[1], note="another")
    assert hash(one) == hash(RECORD(1, options=(), counts=[2]))
    assert one != RECORD(2, options=(), counts=[1])
    assert one != FROZEN(1, options=(), counts=[1])
    assert replace(one, number=2) == RECORD(2, options=(), counts=[1])
