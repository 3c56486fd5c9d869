"""Situations that the tests of other projects' renames and moves cover, and what they become here: LibCST's rename
command, rope's rename and move, jedi's rename, the replacements of reorder-python-imports."""

from __future__ import annotations

import pytest

from bot.rewrite.rewrite import rewrite
from codemods.model.example import in_memory_tree, parsed_symbol
from codemods.model.rules import Replacement, Rules, Style


def moved(text: str, old: str, new: str, style: Style = "rename", path: str = "app.py", **files: str) -> str:
    whole = {name.replace("__", "/") + ".py": code for name, code in files.items()} | {path: text}
    rules = Rules((Replacement(parsed_symbol(old), parsed_symbol(new), style),))
    results = {result.path: result for result in rewrite(in_memory_tree(whole), rules)}
    if path not in results:
        return text
    found = results[path]
    assert found.status != "failed", found.reason
    return text if found.content is None else found.content.decode()


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
        ("a:b", "sets:set", "from a import b\nb()\n", "from sets import set\nset()\n"),
        ("a:z", "d:z", "import a, b, c\na.z, b.y, c.y\n", "import d, b, c\nd.z, b.y, c.y\n"),
        ("c:z", "d:z", "import a, b, c\na.z, b.y, c.z\n", "import a, b, d\na.z, b.y, d.z\n"),
        ("aa.aaaa:aaa", "b.bb:c", "from aa import aaaa\naaaa.aaa.aaa\n", "from b import bb\nbb.c.aaa\n"),
        ("a.b:c", "e:g", "from a.b import c as x, c\nx(c)\n", "from e import g as x, g\nx(g)\n"),
    ],
)
def test_examples_of_libcst_hold(old: str, new: str, before: str, after: str) -> None:
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


def test_a_name_that_is_imported_in_two_ways_is_kept() -> None:
    text = "if x:\n    from p.q import q\nelse:\n    from p import q\nq\n"

    assert (
        moved(text, "p.q:q", "p.n:r") == "if x:\n    from p.n import r as q\nelse:\n    from p import q\nq\n"
    )


@pytest.mark.parametrize(
    ("old", "new", "before", "after"),
    [
        ("m:f", "m:g", "import m\nm.f(), m.h()\n", "import m\nm.g(), m.h()\n"),
        ("m:f", "m:g", "from m import f\nx = f'{f()} f {f}'\n", "from m import g\nx = f'{g()} f {g}'\n"),
        (
            "m:f",
            "m:g",
            "from m import f\nasync def h(): await f(f=1)\n",
            "from m import g\nasync def h(): await g(f=1)\n",
        ),
        ("m:v", "m:w", "from m import v\nx = {**v, 'v': v}\n", "from m import w\nx = {**w, 'v': w}\n"),
        (
            "m:v",
            "m:w",
            "from m import v\nif v: v = 0\nprint(v)\n",
            "from m import w\nif w: w = 0\nprint(w)\n",
        ),
        ("m:v", "m:w", "from m import v\r\nprint(v)\r\n", "from m import w\r\nprint(w)\r\n"),
        ("m:v", "m:w", "from m import v\ns = 'سلام'; v\n", "from m import w\ns = 'سلام'; w\n"),
        ("m:A", "n:A", "import m\n@m.A\nclass B(m.A): ...\n", "import n\n@n.A\nclass B(n.A): ...\n"),
        ("m:A", "n:A", "def f():\n    import m\n    m.A\n", "def f():\n    import n\n    n.A\n"),
        ("m:f", "n:f", 'import m\nx = """\nm.f\n"""\nm.f()\n', 'import n\nx = """\nm.f\n"""\nn.f()\n'),
        ("m", "p.m", "import m\nm.f(m=m)\n", "import p.m\np.m.f(m=p.m)\n"),
        ("p.m", "q.m", "from p import m, k\nm.f, k\n", "from p import k\nfrom q import m\nm.f, k\n"),
        ("p.m", "q.m", "import p.m as o\nimport p.m\np.m.f, o\n", "import q.m as o\nimport q.m\nq.m.f, o\n"),
    ],
)
def test_examples_of_rope_hold(old: str, new: str, before: str, after: str) -> None:
    assert moved(before, old, new) == after


@pytest.mark.parametrize(
    ("old", "new", "before", "after"),
    [
        ("lib.old", "lib.new", "import os\nimport sys\n", "import os\nimport sys\n"),
        ("tool", "kit", "from tool import drill\n", "from kit import drill\n"),
        ("tool", "kit", "from tool import drill as kit\n", "from kit import drill as kit\n"),
        (
            "tool:drill",
            "kit:drill",
            "from tool import drill\nfrom tool import saw\n",
            "from kit import drill\nfrom tool import saw\n",
        ),
        ("c.moves.line", "line", "from c.moves import line\nline.up\n", "import line\nline.up\n"),
        ("c.moves.line", "line", "from c.moves import line as L\n", "import line as L\n"),
        ("c.web.parse", "web.parse", "from c.web import parse\n", "from web import parse\n"),
        ("c.web.parse", "web.other", "from c.web import parse as p\n", "from web import other as p\n"),
        ("a.b", "e.f", "from a.b.c import d\n", "from e.f.c import d\n"),
        ("one.util:ok", "two.util:ok", "from one import util\n", "from one import util\n"),
        ("one.util", "two.util", "from three import util\n", "from three import util\n"),
        ("a.b", "d.e", "import a.b as c\n", "import d.e as c\n"),
        ("a", "d", "import a.b as c\n", "import d.b as c\n"),
        ("a", "d", "import x.a as c\n", "import x.a as c\n"),
    ],
)
def test_examples_of_reorder_python_imports_hold(old: str, new: str, before: str, after: str) -> None:
    assert moved(before, old, new) == after


def test_a_relative_import_of_a_module_that_moves_away_becomes_absolute() -> None:
    after = moved(
        "from .tool import drill\n",
        "p.tool",
        "kit",
        path="p/app.py",
        p____init__="",
        p__tool="drill = 1\n",
        kit="drill = 1\n",
    )

    assert after == "from kit import drill\n"


def test_a_module_is_imported_under_its_new_name_where_the_uses_can_follow() -> None:
    assert moved("from tool import drill\ndrill.go()\n", "tool.drill", "kit") == "import kit\nkit.go()\n"
