"""How long the rest takes is only said where the counts so far can tell."""

from __future__ import annotations

import pytest

from bot.decide.history import RemainingAt
from bot.decide.pace import pace

DAY = 86400.0


def counts(*points: tuple[float, int]) -> list[RemainingAt]:
    return [RemainingAt(day * DAY, left) for day, left in points]


def test_the_rest_is_expected_to_go_on_as_before() -> None:
    found = pace(counts((0, 100), (2, 90), (6, 60), (9, 40)), 40, 10 * DAY)
    assert found is not None
    assert (found.per_day, round(found.days_left, 2)) == (6.0, 6.67)


def test_the_pace_falls_while_nothing_happens() -> None:
    points = counts((0, 100), (2, 90), (6, 60), (9, 40))
    soon, late = pace(points, 40, 10 * DAY), pace(points, 40, 100 * DAY)
    assert soon is not None
    assert late is not None
    assert late.days_left == pytest.approx(10 * soon.days_left)


def test_what_was_before_the_highest_count_says_nothing() -> None:
    found = pace(counts((0, 5), (50, 100), (52, 90), (56, 60), (59, 40)), 40, 60 * DAY)
    assert found is not None
    assert found.since == 50 * DAY


@pytest.mark.parametrize(
    ("points", "left", "days"),
    [
        ((), 0, 10),
        (((0, 100),), 100, 10),
        (((0, 100), (3, 60), (9, 40)), 40, 10),
        (((0, 100), (0.1, 90), (0.2, 60), (0.3, 40)), 40, 0.9),
        (((0, 100), (2, 99), (6, 98), (9, 97)), 97, 10),
        (((0, 100), (2, 90), (6, 60), (9, 0)), 0, 10),
        (((0, 40), (2, 60), (6, 80), (9, 100)), 100, 10),
    ],
    ids=["nothing", "one count", "three counts", "within a day", "hardly anything", "finished", "it grows"],
)
def test_too_little_says_nothing(points: tuple[tuple[float, int], ...], left: int, days: float) -> None:
    assert pace(counts(*points), left, days * DAY) is None
