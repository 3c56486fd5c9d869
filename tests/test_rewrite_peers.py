"""Situations that the tests of LibCST's rename command, rope's move and jedi's rename cover, and what they become here."""

from __future__ import annotations

import pytest

from bot.work.rewrite import rewrite
from codemods.example import sheaf, symbol
from codemods.replacement import Replacement, Rules, Style


def moved(text: str, old: str, new: str, style: Style = "rename", path: str = "app.py", **files: str) -> str:
    whole = {name.replace("__", "/") + ".py": code for name, code in files.items()} | {path: text}
    rules = Rules((Replacement(symbol(old), symbol(new), style),))
    results = {result.path: result for result in rewrite(sheaf(whole), rules)}
    found = results.get(path)
    assert found is None or found.status != "failed", found.reason if found else ""
    return text if found is None or found.content is None else found.content.decode()


@pytest.mark.parametrize(
    ("old", "new", "before", "after"),
    [
        ("foo:bar", "baz:qux", "from foo import bar\nbar(5)\n", "from baz import qux\nqux(5)\n"),
        ("foo:foo", "qux:qux", "from foo import foo\nfoo(5)\n", "from qux import qux\nqux(5)\n"),
        (
            "foo:foo",
            "baz:qux",
            "from foo import foo as bla\nbla(5)\n",
            "from baz import qux as bla\nbla(5)\n",
        ),
        ("a.b:c", "d.e:f", "import a.b\na.b.c(5)\n", "import d.e\nd.e.f(5)\n"),
        ("log:warn", "log:warning", "from log import warn\nwarn()\n", "from log import warning\nwarning()\n"),
        ("log:warn", "log:warning", "import log\nlog.warn()\n", "import log\nlog.warning()\n"),
        ("a:b", "z:b", "import a\nx(a.b, a.c)\n", "import a\nimport z\nx(z.b, a.c)\n"),
        ("a.b:c", "z.b:c", "import a.b\nx(a.b.c, a.b.d)\n", "import a.b\nimport z.b\nx(z.b.c, a.b.d)\n"),
        ("bar:x", "qux:x", "from foo import bar\nbar(5)\n", "from foo import bar\nbar(5)\n"),
        ("a.b", "x.y", "import a.b.c.d\n", "import x.y.c.d\n"),
        ("a.b", "x.y", "from a.b.c.d import foo\n", "from x.y.c.d import foo\n"),
        ("foo", "quux.foo", "import foo\nfoo.baz()\n", "import quux.foo\nquux.foo.baz()\n"),
        ("foo", "quux.foo", "import foo as bar\nbar.baz()\n", "import quux.foo as bar\nbar.baz()\n"),
        ("a.b:q", "z:q", "import a\na.b.q(a.b.q.d)\n", "import a\nimport z\nz.q(z.q.d)\n"),
    ],
)
def test_as_libcst_has_it(old: str, new: str, before: str, after: str) -> None:
    assert moved(before, old, new) == after


def test_a_name_of_the_same_spelling_in_another_function_is_its_own() -> None:
    text = "from m import Old\ndef f():\n    Old = 3\n    Old\ndef g(): Old\n"

    assert (
        moved(text, "m:Old", "n:New") == "from n import New\ndef f():\n    Old = 3\n    Old\ndef g(): New\n"
    )


def test_the_destination_loses_its_import_of_the_source() -> None:
    after = moved(
        "from m import A\nclass B: ...\ndef f(): return A()\n", "m:A", "n:B", path="n.py", m="class A: ...\n"
    )

    assert after == "class B: ...\ndef f(): return B()\n"


def test_a_module_that_moves_into_a_package_takes_star_imports_along() -> None:
    after = moved("from m import *\na = x\n", "m", "p.m", m="x = 1\n", p__m="x = 1\n")

    assert after == "from p.m import *\na = x\n"


def test_two_ways_to_one_name_keep_it() -> None:
    text = "if x:\n    from p.q import q\nelse:\n    from p import q\nq\n"

    assert (
        moved(text, "p.q:q", "p.n:r") == "if x:\n    from p.n import r as q\nelse:\n    from p import q\nq\n"
    )
