"""What Drover writes on a phase's pull request."""

from __future__ import annotations

from bot.report.phase_comments import reviews_not_requested


def test_who_is_refused_as_a_reviewer_is_named_with_what_they_need() -> None:
    assert reviews_not_requested(["ben"]) == (
        "GitHub refused to request a review from `ben`. Whoever reviews needs read access to this repository."
    )


def test_a_refused_team_is_told_apart_and_the_permission_is_named() -> None:
    told = reviews_not_requested(["ben", "acme/back"])
    assert "from `ben`, `acme/back`." in told
    assert "the organization permission *Members: read-only*" in told
    assert "or request the review yourself" in told
