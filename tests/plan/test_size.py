"""What GitHub can't show or merge of a pull request is said before anybody has to find out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.decide.phase_result import PhaseResult
from bot.plan.plan import Phase
from bot.plan.pull_size import PullSize, exceeded_limits
from bot.report.pull_request import phase_body

FITS = PullSize(300, 20_000, 1_000_000, 100)


def test_a_size_within_the_limits_is_not_mentioned() -> None:
    assert exceeded_limits(FITS) == ()
    assert "GitHub shows" not in phase_body(PhaseResult("T", Phase(1, "One"), "b" * 40, (), size=FITS))


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"files": 301}, "GitHub shows 300 files of a pull request, this has 301"),
        ({"lines": 20_001}, "GitHub shows 20,000 lines of a pull request, this has 20,001"),
        ({"bytes": 1_234_567}, "GitHub shows 1 MB of a pull request, this has 1.2"),
        ({"commits": 101}, "GitHub rebases and merges 100 commits at most, this has 101: merge or squash it"),
    ],
)
def test_a_size_over_the_limits_is_mentioned_in_the_pull_request(more: dict[str, int], said: str) -> None:
    size = replace(FITS, **more)
    assert exceeded_limits(size) == (said,)
    assert f"> ⚠️ {said}." in phase_body(PhaseResult("T", Phase(1, "One"), "b" * 40, (), size=size))
