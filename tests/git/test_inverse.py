"""The inverse of what was merged, on real git: whatever became of the files since."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.git.author import NAMELESS
from bot.git.mirror import Mirror, Mirrors
from bot.revert.inverse import MergedPart, MergeStep
from bot.revert.verified_revert import RevertRequest, VerifiedRevert, verified_revert
from codemods.model.rules import Replacement, Rules, Symbol
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


def reverted(
    mirror: Mirror, *steps: MergeStep, later: tuple[MergeStep, ...] = (), rules: Rules | None = None
) -> VerifiedRevert:
    wanted, others = ([MergedPart(one.phase, one.title, (one,)) for one in some] for some in (steps, later))
    request = RevertRequest(mirror.fetch_branch("main"), "o/r/1", NAMELESS, rules)
    return verified_revert(mirror, request, wanted, others)


def texts(mirror: Mirror, made: VerifiedRevert) -> dict[str, str]:
    assert made.inverse.shas
    entries = mirror.entries(made.inverse.head)
    contents = mirror.read([entry.blob for entry in entries])
    return {entry.path: text.decode() for entry, (_, text) in zip(entries, contents, strict=True)}


def test_without_later_work_every_byte_is_as_before(upstream: Upstream, mirror: Mirror) -> None:
    step = phase(upstream, OLD, NEW)
    made = reverted(mirror, step)
    assert made.conflicts == ()
    assert mirror.tree_of(made.inverse.head) == git(upstream.work, "rev-parse", f"{step.before}^{{tree}}")


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
    assert len(made.inverse.shas) == 2
    assert mirror.tree_of(made.inverse.head) == git(upstream.work, "rev-parse", f"{first.before}^{{tree}}")


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
    made = reverted(mirror, step)
    assert (made.inverse.shas, made.conflicts) == ((), ())


def test_a_revert_restores_a_retired_module(upstream: Upstream, mirror: Mirror) -> None:
    start = upstream.commit({"shop/old.py": OLD, "run.sh": "#!/bin/sh\n"})
    git(upstream.work, "rm", "-q", "shop/old.py")
    step = MergeStep(3, "phase 3, Retire", start, upstream.commit({}))
    upstream.commit({"shop/later.py": "later = 1\n"})
    found = texts(mirror, reverted(mirror, step))
    assert found["shop/old.py"] == OLD
    assert found["shop/later.py"] == "later = 1\n"


RULES = Rules(
    replace=(Replacement(Symbol("shop.old", "Old"), Symbol("shop.new", "New"), "rename"),),
)
MODULES = {
    "shop/__init__.py": "",
    "shop/old.py": "class Old:\n    pass\n",
    "shop/new.py": "class New:\n    pass\n",
}
REDIRECT = "from shop.new import New as Old\n"
RENAMED = "from shop.new import New\n\n\ndef one() -> None:\n    New()\n"


def merged(upstream: Upstream, number: int, name: str, files: dict[str, str | None]) -> MergeStep:
    """A phase that was merged as one commit."""
    before = git(upstream.work, "rev-parse", "HEAD")
    gone = [path for path, text in files.items() if text is None]
    if gone:
        git(upstream.work, "rm", "-q", *gone)
    after = upstream.commit({path: text for path, text in files.items() if text is not None})
    return MergeStep(number, f"phase {number}, {name}", before, after, at=float(number))


def two_phases(upstream: Upstream, retired: str | None = REDIRECT) -> tuple[MergeStep, MergeStep]:
    upstream.commit({**MODULES, "shop/a.py": OLD, "shop/b.py": OLD})
    first = merged(upstream, 2, "Application", {"shop/a.py": RENAMED, "shop/b.py": RENAMED})
    return first, merged(upstream, 5, "Retire", {"shop/old.py": retired})


@pytest.mark.parametrize("retired", [REDIRECT, None], ids=["a redirect", "no module"])
def test_what_retired_the_module_that_comes_back_into_use_is_reverted_first(
    upstream: Upstream, mirror: Mirror, retired: str | None
) -> None:
    first, last = two_phases(upstream, retired)
    made = reverted(mirror, first, later=(last,), rules=RULES)
    assert [(one.phase, one.modules, one.users) for one in made.dependents] == [
        (5, ("shop.old",), ("shop/a.py", "shop/b.py"))
    ]
    assert made.titles == ("phase 5, Retire", "phase 2, Application")
    assert made.conflicts == ()
    assert mirror.tree_of(made.inverse.head) == git(upstream.work, "rev-parse", f"{first.before}^{{tree}}")
    assert made.verification.as_before == 3


def test_the_last_phase_alone_is_reverted_alone(upstream: Upstream, mirror: Mirror) -> None:
    first, last = two_phases(upstream)
    made = reverted(mirror, last, later=(first,), rules=RULES)
    assert made.dependents == ()
    assert texts(mirror, made)["shop/a.py"] == RENAMED


def test_a_later_phase_elsewhere_does_not_depend_on_it(upstream: Upstream, mirror: Mirror) -> None:
    upstream.commit({**MODULES, "shop/a.py": OLD, "tests/test_a.py": OLD, "docs/a.md": "shop.old.Old"})
    first = merged(upstream, 1, "Application", {"shop/a.py": RENAMED})
    tests = merged(upstream, 2, "Tests", {"tests/test_a.py": RENAMED, "docs/a.md": "shop.new.New"})
    made = reverted(mirror, first, later=(tests,), rules=RULES)
    assert made.dependents == ()
    assert texts(mirror, made)["tests/test_a.py"] == RENAMED


def test_what_builds_on_a_later_phase_is_found_as_well(upstream: Upstream, mirror: Mirror) -> None:
    """Phase 2 changes the same lines as phase 1, and phase 3 those of phase 2 alone."""
    upstream.commit({**MODULES, "shop/a.py": OLD, "shop/b.py": OLD})
    first = merged(upstream, 1, "Application", {"shop/a.py": NEW})
    second = merged(upstream, 2, "Settle", {"shop/a.py": RENAMED, "shop/b.py": NEW})
    third = merged(upstream, 3, "More", {"shop/b.py": RENAMED})
    made = reverted(mirror, first, later=(second, third), rules=RULES)
    assert [one.phase for one in made.dependents] == [3, 2]
    assert made.titles == ("phase 3, More", "phase 2, Settle", "phase 1, Application")
    assert mirror.tree_of(made.inverse.head) == git(upstream.work, "rev-parse", f"{first.before}^{{tree}}")


def test_a_phase_in_between_that_only_a_reverted_one_builds_on_stays(
    upstream: Upstream, mirror: Mirror
) -> None:
    upstream.commit({**MODULES, "shop/a.py": OLD, "tests/test_a.py": OLD})
    first = merged(upstream, 1, "Application", {"shop/a.py": NEW})
    tests = merged(upstream, 2, "Tests", {"tests/test_a.py": NEW})
    last = merged(upstream, 3, "Settle", {"shop/a.py": RENAMED, "tests/test_a.py": RENAMED})
    made = reverted(mirror, first, later=(tests, last), rules=RULES)
    assert [one.phase for one in made.dependents] == [3]
    found = texts(mirror, made)
    assert (found["shop/a.py"], found["tests/test_a.py"]) == (OLD, NEW)


def test_a_name_in_a_string_depends_on_its_module_too(upstream: Upstream, mirror: Mirror) -> None:
    upstream.commit({**MODULES, "tests/test_a.py": "patch('shop.old.Old')\n"})
    first = merged(upstream, 1, "Tests", {"tests/test_a.py": "patch('shop.new.New')\n"})
    last = merged(upstream, 2, "Retire", {"shop/old.py": None})
    assert [one.phase for one in reverted(mirror, first, later=(last,), rules=RULES).dependents] == [2]


def test_a_module_that_a_person_removed_since_leaves_its_users_as_they_are(
    upstream: Upstream, mirror: Mirror
) -> None:
    upstream.commit({**MODULES, "shop/a.py": OLD, "docs/a.md": "shop.old.Old"})
    step = merged(upstream, 1, "Application", {"shop/a.py": RENAMED, "docs/a.md": "shop.new.New"})
    git(upstream.work, "rm", "-q", "shop/old.py")
    upstream.commit({})
    made = reverted(mirror, step, rules=RULES)
    assert [(one.path, one.reason) for one in made.conflicts] == [
        ("shop/a.py", "line 1: shop.old no longer defines Old")
    ]
    found = texts(mirror, made)
    assert found["shop/a.py"] == RENAMED
    assert found["docs/a.md"] == "shop.old.Old"


def test_later_work_that_uses_the_new_name_keeps_its_file_as_it_is(
    upstream: Upstream, mirror: Mirror
) -> None:
    """Three-way, the text merges: the name that the new line reads would be bound to nothing."""
    rest = "\n\nx = 1\ny = 2\n"
    names = ("shop/a.py", "shop/b.py")
    upstream.commit({**MODULES, **dict.fromkeys(names, OLD + rest)})
    step = merged(upstream, 1, "Application", dict.fromkeys(names, RENAMED + rest))
    upstream.commit({"shop/a.py": RENAMED + rest + "\n\ndef two() -> New:\n    return New()\n"})
    upstream.commit({"shop/b.py": RENAMED + rest + "\n\nz = 1\n"})
    made = reverted(mirror, step, rules=RULES)
    assert [one.path for one in made.conflicts] == ["shop/a.py"]
    assert "New would refer to something else" in made.conflicts[0].reason
    found = texts(mirror, made)
    assert found["shop/b.py"] == OLD + rest + "\n\nz = 1\n"
    assert "New" in found["shop/a.py"].splitlines()[0]


def test_a_name_that_others_import_from_a_reverted_file_by_now_stays_there(
    upstream: Upstream, mirror: Mirror
) -> None:
    upstream.commit({**MODULES, "shop/__init__.py": "from shop.old import Old\n", "shop/b.py": OLD})
    step = merged(
        upstream, 1, "Application", {"shop/__init__.py": "from shop.new import New\n", "shop/b.py": RENAMED}
    )
    upstream.commit({"run.py": "from shop import New\n\nNew()\n"})
    made = reverted(mirror, step, rules=RULES)
    assert [(one.path, one.reason) for one in made.conflicts] == [
        ("shop/__init__.py", "run.py:1 imports New from it by now")
    ]
    assert texts(mirror, made)["shop/b.py"] == OLD
