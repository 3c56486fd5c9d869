"""The inverse of what was merged, on real git: whatever became of the files since."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.git.author import NAMELESS
from bot.git.mirror import Mirror, Mirrors
from bot.revert.merge_step import MergeStep
from bot.revert.revert_pull import Inverse, invert
from tests.git_server import Upstream, git

ODD = "shop/-a b/ü\n.py"
OLD = "from shop.old import Old\n\n\ndef one() -> None:\n    Old()\n"
NEW = OLD.replace("shop.old import Old", "shop.new import New as Old")
SETTLED = OLD.replace("shop.old import Old", "shop.new import New").replace("Old()", "New()")
NAMES = ("shop/a.py", "shop/b.py", ODD)


@pytest.fixture
def upstream(tmp_path: Path) -> Upstream:
    return Upstream(tmp_path)


@pytest.fixture
def mirror(tmp_path: Path, upstream: Upstream) -> Iterator[Mirror]:
    """As it is after everything else is lost: the default branch's head, and no history."""
    upstream.commit({"README.md": "# Shop\n"})
    with Mirrors(tmp_path / "data", 1 << 40).open(1, upstream.file_url) as mirror:
        yield mirror


def phase(upstream: Upstream, before: str, after: str, *names: str) -> MergeStep:
    start = upstream.commit(dict.fromkeys(names or NAMES, before))
    end = upstream.commit(dict.fromkeys(names or NAMES, after))
    return MergeStep(1, "phase 1, All", start, end)


def reverted(mirror: Mirror, *steps: MergeStep) -> Inverse:
    return invert(mirror, mirror.fetch_branch("main"), steps, "o/r/1", NAMELESS)


def texts(mirror: Mirror, made: Inverse) -> dict[str, str]:
    assert made.commits.shas
    entries = mirror.entries(made.commits.head)
    contents = mirror.read([entry.blob for entry in entries])
    return {entry.path: text.decode() for entry, (_, text) in zip(entries, contents, strict=True)}


def test_without_later_work_every_byte_is_as_before(upstream: Upstream, mirror: Mirror) -> None:
    step = phase(upstream, OLD, NEW)
    made = reverted(mirror, step)
    assert made.conflicts == ()
    assert mirror.tree_of(made.commits.head) == git(upstream.work, "rev-parse", f"{step.before}^{{tree}}")


def test_a_file_that_was_moved_since_is_reverted_at_its_new_path(upstream: Upstream, mirror: Mirror) -> None:
    step = phase(upstream, OLD, NEW)
    git(upstream.work, "mv", "shop/a.py", "shop/moved to.py")
    upstream.commit({"shop/moved to.py": NEW + "\n\nLATER = 1\n"})
    made = reverted(mirror, step)
    assert made.conflicts == ()
    found = texts(mirror, made)
    assert found["shop/moved to.py"] == OLD + "\n\nLATER = 1\n"
    assert "shop/a.py" not in found
    assert found[ODD] == OLD


def test_a_file_that_was_deleted_since_stays_deleted_and_is_named(upstream: Upstream, mirror: Mirror) -> None:
    step = phase(upstream, OLD, NEW)
    git(upstream.work, "rm", "-q", "shop/a.py")
    upstream.commit({})
    made = reverted(mirror, step)
    assert [(one.path, one.people) for one in made.conflicts] == [("shop/a.py", ("Ann",))]
    found = texts(mirror, made)
    assert "shop/a.py" not in found
    assert found["shop/b.py"] == OLD


def test_two_phases_that_changed_the_same_lines_are_reverted_together(
    upstream: Upstream, mirror: Mirror
) -> None:
    first = phase(upstream, OLD, NEW)
    second = MergeStep(2, "phase 2, Settle", first.after, upstream.commit(dict.fromkeys(NAMES, SETTLED)))
    made = reverted(mirror, second, first)
    assert made.conflicts == ()
    assert len(made.commits.shas) == 2
    assert mirror.tree_of(made.commits.head) == git(upstream.work, "rev-parse", f"{first.before}^{{tree}}")


def test_reverting_only_the_earlier_of_two_leaves_the_file_and_names_the_later(
    upstream: Upstream, mirror: Mirror
) -> None:
    first = phase(upstream, OLD, NEW)
    upstream.commit({"shop/a.py": SETTLED})
    for number in range(60):
        git(upstream.work, "commit", "-q", "--allow-empty", "-m", f"elsewhere {number}")
    upstream.commit({})
    made = reverted(mirror, first)
    assert [(one.path, one.people) for one in made.conflicts] == [("shop/a.py", ("Ann",))]
    found = texts(mirror, made)
    assert found["shop/a.py"] == SETTLED
    assert found["shop/b.py"] == OLD


def test_a_reverted_merge_has_no_inverse(upstream: Upstream, mirror: Mirror) -> None:
    step = phase(upstream, OLD, NEW)
    upstream.commit(dict.fromkeys(NAMES, OLD))
    inverse = reverted(mirror, step)
    assert (inverse.commits.shas, inverse.conflicts) == ((), ())


def test_a_revert_restores_a_retired_module(upstream: Upstream, mirror: Mirror) -> None:
    start = upstream.commit({"shop/old.py": OLD, "run.sh": "#!/bin/sh\n"})
    git(upstream.work, "rm", "-q", "shop/old.py")
    step = MergeStep(3, "phase 3, Retire", start, upstream.commit({}))
    upstream.commit({"shop/later.py": "later = 1\n"})
    found = texts(mirror, reverted(mirror, step))
    assert found["shop/old.py"] == OLD
    assert found["shop/later.py"] == "later = 1\n"
