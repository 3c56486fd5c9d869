"""Two commits of a real repository compared: what the second brings that the first had not."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.decide.ratchet import RatchetFindings, WatchedMigration
from bot.git.author import NAMELESS
from bot.git.repository import Repository
from bot.plan.plan import Phase, Plan
from bot.ratchet.fix import FixRequest, LocalFix, build_fix
from bot.rewrite.blob_index import BlobIndex
from bot.rewrite.uses import allowed_uses, uses_added
from codemods.model.rules import Replacement, Symbol
from tests.checkouts import checkout, commit, git

TREE = {
    "shop/__init__.py": "",
    "shop/old.py": "class Old:\n    pass\n\n\ndef make() -> Old:\n    return Old()\n",
    "shop/new.py": "class New:\n    pass\n\n\ndef make() -> New:\n    return New()\n",
    "shop/a.py": "from shop.old import Old\n\n\ndef a() -> Old:\n    return Old()\n",
}
PLAN = Plan(
    "Old becomes New",
    "old",
    (Replacement(Symbol("shop.old", "Old"), Symbol("shop.new", "New")),),
    (Phase(1, "all", ("**",)),),
)
IMPORT = "from shop.old import Old\n"


class Place:
    def __init__(self, folder: Path) -> None:
        self.work = checkout(folder / "work", TREE)
        self.index = BlobIndex(folder / "index.db")
        self.base = git(self.work, "rev-parse", "HEAD")

    def change(self, files: Mapping[str, str | None]) -> str:
        commit(self.work, files)
        return git(self.work, "rev-parse", "HEAD")

    def found(self, head: str, plan: Plan = PLAN, base: str = "") -> RatchetFindings:
        with self.repository() as repository:
            return uses_added(
                repository, WatchedMigration(1, plan, ("d",)), base or self.base, head, self.index
            )

    def mended(self, head: str, *found: RatchetFindings) -> tuple[LocalFix, dict[str, bytes]]:
        with self.repository() as repository:
            made = build_fix(repository, found, FixRequest(head, "acme/shop", NAMELESS), self.index)
            at = made.commits.head
            return made, {path: repository.blob(at, path) or b"" for path in made.mending.files}

    def repository(self) -> Repository:
        found = Repository.at(self.work)
        assert found is not None
        return found


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def where(found: RatchetFindings) -> list[tuple[str, int]]:
    return [(use.path, use.line) for use in found.new_uses]


def test_nothing_changed_is_nothing_new(place: Place) -> None:
    assert place.found(place.base) == RatchetFindings(WatchedMigration(1, PLAN, ("d",)))


def test_what_only_moved_down_is_not_new(place: Place) -> None:
    assert where(place.found(place.change({"shop/a.py": "import os\n" * 40 + TREE["shop/a.py"]}))) == []


def test_a_renamed_and_edited_file_is_not_new(place: Place) -> None:
    text = TREE["shop/a.py"].replace("import Old", "import Old, make")
    assert where(place.found(place.change({"shop/a.py": None, "lib/b.py": text}))) == []


def test_a_deleted_file_is_not_new(place: Place) -> None:
    assert where(place.found(place.change({"shop/a.py": None}))) == []


def test_what_it_was_reverted_to_is_new_again(place: Place) -> None:
    gone = place.change({"shop/a.py": "a = 1\n"})
    back = place.change({"shop/a.py": TREE["shop/a.py"]})
    assert where(place.found(back, base=gone)) == [("shop/a.py", 1)]


def test_a_copied_file_is_new(place: Place) -> None:
    assert where(place.found(place.change({"shop/b.py": TREE["shop/a.py"]}))) == [("shop/b.py", 1)]


def test_the_deprecated_module_itself_may_change(place: Place) -> None:
    head = place.change({"shop/old.py": TREE["shop/old.py"] + "\n\ndef more() -> Old:\n    return Old()\n"})
    assert where(place.found(head)) == []


@pytest.mark.parametrize(
    "path", ["a b.py", "größe/ü.py", "line\nend.py", "--help.py", "tab\there.py", "quo\"te'.py", "stub.pyi"]
)
def test_odd_names_are_found_and_mended(place: Place, path: str) -> None:
    head = place.change({path: IMPORT})
    found = place.found(head)
    assert where(found) == [(path, 1)]
    made, after = place.mended(head, found)
    assert made.mending.files == (path,)
    assert after == {path: b"from shop.new import New as Old\n"}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("import os\r\nfrom shop.old import Old\r\n", 2),
        ("import os\rfrom shop.old import Old\r", 2),
        ("\ufeffimport os\nfrom shop.old import Old\n", 2),
        ("\x0cx = 1\nfrom shop.old import (\n    Old,\n)\n", 3),
        ("s = '\u2028'\nfrom shop.old import Old", 2),
    ],
)
def test_lines_are_numbered_as_the_sites_are(place: Place, text: str, line: int) -> None:
    (use,) = place.found(place.change({"b.py": text})).new_uses
    assert (use.line, "Old" in use.text) == (line, True)


def test_a_file_that_does_not_parse_is_named(place: Place) -> None:
    found = place.found(place.change({"shop/b.py": "from shop.old import Old\ndef (:\n"}))
    assert found.new_uses == ()
    assert list(found.unreadable) == ["shop/b.py"]


def test_a_symlink_and_a_file_of_nothing_are_no_uses(place: Place) -> None:
    (place.work / "link.py").symlink_to("shop/a.py")
    assert where(place.found(place.change({"empty.py": "", "nul.py": "\0"}))) == []


def test_a_use_through_a_re_export_is_seen(place: Place) -> None:
    base = place.change({"shop/__init__.py": "from shop.old import Old as Old\n"})
    head = place.change({"user.py": "from shop import Old\n"})
    rule = Replacement(Symbol("shop.old", "Old"), Symbol("shop.new", "New"), "rename")
    plan = Plan(PLAN.title, PLAN.slug, (rule,), PLAN.phases)
    assert where(place.found(head, plan, base)) == [("user.py", 1)]


def test_an_allowed_use_is_told_apart_and_its_file_left_to_a_human(place: Place) -> None:
    text = "from shop.old import Old  # migration: allow old pickles\nimport shop.old\n\nx = shop.old.Old\n"
    head = place.change({"b.py": text})
    found = place.found(head)
    assert [use.allowed for use in found.allowed_uses] == ["old pickles"]
    assert where(found) == [("b.py", 2), ("b.py", 4)]
    assert place.mended(head, found)[0].commits.shas == ()


def test_without_a_reason_it_is_new(place: Place) -> None:
    found = place.found(place.change({"b.py": "from shop.old import Old  # migration: allow\n"}))
    assert where(found) == [("b.py", 1)]


def test_what_is_mended_has_no_new_use_left(place: Place) -> None:
    head = place.change(
        {"b.py": IMPORT + "\nb = Old()\n", "c d.py": "import shop.old\n\nc = shop.old.Old()\n"}
    )
    found = place.found(head)
    made, _ = place.mended(head, found)
    assert where(place.found(made.commits.head)) == []
    assert "Drover-Fix: " + head in made.commits.messages[0]


def test_two_migrations_mend_one_file_one_after_the_other(place: Place) -> None:
    pair = (Replacement(Symbol("shop.old", "make"), Symbol("shop.new", "make")),)
    other = Plan("make moves", "make", pair, PLAN.phases)
    head = place.change({"b.py": "from shop.old import Old, make\n\nb = make(), Old()\n"})
    made, after = place.mended(head, place.found(head), place.found(head, other))
    assert len(made.commits.shas) == 2
    assert b"shop.old" not in after["b.py"]


def test_made_twice_the_commits_are_the_same(place: Place) -> None:
    head = place.change({"b.py": IMPORT})
    assert place.mended(head, place.found(head)) == place.mended(head, place.found(head))


def test_documentation_counts_where_the_plan_says_so(place: Place) -> None:
    head = place.change({"README.md": "Use `shop.old.Old` for it.\n"})
    assert where(place.found(head)) == []
    docs = Plan(PLAN.title, PLAN.slug, PLAN.replace, PLAN.phases, frozenset({"docs"}))
    assert where(place.found(head, docs)) == [("README.md", 1)]


def test_all_allowed_uses_of_a_tree_are_found(place: Place) -> None:
    from bot.git.mirror import CommitTree
    from bot.rewrite.rewrite import scan
    from bot.rewrite.uses import rules_without_phase

    head = place.change({"b.py": "from shop.old import Old  # noqa # MIGRATION: allow it\n"})
    with place.repository() as repository:
        tree = CommitTree(repository, head)
        (use,) = allowed_uses(tree, scan(tree, rules_without_phase(PLAN)))
    assert (use.path, use.line, use.allowed) == ("b.py", 1, "it")
