"""What a look reads off a pull request."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.github.pulls import pull
from bot.look.phases import pull_facts

CLOSED = datetime(2026, 3, 1, 12, tzinfo=UTC)


def listed(**changes: Any) -> dict[str, Any]:
    side = {"ref": "drover/1/phase-1", "sha": "a" * 40, "repo": {"id": 1}}
    dates = {"created_at": "2026-03-01T11:00:00Z", "updated_at": "2026-03-05T09:00:00Z"}
    return {
        "number": 7,
        "id": 7,
        "title": "t",
        "state": "open",
        "head": side,
        "base": side,
        **dates,
        **changes,
    }


@pytest.mark.parametrize("merged_at", [None, "2026-03-01T12:00:00Z"])
def test_a_later_comment_does_not_change_when_a_pull_request_ended(merged_at: str | None) -> None:
    closed = listed(state="closed", closed_at="2026-03-01T12:00:00Z", merged_at=merged_at)
    assert pull_facts(pull(closed)).ended_at == CLOSED.timestamp()


def test_an_open_pull_request_has_not_ended() -> None:
    assert pull_facts(pull(listed(closed_at=None, merged_at=None))).ended_at is None
