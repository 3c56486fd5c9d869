"""The proof sees what is wrong with a change, whoever made it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.rewrite.proof import bytes_trouble, tree_trouble
from bot.rewrite.rewrite import rewrite
from codemods.model.edits import TextEdit, apply_edits
from codemods.model.example import InMemoryTree, in_memory_tree, parsed_symbol
from codemods.model.rules import Replacement, Rules, Style
from codemods.read.compare_trees import keeps_shape
from codemods.read.newer_syntax import read_newer
from codemods.read.source import Source
from codemods.workers.processes import IN_THIS_PROCESS

LIBRARY = Path(ast.__file__).parent
settings.register_profile("steady", derandomize=True, deadline=None, max_examples=40)
settings.load_profile("steady")


def trouble(before: str, after: str, *edits: tuple[str, str]) -> str:
    made = [TextEdit(before.index(old), before.index(old) + len(old), new.encode()) for old, new in edits]
    return tree_trouble(Source(before.encode()), Source(after.encode()), made)


def test_a_planned_change_is_proved() -> None:
    assert not trouble("x = Old(1)\ny = 2\n", "x = New(1)\ny = 2\n", ("Old", "New"))


def test_an_unplanned_statement_within_an_edit_is_detected() -> None:
    assert "written" in trouble("Old\n", "New\nwhile 1: pass\n", ("Old", "New\nwhile 1: pass"))


@pytest.mark.parametrize(
    ("other", "changed"),
    [
        ("y = f(2)", "y = f(3)"),
        ("y = f(2)", "y = f(2); z = 1"),
        ("@a\n    def g(): pass", "@b\n    def g(): pass"),
        ("def g(): pass", "@b\n    def g(): pass"),
        ("if y: f(2)", "if y: f(2)\n    else: f(3)"),
        ("y = 1\n    z = 2", "y = 1 + \\\n    z"),
    ],
)
def test_a_change_of_a_statement_beside_the_edited_one_is_detected(other: str, changed: str) -> None:
    before = f"def f():\n    x = Old(1)\n    {other}\n"
    assert trouble(before, before.replace("Old", "Newer").replace(other, changed), ("Old", "Newer"))


def test_a_change_of_meaning_around_an_edit_is_detected() -> None:
    assert trouble("x = Old * 2\n", "x = a + b * 2\n", ("Old", "a + b"))


def test_a_changed_byte_outside_of_the_edits_is_detected() -> None:
    assert bytes_trouble(b"Old  # c\n", b"New # c\n", [TextEdit(0, 3, b"New")])


def test_a_lost_comment_is_detected() -> None:
    assert "# c" in bytes_trouble(b"Old  # c\n", b"New\n", [TextEdit(0, 8, b"New")])


@pytest.mark.parametrize(
    ("before", "old", "new", "keeps"),
    [
        ("x = Old(1)", "Old", "New", True),
        ("m.Old", "m.Old", "n.New", True),
        ("m.Old", "Old", "New", True),
        ("'m.Old'", "m.Old", "n.New", True),
        ("case m.Old:", "m.Old", "New", False),
        ("Old", "Old", "match", False),
        ("case _:", "_", "New", False),
        ("Old", "Old", "None", False),
        ("Old", "Old", "New()", False),
        ("Old", "Old", "", False),
        ("xOld", "Old", "New", False),
        ("Or'x'", "Or", "New", False),
        ("Old'x'", "Old", "rb", False),
        ("éOld", "Old", "New", False),
        ("1.Old", "Old", "New", False),
        (r"'\Old'", "Old", "New", False),
    ],
)
def test_a_name_for_a_name_keeps_the_tree(before: str, old: str, new: str, keeps: bool) -> None:
    text, start = before.encode(), len(before[: before.index(old)].encode())
    edit = TextEdit(start, start + len(old), new.encode())
    span = (start, start + len(new.encode()))
    assert keeps_shape(text, edit, apply_edits(text, [edit]), span) is keeps


def test_an_edit_beside_another_is_looked_at_where_it_lands() -> None:
    text, edits = b"Old\n", [TextEdit(0, 0, b"x"), TextEdit(0, 3, b"New")]
    assert not keeps_shape(text, edits[1], apply_edits(text, edits), (1, 4))


@pytest.mark.parametrize("name", ["dataclasses.py", "enum.py", "ast.py"])
def test_libcst_reads_a_file_as_the_parser_does(name: str) -> None:
    text = (LIBRARY / name).read_text()
    theirs, ours = ast.parse(text), read_newer(text)

    def places(tree: ast.AST) -> set[tuple[str, int, int]]:
        return {
            (getattr(n, "id", getattr(n, "attr", "")), n.end_lineno or 0, n.end_col_offset or 0)
            for n in ast.walk(tree)
            if isinstance(n, (ast.Name, ast.Attribute))
        }

    inside = {
        (getattr(n, "id", getattr(n, "attr", "")), n.end_lineno or 0, n.end_col_offset or 0)
        for formatted in ast.walk(theirs)
        if isinstance(formatted, ast.JoinedStr)
        for n in ast.walk(formatted)
        if isinstance(n, (ast.Name, ast.Attribute))
    }
    assert ours is not None
    assert places(theirs) - inside <= places(ours)


# ---- arbitrary moves in real and in generated files

REAL = (
    "dataclasses.py",
    "contextlib.py",
    "enum.py",
    "functools.py",
    "shutil.py",
    "tempfile.py",
    "inspect.py",
)
TARGETS = (
    ("functools", "wraps"),
    ("types", "GenericAlias"),
    ("collections", "OrderedDict"),
    ("operator", "attrgetter"),
    ("os", "path"),
    ("sys", "modules"),
    ("abc", "ABC"),
    ("inspect", "signature"),
    ("collections", "namedtuple"),
)
STYLES = st.sampled_from(["as", "alias", "rename"])


def held(path: str, text: str, old: tuple[str, str], new: str, style: Style) -> None:
    rules = Rules(
        (Replacement(parsed_symbol(":".join(old)), parsed_symbol(f"elsewhere.place:{new}"), style),),
        strings=True,
    )
    for result in rewrite(in_memory_tree({path: text}), rules, processes=IN_THIS_PROCESS):
        assert result.status != "failed", result.reason
        if result.content is not None:
            ast.parse(result.content)
            again = [
                r
                for r in rewrite(InMemoryTree({path: result.content}), rules, processes=IN_THIS_PROCESS)
                if r.content is not None
            ]
            assert again == []


@given(
    st.sampled_from(REAL),
    st.sampled_from(TARGETS),
    STYLES,
    st.sampled_from(["Fresh", "wraps", "partial", "self"]),
)
def test_any_move_in_the_standard_library_can_be_proved(
    name: str, old: tuple[str, str], style: Style, new: str
) -> None:
    held(name, (LIBRARY / name).read_text(), old, new, style)


LINES = st.sampled_from(
    [
        "from m import Old", "from m import Old, Other  # c", "from m import (\n    Old,  # a\n    Other as O,\n)",
        "import m", "import m as mm, os", "from m import Old as New", "Old = 1", "x = Old(Old, k=Old)", "y = m.Old.a",
        "def f(Old, a=Old):\n    return Old", "class C(Old):\n    Old = Old\n    def g(self): return Old, m.Old",
        "z = [Old for Old in Old]", "def g():\n    from m import Old\n    return Old", "__all__ = ['Old']",
        "def h():\n    global Old\n    del Old", "w: 'Old' = f'{Old} Old'", "if x: import m; y = m.Old",
        "try:\n    from m import Old\nexcept ImportError:\n    Old = None", "patch('m.Old')", "New = 2", "lambda New: Old",
        "from n import New", "getattr(m, 'Old')", "mm.Old",
    ]
)  # fmt: skip


@given(st.lists(LINES, max_size=7), STYLES)
def test_any_move_in_any_module_can_be_proved(lines: list[str], style: Style) -> None:
    held("app.py", "\n".join(lines) + "\n", ("m", "Old"), "New", style)
