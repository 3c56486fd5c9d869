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
from bot.report.ratchet import ratchet_report
from bot.rewrite.blob_index import BlobIndex
from bot.rewrite.uses import allowed_uses, uses_added
from codemods.model.rules import RenamedMember, Replacement, Symbol
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


class RatchetCheckout:
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

    def rewritten(self, head: str, *found: RatchetFindings) -> tuple[LocalFix, dict[str, bytes]]:
        with self.repository() as repository:
            made = build_fix(repository, found, FixRequest(head, "acme/shop", NAMELESS), self.index)
            at = made.commits.head
            return made, {path: repository.blob(at, path) or b"" for path in made.fix.files}

    def repository(self) -> Repository:
        found = Repository.at(self.work)
        assert found is not None
        return found


@pytest.fixture
def shop(tmp_path: Path) -> RatchetCheckout:
    return RatchetCheckout(tmp_path)


def where(found: RatchetFindings) -> list[tuple[str, int]]:
    return [(use.path, use.line) for use in found.new_uses]


def test_without_changes_nothing_is_new(shop: RatchetCheckout) -> None:
    assert shop.found(shop.base) == RatchetFindings(WatchedMigration(1, PLAN, ("d",)))


def test_what_only_moved_down_is_not_new(shop: RatchetCheckout) -> None:
    assert where(shop.found(shop.change({"shop/a.py": "import os\n" * 40 + TREE["shop/a.py"]}))) == []


def test_a_renamed_and_edited_file_is_not_new(shop: RatchetCheckout) -> None:
    text = TREE["shop/a.py"].replace("import Old", "import Old, make")
    assert where(shop.found(shop.change({"shop/a.py": None, "lib/b.py": text}))) == []


def test_a_deleted_file_is_not_new(shop: RatchetCheckout) -> None:
    assert where(shop.found(shop.change({"shop/a.py": None}))) == []


def test_a_use_that_a_revert_restores_is_new(shop: RatchetCheckout) -> None:
    gone = shop.change({"shop/a.py": "a = 1\n"})
    back = shop.change({"shop/a.py": TREE["shop/a.py"]})
    assert where(shop.found(back, base=gone)) == [("shop/a.py", 1)]


def test_a_copied_file_is_new(shop: RatchetCheckout) -> None:
    assert where(shop.found(shop.change({"shop/b.py": TREE["shop/a.py"]}))) == [("shop/b.py", 1)]


def test_the_deprecated_module_itself_may_change(shop: RatchetCheckout) -> None:
    head = shop.change({"shop/old.py": TREE["shop/old.py"] + "\n\ndef more() -> Old:\n    return Old()\n"})
    assert where(shop.found(head)) == []


@pytest.mark.parametrize(
    "path", ["a b.py", "größe/ü.py", "line\nend.py", "--help.py", "tab\there.py", "quo\"te'.py", "stub.pyi"]
)
def test_odd_names_are_found_and_rewritten(shop: RatchetCheckout, path: str) -> None:
    head = shop.change({path: IMPORT})
    found = shop.found(head)
    assert where(found) == [(path, 1)]
    made, after = shop.rewritten(head, found)
    assert made.fix.files == (path,)
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
def test_lines_are_numbered_as_the_sites_are(shop: RatchetCheckout, text: str, line: int) -> None:
    (use,) = shop.found(shop.change({"b.py": text})).new_uses
    assert (use.line, "Old" in use.text) == (line, True)


def test_a_file_that_does_not_parse_is_named(shop: RatchetCheckout) -> None:
    found = shop.found(shop.change({"shop/b.py": "from shop.old import Old\ndef (:\n"}))
    assert found.new_uses == ()
    assert list(found.unreadable) == ["shop/b.py"]


def test_a_symlink_and_a_file_of_nothing_are_no_uses(shop: RatchetCheckout) -> None:
    (shop.work / "link.py").symlink_to("shop/a.py")
    assert where(shop.found(shop.change({"empty.py": "", "nul.py": "\0"}))) == []


def test_a_use_through_a_reexport_is_found(shop: RatchetCheckout) -> None:
    base = shop.change({"shop/__init__.py": "from shop.old import Old as Old\n"})
    head = shop.change({"user.py": "from shop import Old\n"})
    rule = Replacement(Symbol("shop.old", "Old"), Symbol("shop.new", "New"), "rename")
    plan = Plan(PLAN.title, PLAN.slug, (rule,), PLAN.phases)
    assert where(shop.found(head, plan, base)) == [("user.py", 1)]


def test_a_file_with_an_allowed_use_needs_manual_work(shop: RatchetCheckout) -> None:
    text = "from shop.old import Old  # migration: allow old pickles\nimport shop.old\n\nx = shop.old.Old\n"
    head = shop.change({"b.py": text})
    found = shop.found(head)
    assert [use.allowed for use in found.allowed_uses] == ["old pickles"]
    assert where(found) == [("b.py", 2), ("b.py", 4)]
    assert shop.rewritten(head, found)[0].commits.shas == ()


def test_an_allowed_use_without_a_reason_is_new(shop: RatchetCheckout) -> None:
    found = shop.found(shop.change({"b.py": "from shop.old import Old  # migration: allow\n"}))
    assert where(found) == [("b.py", 1)]


def test_after_the_fix_no_new_use_is_left(shop: RatchetCheckout) -> None:
    head = shop.change(
        {"b.py": IMPORT + "\nb = Old()\n", "c d.py": "import shop.old\n\nc = shop.old.Old()\n"}
    )
    found = shop.found(head)
    made, _ = shop.rewritten(head, found)
    assert where(shop.found(made.commits.head)) == []
    assert "Drover-Fix: " + head in made.commits.messages[0]


def test_two_migrations_fix_one_file_one_after_the_other(shop: RatchetCheckout) -> None:
    pair = (Replacement(Symbol("shop.old", "make"), Symbol("shop.new", "make")),)
    other = Plan("make moves", "make", pair, PLAN.phases)
    head = shop.change({"b.py": "from shop.old import Old, make\n\nb = make(), Old()\n"})
    made, after = shop.rewritten(head, shop.found(head), shop.found(head, other))
    assert len(made.commits.shas) == 2
    assert b"shop.old" not in after["b.py"]


def test_the_same_fix_gives_the_same_commits(shop: RatchetCheckout) -> None:
    head = shop.change({"b.py": IMPORT})
    assert shop.rewritten(head, shop.found(head)) == shop.rewritten(head, shop.found(head))


def test_documentation_counts_where_the_plan_says_so(shop: RatchetCheckout) -> None:
    head = shop.change({"README.md": "Use `shop.old.Old` for it.\n"})
    assert where(shop.found(head)) == []
    docs = Plan(PLAN.title, PLAN.slug, PLAN.replace, PLAN.phases, frozenset({"docs"}))
    assert where(shop.found(head, docs)) == [("README.md", 1)]


def test_all_allowed_uses_of_a_tree_are_found(shop: RatchetCheckout) -> None:
    from bot.git.mirror import CommitTree
    from bot.rewrite.scan import scan
    from bot.rewrite.uses import rules_without_phase

    head = shop.change({"b.py": "from shop.old import Old  # noqa # MIGRATION: allow it\n"})
    with shop.repository() as repository:
        tree = CommitTree(repository, head)
        (use,) = allowed_uses(tree, scan(tree, rules_without_phase(PLAN)))
    assert (use.path, use.line, use.allowed) == ("b.py", 1, "it")


MEMBERS = Plan(
    "Members",
    "members",
    (
        Replacement(Symbol("shop.old", "Old.start"), Symbol("shop.old", "Old.begin")),
        Replacement(
            Symbol("shop.old", "Old"), Symbol("shop.new", "New"), members={"stop": RenamedMember("end")}
        ),
    ),
    (Phase(1, "all", ("**",)),),
)
WITH_MEMBERS = {
    "shop/old.py": "class Old:\n    def start(self) -> None: ...\n    def begin(self) -> None: ...\n"
    "    def stop(self) -> None: ...\n\n\ndef make() -> Old:\n    return Old()\n",
    "shop/new.py": "class New:\n    def begin(self) -> None: ...\n    def end(self) -> None: ...\n",
    "shop/a.py": "from shop.old import Old, make\n\nmake().start()\n",
}


def test_a_new_use_of_a_member_is_found_by_its_type_and_fixed(shop: RatchetCheckout) -> None:
    base = shop.change(WITH_MEMBERS)
    more = "Old().stop()\nmake().begin()\n\n\ndef f(x, y: dict):\n    x.start(), y.start\n"
    head = shop.change({"shop/a.py": WITH_MEMBERS["shop/a.py"] + "\nmake().start()  # again\n" + more})

    found = shop.found(head, MEMBERS, base)
    made, after = shop.rewritten(head, found)
    notes = ratchet_report([found], made.fix, "", repo_url="https://x/a/b", head=head, button=True).notes

    assert [(use.line, use.symbol) for use in found.new_uses] == [
        (5, "shop.old:Old.start"),
        (6, "shop.old:Old.stop"),
    ]
    assert "Use shop.old:Old.begin instead.\n" in notes[0].text
    assert "Use shop.new:New.end instead.\n" in notes[1].text
    assert b"make().begin()  # again\nOld().end()\n" in after["shop/a.py"]
