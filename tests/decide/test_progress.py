"""Progress of long work is reported soon, not too often, and with the time that is left."""

from __future__ import annotations

from itertools import pairwise

import pytest

from bot.decide.progress import FIRST_UPDATE, UPDATE_INTERVAL, WorkProgress, is_update_due, seconds_left
from bot.decide.requests import UserRequest
from bot.report.progress import running

ASKED = UserRequest("audit", id="comment-1", by="maya", at=100.0, source="comment", where=5)


def test_short_work_reports_no_progress() -> None:
    assert not is_update_due(WorkProgress(100.0), None, 100.0 + FIRST_UPDATE - 0.1)
    assert is_update_due(WorkProgress(100.0), None, 100.0 + FIRST_UPDATE)


def test_progress_is_reported_at_most_every_ten_seconds() -> None:
    told = [100.0]
    for tenth in range(10_000):
        now = 100.0 + tenth / 10
        if is_update_due(WorkProgress(90.0, tenth, 10_000), told[-1], now):
            told.append(now)
    assert min(b - a for a, b in pairwise(told)) >= UPDATE_INTERVAL == 10.0
    assert len(told) == 100


@pytest.mark.parametrize(
    ("done", "whole", "left"),
    [(0, 0, None), (0, 100, None), (4, 100, None), (50, 100, 20.0), (100, 100, 0.0), (1, 3, 40.0)],
)
def test_the_time_left_is_estimated_from_what_is_done(done: int, whole: int, left: float | None) -> None:
    assert seconds_left(WorkProgress(100.0, done, whole), 120.0) == left


@pytest.mark.parametrize(
    ("going", "said"),
    [
        (WorkProgress(100.0), "Searching for the files that matter"),
        (WorkProgress(100.0, 1, 9_000), "Read 1 of 9,000 files.\n\n"),
        (WorkProgress(100.0, 4_500, 9_000), "Read 4,500 of 9,000 files. About 20 seconds left."),
        (WorkProgress(100.0, 900, 9_000), "About 3 minutes left."),
        (WorkProgress(100.0, 9_000, 9_000), "Read 9,000 files; analyzing what surrounds them"),
    ],
)
def test_the_report_says_how_far_the_work_is(going: WorkProgress, said: str) -> None:
    assert said in running(ASKED, going, 120.0)
