"""The sample repository: a shop in the middle of a migration that was started twice and never finished."""

from sandbox.sample.history import (
    PEOPLE,
    Person,
    Proposal,
    SampleCommit,
    TrackingIssue,
    loose_ends,
    sample_commits,
    sample_files,
    tracking_issue,
    wishlist,
)

TEST_COMMAND = ("-m", "unittest", "discover", "-s", "tests", "-t", ".")
"""Arguments for a Python: the repository's own tests."""

__all__ = [
    "PEOPLE",
    "TEST_COMMAND",
    "Person",
    "Proposal",
    "SampleCommit",
    "TrackingIssue",
    "loose_ends",
    "sample_commits",
    "sample_files",
    "tracking_issue",
    "wishlist",
]
