"""What GitHub can show and merge of one pull request."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

MOST_FILES, MOST_LINES, MOST_BYTES = 300, 20_000, 1_000_000
MOST_COMMITS = 100
"""*Rebase and merge* takes no more."""


@dataclass(frozen=True)
class PullSize:
    files: int
    lines: int
    """Added and removed lines."""
    bytes: int = 0
    """Of the difference as text; 0 if it is not known yet."""
    commits: int = 0


def exceeded_limits(size: PullSize) -> tuple[str, ...]:
    """Which of GitHub's limits it exceeds, in words."""
    return tuple(_exceeded_limits(size))


def _exceeded_limits(size: PullSize) -> Iterator[str]:
    if size.files > MOST_FILES:
        yield f"GitHub shows {MOST_FILES} files of a pull request, this has {size.files:,}"
    if size.lines > MOST_LINES:
        yield f"GitHub shows {MOST_LINES:,} lines of a pull request, this has {size.lines:,}"
    if size.bytes > MOST_BYTES:
        yield f"GitHub shows 1 MB of a pull request, this has {size.bytes / 1e6:.1f}"
    if size.commits > MOST_COMMITS:
        yield f"GitHub rebases and merges {MOST_COMMITS} commits at most, this has {size.commits:,}: merge or squash it"
