"""Whether what was merged stands on the default branch: its tree says so, whatever happened to pull requests."""

from __future__ import annotations

from bot.decide.facts import ChangesInTree
from bot.git.mirror import Mirror
from bot.look.changes_in_tree import compare_with_tree
from tests.git.test_inverse import NAMES, NEW, OLD, SETTLED, mirror, phase, upstream
from tests.git_server import Upstream

__all__ = ["mirror", "upstream"]
LATER = "\n\nLATER = 1\n"


def stands(mirror: Mirror, upstream: Upstream, **since: str) -> ChangesInTree:
    step = phase(upstream, OLD, NEW)
    reverted = upstream.commit(dict.fromkeys(NAMES, OLD)) if since else None
    for text in since.values():
        upstream.commit(dict.fromkeys(NAMES, text))
    return compare_with_tree(mirror, step, mirror.fetch_branch("main"), reverted)


def test_merged_changes_are_present(mirror: Mirror, upstream: Upstream) -> None:
    assert stands(mirror, upstream) == ChangesInTree(3, 0)


def test_merged_changes_are_present_below_later_work_too(mirror: Mirror, upstream: Upstream) -> None:
    step = phase(upstream, OLD, NEW)
    head = upstream.commit(dict.fromkeys(NAMES, NEW + LATER))
    mirror.fetch_branch("main")
    assert compare_with_tree(mirror, step, head) == ChangesInTree(3, 0)


def test_a_revert_by_anybody_is_seen_below_later_work_too(mirror: Mirror, upstream: Upstream) -> None:
    found = stands(mirror, upstream, later=OLD + LATER)
    assert (found.present, found.reverted, found.restored_by) == (0, 3, None)


def test_restored_changes_are_dated_by_the_commit_that_restored_them(
    mirror: Mirror, upstream: Upstream
) -> None:
    step = phase(upstream, OLD, NEW)
    reverted = upstream.commit(dict.fromkeys(NAMES, OLD))
    upstream.commit({"README.md": "elsewhere\n"})
    back = upstream.commit(dict.fromkeys(NAMES, NEW))
    upstream.commit({NAMES[0]: NEW + LATER})
    found = compare_with_tree(mirror, step, mirror.fetch_branch("main"), reverted)
    assert (found.present, found.reverted, found.restored_by) == (3, 0, back)
    assert found.restored_at > 0


def test_where_both_ways_would_lose_later_work_the_tree_says_nothing(
    mirror: Mirror, upstream: Upstream
) -> None:
    step = phase(upstream, OLD, NEW)
    head = upstream.commit(dict.fromkeys(NAMES, SETTLED))
    mirror.fetch_branch("main")
    assert compare_with_tree(mirror, step, head) == ChangesInTree(0, 0)
