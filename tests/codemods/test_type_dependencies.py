"""What types in a file depend on: its content, and what others can see of all that it imports."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.git.mirror import CommitTree
from bot.git.repository import Repository
from bot.rewrite.blob_index import BlobIndex
from codemods.model.rules import MemberChange, Rules, Symbol
from codemods.scan.survey import survey_tree
from codemods.types import type_server
from codemods.types.dependencies import import_groups
from codemods.types.interface import interface_digest
from tests.checkouts import checkout, commit, git

MODULE = """\
import os
from typing import TypeVar

T = TypeVar("T")


def told(x: T) -> T:
    \"\"\"What it does.\"\"\"
    return x


def inferred(x):
    return x


class A:
    def __init__(self, x: int) -> None:
        self.x = x

    def local(self) -> int:
        return 1
"""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("    return x\n\n\ndef inferred", "    y = x\n    return y\n\n\ndef inferred"),
        ("What it does.", "What else."),
        ("        return 1", "        total = sum([1, 2])  # a comment\n\n        return total"),
        ("import os\n", "import os  # why\n"),
    ],
)
def test_what_no_other_file_can_see_keeps_the_interface(before: str, after: str) -> None:
    changed = MODULE.replace(before, after, 1)
    assert changed != MODULE
    assert interface_digest(changed.encode()) == interface_digest(MODULE.encode()) != ""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("    return x\n\n\nclass", "    return str(x)\n\n\nclass"),
        ("        self.x = x", "        self.x = str(x)"),
        ("        return 1", "        self.y = 1\n        return 1"),
        ("        return 1", "        class Inner: ...\n\n        return 1"),
        ("        return 1", "        import json\n\n        return 1"),
        ("        return 1", "        global later\n        later = 1\n        return 1"),
        ("local(self) -> int", "local(self) -> str"),
        ("import os\n", "import json as os\n"),
        ("import os\n", "import os  # type: ignore\n"),
        ("import os\n", "import os\n\n"),
    ],
)
def test_what_other_files_can_see_changes_the_interface(before: str, after: str) -> None:
    changed = MODULE.replace(before, after, 1)
    assert changed != MODULE
    assert interface_digest(changed.encode()) != interface_digest(MODULE.encode())


def test_what_does_not_parse_has_no_interface() -> None:
    assert interface_digest(b"def f(:\n") == ""
    assert interface_digest(b"x = " + b" + ".join([b"1"] * 3000)) == ""


def test_files_that_import_each_other_are_one_group_after_what_they_import() -> None:
    edges = {"a": ("b", "done"), "b": ("c", "d"), "c": ("b", "e"), "d": ("e",), "e": (), "done": ("x",)}
    groups = [set(one) for one in import_groups("a", edges, {"done": ""})]
    assert groups == [{"e"}, {"d"}, {"b", "c"}, {"a"}]
    deep = {str(number): (str(number + 1),) for number in range(20_000)} | {"20000": ("0",)}
    assert [len(one) for one in import_groups("0", deep, {})] == [20_001]


FILES = {
    "shop/__init__.py": "",
    "shop/orders.py": "class Order:\n    def total_price(self) -> int:\n        return self.total()\n\n"
    "    def total(self) -> int:\n        return 1\n",
    "shop/make.py": "from shop.orders import Order\n\n\ndef log(text: str) -> str:\n    return text\n\n\n"
    "class Maker:\n    def make(self) -> Order:\n        return Order()\n\n\n"
    "class Wrong:\n    def total_price(self) -> int:\n        return 2\n",
    "use.py": "from shop.make import Maker, Wrong\n\nMaker().make().total_price()\nWrong().total_price()\n",
    "other.py": "from shop.orders import Order\n\nOrder().total_price()\n",
}
RULES = Rules(members=(MemberChange(Symbol("shop.orders", "Order"), "total_price", "total"),))


class AskedFiles:
    """A checkout, and the files that the type checker is asked about when it's surveyed."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.work = checkout(folder / "work", FILES)
        self.index = BlobIndex(folder / "index.db")
        self.asked: list[str] = []
        ask = type_server.TypeServer.types

        def types(server: type_server.TypeServer, questions: object) -> object:
            self.asked += [path for path, _ in questions]  # type: ignore[attr-defined]
            return ask(server, questions)  # type: ignore[arg-type]

        monkeypatch.setattr(type_server.TypeServer, "types", types)

    def after(self, changed: Mapping[str, str]) -> set[str]:
        if changed:
            commit(self.work, changed)
        self.asked.clear()
        found = Repository.at(self.work)
        assert found is not None
        with found as repository:
            tree = CommitTree(repository, git(self.work, "rev-parse", "HEAD"))
            uses = survey_tree(tree, RULES, self.index).members.uses
        lines = {path: [use.line for use in each if not use.trouble] for path, each in uses.items()}
        assert (lines["use.py"], lines["other.py"]) == ([3], [3])
        return set(self.asked)


def test_a_push_asks_about_files_whose_imports_look_different(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = AskedFiles(tmp_path, monkeypatch)
    make = FILES["shop/make.py"]
    longer = make.replace("    return text\n", "    text += '!'\n    # longer\n    return text\n")
    with_class = longer.replace("class Maker", "class First: ...\n\n\nclass Maker")

    assert {"use.py", "other.py"} <= asked.after({})
    assert asked.after({}) == set()
    assert asked.after({"shop/make.py": longer}) == set()
    assert asked.after({"shop/make.py": longer.replace("'!'", "'?'")}) == set()
    assert asked.after({"shop/make.py": with_class}) == {"use.py"}
    assert asked.after({"shop/make.py": with_class, "other.py": FILES["other.py"] + "\n"}) == {"other.py"}
    assert {"use.py", "other.py"} <= asked.after(
        {"shop/orders.py": FILES["shop/orders.py"] + "\n\ndef more():\n    return 1\n"}
    )
