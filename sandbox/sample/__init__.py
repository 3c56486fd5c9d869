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

__all__ = [
    "PEOPLE",
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
