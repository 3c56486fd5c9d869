"""What would break when a module is retired: judged by the calls and members that are in use."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.audit.breaking_uses import retirement_uses
from bot.plan.plan import Phase, Plan
from bot.rewrite.folder import folder_tree
from codemods.model.rules import CallChange, Replacement, RetiredModule, Symbol
from tests.checkouts import write

OLD = """\
class Old:
    def __init__(self, bridge=None, steps=8): ...
    def run(self, text, user="nobody"): ...
    def forget(self): ...
    async def stop(self): ...
    def size(self): ...
    def seek(self, offset): ...
    def limit(self, to): ...
"""
NEW = """\
class New:
    def __init__(self, context): ...
    @classmethod
    def create(cls, bridge=None, steps=8): ...
    def run(self, text, *, user="nobody", run_id=None): ...
    def stop(self): ...
    async def size(self): ...
    def seek(self, to): ...
    @property
    def limit(self): ...
"""
RULE = Replacement(Symbol("shop.old", "Old"), Symbol("shop.new", "New"), calls=CallChange("New.create"))
RETIRE = Phase(2, "Retire", retire=(RetiredModule("shop.old", "redirect"),))
PLAN = Plan("t", "s", (RULE,), (Phase(1, "All", ("**",)), RETIRE))


def found(folder: Path, files: Mapping[str, str]) -> list[tuple[str, int, str]]:
    root = write(folder, {"shop/__init__.py": "", "shop/old.py": OLD, "shop/new.py": NEW, **files})
    uses = retirement_uses(folder_tree(root), PLAN, RETIRE)
    return [(one.path, one.line, one.problem) for one in uses.breaking]


def in_one(folder: Path, text: str) -> list[tuple[int, str]]:
    return [(line, problem) for _, line, problem in found(folder, {"a.py": text})]


def test_a_call_of_the_old_constructor_does_not_fit_the_new_one(tmp_path: Path) -> None:
    """The redirect adapts nothing, whatever the plan's `calls` make of a call."""
    text = "from shop.old import Old\n\nOld()\nOld(steps=3)\nOld(**options)\nOld(1)\n"
    assert in_one(tmp_path, text) == [
        (3, "the new one needs context"),
        (4, "the new one has no argument steps"),
        (5, "its * or ** arguments may not fit the new one"),
    ]


@pytest.mark.parametrize(
    ("use", "problem"),
    [
        ("x.forget()", "forget of New doesn't exist"),
        ("f(x.forget)", "forget of New doesn't exist"),
        ("x.run('a', 'me')", "run of New takes 1 positional arguments, but 2 are passed"),
        ("x.run('a', user='me')", ""),
        ("x.run()", ""),
        ("x.seek(offset=1)", "seek of New has no argument offset"),
        ("x.seek(1)", ""),
        ("x.limit(1)", "limit of New is a property, not a method"),
        ("x.run(*args)", ""),
        ("await x.stop()", "stop of New gives nothing to await"),
        ("x.size() + 1", "size of New needs await"),
        ("asyncio.run(x.size())", ""),
        ("await x.size()", ""),
        ("y.forget()", ""),
    ],
)
@pytest.mark.parametrize("imported", ["from shop.new import New", "from shop.new import New as Old"])
def test_a_member_that_differs_is_named_where_it_is_in_use(
    tmp_path: Path, imported: str, use: str, problem: str
) -> None:
    name = imported.split()[-1]
    text = f"{imported}\n\n\nasync def f(x: {name}, y: str):\n    {use}\n"
    assert in_one(tmp_path, text) == ([(5, problem)] if problem else [])


def test_a_member_of_an_unrelated_class_is_none_of_its(tmp_path: Path) -> None:
    text = "from shop.new import New\nfrom lib import Cache\n\nx = New.create()\nc = Cache()\nc.forget()\n"
    assert in_one(tmp_path, text) == []


def test_the_module_itself_and_files_that_cannot_be_read_are_passed_over(tmp_path: Path) -> None:
    files = {"shop/old.py": OLD + "\nOld().forget()\n", "b.py": "from shop.old import Old\nprint 'x'\n"}
    assert found(tmp_path, files) == []


def test_what_still_refers_to_it_is_listed(tmp_path: Path) -> None:
    root = write(
        tmp_path,
        {
            "shop/__init__.py": "",
            "shop/old.py": "class Old: ...\n",
            "shop/new.py": "class New: ...\n",
            "a.py": "import shop.old\n\nshop.old.Old()\n",
        },
    )
    uses = retirement_uses(folder_tree(root), PLAN, RETIRE)
    assert uses.breaking == ()
    assert uses.references == (("a.py", 1), ("a.py", 3))


def test_a_question_for_a_base_that_the_new_class_lacks(tmp_path: Path) -> None:
    text = "from shop.old import Base, Old\n\ntry:\n    raise Old\nexcept Base:\n    pass\n"
    errors = {
        "shop/old.py": "class Base(Exception): ...\n\nclass Old(Base): ...\n",
        "shop/new.py": "class New(Exception): ...\n",
    }
    problem = "Base may be asked of an object of shop.old.Old, and shop.new.New isn't built on it"
    assert found(tmp_path, {**errors, "a.py": text}) == [("a.py", 5, problem)]
