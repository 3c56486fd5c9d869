"""A line that a longer name makes too long is broken as the repository's formatter would break it."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rewrite.format_settings import FolderSettings
from bot.rewrite.rewrite import rewrite
from codemods.edit.lines.long_lines import WrappedLines, wrap_long_lines
from codemods.model.edits import TextEdit, apply_edits
from codemods.model.example import in_memory_tree, parsed_symbol
from codemods.model.rules import Replacement, Rules
from codemods.read.source import Source
from codemods.workers.processes import IN_THIS_PROCESS

NEW = "Replacement"


def wrapped(text: str, length: int = 40, new: str = NEW, aligns: bool = False) -> WrappedLines:
    """The text with a longer name in place of each `Old`."""
    before = Source(text.encode())
    found = re.finditer(rb"\bOld\b", before.text)
    edits = [TextEdit(one.start(), one.end(), new.encode()) for one in found]
    after = before.with_text(apply_edits(before.text, edits))
    return wrap_long_lines(before, after, edits, length, aligns)


LAID_OUT = {
    "the content of the last brackets comes onto a line of its own": (
        "value = build(first).join(Old, second)\n",
        "value = build(first).join(\n    Replacement, second\n)\n",
    ),
    "or each element, with a comma behind the last": (
        "value = b(Old, second_one, third_ones)\n",
        "value = b(\n    Replacement,\n    second_one,\n    third_ones,\n)\n",
        38,
    ),
    "elements of a list always stand on a line each": (
        "value = [Old, second_one, third_one]\n",
        "value = [\n    Replacement,\n    second_one,\n    third_one,\n]\n",
    ),
    "a signature": (
        "def build(self, order: Old) -> int:\n    return 1\n",
        "def build(\n    self, order: Replacement\n) -> int:\n    return 1\n",
    ),
    "a parameter alone gets a comma": (
        "def build(an_order: Old) -> integer:\n    return 1\n",
        "def build(\n    an_order: Replacement,\n) -> integer:\n    return 1\n",
    ),
    "a stub": (
        "def build(self, order: Old) -> int: ...\n",
        "def build(\n    self, order: Replacement\n) -> int: ...\n",
    ),
    "a condition gets parentheses": (
        "if first and second_one or Old is third:\n    pass\n",
        "if (\n    first\n    and second_one\n    or Replacement is third\n):\n    pass\n",
    ),
    "a name that is too long for its line, too": (
        "value_of_the_order = module.package.Old\n",
        "value_of_the_order = (\n    module.package.Replacement\n)\n",
    ),
    "none where the brackets at the end will do": (
        "assert value == Old(first, second, 3)\n",
        "assert value == Replacement(\n    first, second, 3\n)\n",
    ),
    "a chain of calls": (
        "value = Old.a(1).b(22222222222).third(3)\n",
        "value = (\n    Replacement.a(1)\n    .b(22222222222)\n    .third(3)\n)\n",
    ),
    "a comprehension": (
        "value = [Old(the) for the in orders if 1]\n",
        "value = [\n    Replacement(the)\n    for the in orders\n    if 1\n]\n",
        41,
    ),
    "what had been broken before is laid out again": (
        "assert Old(first) == Old(\n    second, third\n)\n",
        "assert Replacement(\n    first\n) == Replacement(second, third)\n",
        35,
    ),
    "and so are parentheses that had been put round a value": (
        "some_value = (\n    first + Old + second\n)\n",
        "some_value = (\n    first\n    + Replacement\n    + second\n)\n",
        25,
    ),
    "a comment behind stays behind": (
        "value = build(Old, second)  # of two\n",
        "value = build(\n    Replacement, second\n)  # of two\n",
    ),
    "in a block that is indented by tabs": (
        "if first:\n\tvalue = build(Old, 2, 3, 4)\n",
        "if first:\n\tvalue = build(\n\t\tReplacement, 2, 3, 4\n\t)\n",
        38,
    ),
    "or by two spaces": (
        "if first:\n  value = build(Old, second, 3, 4)\n",
        "if first:\n  value = build(\n    Replacement, second, 3, 4\n  )\n",
    ),
    "a conditional expression among others": (
        "value = b(1, key=Old(second) if third else Old)\n",
        "value = b(\n    1,\n    key=(\n        Replacement(second)\n        if third\n"
        "        else Replacement\n    ),\n)\n",
        48,
    ),
    "one alone needs no parentheses": (
        "value = Old(Old if third_one else Old)\n",
        "value = Replacement(\n    Replacement\n    if third_one\n    else Replacement\n)\n",
    ),
    "a conditional key of a dictionary": (
        "value = {1 if second else third: Old(first, 22)}\n",
        "value = {\n    1 if second else third: Replacement(\n        first, 22\n    )\n}\n",
        48,
    ),
    "a line of another layout by itself": (
        "value = build(first,\n              Old(second, third))\n",
        "value = build(first,\n              Replacement(\n                  second, third\n              ))\n",
        38,
    ),
}


@pytest.mark.parametrize("name", LAID_OUT)
def test_it_is_broken_as_the_formatter_would(name: str) -> None:
    before, after, *length = LAID_OUT[name]

    result = wrapped(str(before), int(length[0]) if length else 40)

    assert result.source.text.decode() == after
    assert result.still_long == ()


def test_a_statement_that_cannot_be_broken_keeps_no_other_from_it() -> None:
    before = "value = build(Old, second, third, four)\nif first: build(Old, second, third)\n"

    result = wrapped(before, 40)

    assert result.source.text.decode() == (
        "value = build(\n    Replacement, second, third, four\n)\nif first: build(Replacement, second, third)\n"
    )


STAYING = {
    "a string": 'value = "Old a text that is long enough"\n',
    "a name alone": "Old_of_a_very_long_name: Old_is_longer_still = Old\n".replace("Old_", "Name_"),
    "a comment in it": "value = build(Old, second,  # of two\n              third)\n",
    "a string of several lines": 'value = build(Old, second, third, """\ntext""")\n',
    "behind a backslash": "value = first + \\\n    build(Old, second, third, four)\n",
    "several statements": "first = 1; value = build(Old, second, 3)\n",
    "a block on one line": "if first: value = build(Old, second, 3)\n",
    "where formatting is off": "# fmt: off\nvalue = build(Old, second, third, 4)\n# fmt: on\n",
    "what is for a linter": "value = build(Old, 2)  # type: ignore[x]\n",
    "an import": "from packages.module import Old, Other\n",
}


@pytest.mark.parametrize("name", STAYING)
def test_it_stays_as_it_is(name: str) -> None:
    text = STAYING[name]

    assert wrapped(text).source.text.decode() == re.sub(r"\bOld\b", NEW, text)


def test_what_cannot_be_broken_is_said() -> None:
    assert wrapped('first = 1\nvalue = "Old a text that is long enough"\n').still_long == (2,)


def test_a_line_that_was_too_long_before_is_left_alone() -> None:
    result = wrapped("value = build(Old, second, third, fourth, fifth)\n")

    assert result.source.text.decode() == "value = build(Replacement, second, third, fourth, fifth)\n"
    assert result.still_long == ()


def test_a_shorter_name_joins_no_lines() -> None:
    result = wrapped("value = build(\n    Old, second_one, third_one\n)\n", new="O")

    assert result.source.text.decode() == "value = build(\n    O, second_one, third_one\n)\n"


ALIGNED = {
    "with the bracket": (
        "value = Old(first,\n            second)\n",
        "value = Replacement(first,\n                    second)\n",
    ),
    "with brackets in brackets": (
        "Old(first, Old(1,\n               2),\n    third)\n",
        "Replacement(first, Replacement(1,\n                               2),\n            third)\n",
    ),
    "with a bracket in the row above that moves itself": (
        "Old(first,\n    second(\n        third),  # of three\n    f(1,\n      2))\n",
        "Replacement(first,\n            second(\n                third),  # of three\n"
        "            f(1,\n              2))\n",
    ),
    "but not what hangs": (
        "Old(\n    first,\n    second)\n",
        "Replacement(\n    first,\n    second)\n",
    ),
    "nor what a string holds": (
        'Old("""first,\n    second""",\n    third)\n',
        'Replacement("""first,\n    second""",\n            third)\n',
    ),
}


@pytest.mark.parametrize("name", ALIGNED)
def test_continuation_lines_stay_aligned(name: str) -> None:
    before, after = ALIGNED[name]

    assert wrapped(before, 0, aligns=True).source.text.decode() == after


def test_what_moves_with_its_bracket_is_wrapped_too() -> None:
    result = wrapped("Old(first,\n    build(second, third, fourth))\n", aligns=True)

    assert result.source.text.decode() == (
        "Replacement(first,\n            build(\n                second, third, fourth\n            ))\n"
    )


NAMES = st.sampled_from(["a", "some_name", "Old", "Old.value", '"text"', "Old[12]", "None"])


def deeper(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    several = st.lists(inner, min_size=1, max_size=4).map(", ".join)
    operators = st.sampled_from([" + ", " or ", " == ", " and ", " * ", " is not ", " not in "])
    return st.one_of(
        st.tuples(inner, operators, inner).map("".join),
        st.tuples(st.sampled_from(["f", "Old", "a.b"]), several).map(lambda one: f"{one[0]}({one[1]})"),
        several.map(lambda one: f"[{one}]"),
        several.map(lambda one: f"{{{one}}}"),
        several.map(lambda one: f"({one},)"),
        inner.map(lambda one: f"(lambda x, y: {one})"),
        inner.map(lambda one: f"[x for x, y in {one} if x]"),
        st.tuples(inner, inner).map(lambda one: f"({one[0]} if x else {one[1]})"),
        st.tuples(inner, inner).map(lambda one: f"a[{one[0]}]({one[1]}).b(Old)"),
        st.tuples(inner, inner).map(lambda one: f"f(*{one[0]}, key={one[1]})"),
        st.tuples(inner, inner).map(lambda one: f"f(\n        {one[0]},  # first\n        {one[1]},\n    )"),
    )


EXPRESSIONS = st.recursive(NAMES, deeper, max_leaves=8)
STATEMENTS = st.sampled_from(
    [
        "value = {}",
        "value: Old = {}  # of it",
        "return {}",
        "assert {}, message",
        "if {}:\n        pass",
        "for x in {}:\n        pass",
        "with f({}) as Old:\n        pass",
        "async def inner(x: Old = {}, *y: Old) -> Old:\n        pass",
        "class A(Old, key={}): ...",
        "f({})",
        "raise Old({}) from None",
        "del a[{}]",
    ]
)
PROGRAMS = st.lists(
    st.tuples(STATEMENTS, EXPRESSIONS).map(lambda one: one[0].format(one[1])), max_size=3
).map(lambda lines: "def function():\n" + "".join(f"    {line}\n" for line in [*lines, "pass"]))


@given(PROGRAMS)
def test_whatever_is_broken_stays_the_same_program(text: str) -> None:
    renamed = re.sub(r"\bOld\b", NEW, text)
    length = longest_line(text)

    result = wrapped(text, length).source.text.decode()

    assert ast.dump(ast.parse(result)) == ast.dump(ast.parse(renamed))
    assert comments(result) == comments(renamed)
    assert longest_line(result) <= longest_line(renamed)
    again = wrapped(re.sub(rf"\b{NEW}\b", "Old", result), length).source.text.decode()
    assert again == result


def comments(text: str) -> list[str]:
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return [token.string for token in tokens if token.type == tokenize.COMMENT]


def longest_line(text: str) -> int:
    return max(map(len, text.splitlines()))


SETTINGS: Mapping[str, tuple[int, dict[str, str]]] = {
    "ruff's rule": (100, {"ruff.toml": 'line-length = 100\nlint.select = ["E"]\n'}),
    "ruff's rule with a length of its own": (
        120,
        {"ruff.toml": 'lint.select = ["E"]\nlint.pycodestyle.max-line-length = 120\n'},
    ),
    "ruff without the rule": (0, {"ruff.toml": 'line-length = 100\nlint.select = ["F", "I"]\n'}),
    "ruff that ignores it": (0, {"ruff.toml": 'lint.select = ["E"]\nlint.ignore = ["E501"]\n'}),
    "ruff's formatter": (90, {"pyproject.toml": "[tool.ruff]\nline-length = 90\n[tool.ruff.format]\n"}),
    "ruff's formatter as a hook": (
        88,
        {
            "ruff.toml": "",
            ".pre-commit-config.yaml": "repos:\n- repo: r\n  hooks:\n  - id: ruff-format\n",
        },
    ),
    "black": (79, {"pyproject.toml": "[tool.black]\nline-length = 79\n"}),
    "black as a hook": (
        100,
        {".pre-commit-config.yaml": "repos:\n- repo: b\n  hooks:\n  - id: black\n    args: [-l, '100']\n"},
    ),
    "flake8": (79, {".flake8": "[flake8]\nextend-ignore = E203\n"}),
    "flake8 that ignores it": (0, {"setup.cfg": "[flake8]\nignore =\n    E203,\n    E501  # too many\n"}),
    "flake8-bugbear": (88, {"tox.ini": "[flake8]\nmax-line-length = 80\nselect = B9\n"}),
    "pycodestyle": (72, {"setup.cfg": "[pycodestyle]\nmax_line_length = 72\n"}),
    "flake8 beside isort": (79, {"setup.cfg": "[isort]\nprofile = black\n[flake8]\n"}),
    "pylint": (110, {".pylintrc": "[MASTER]\njobs=1\n[FORMAT]\nmax-line-length=110\n"}),
    "pylint without a length": (100, {"pyproject.toml": "[tool.pylint.main]\njobs = 1\n"}),
    "pylint that ignores it": (0, {"setup.cfg": "[pylint.MESSAGES CONTROL]\ndisable=R0903,\n  C0301\n"}),
    "pylint beside flake8": (79, {".pylintrc": "[FORMAT]\nmax-line-length=110\n", ".flake8": "[flake8]\n"}),
    "isort alone": (0, {".isort.cfg": "[settings]\nline_length = 100\n"}),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_how_long_a_line_may_be(name: str) -> None:
    length, files = SETTINGS[name]
    style = FolderSettings("", files).style(())

    assert (style.code_length if style else 0) == length


def test_a_rewrite_wraps_what_it_can_and_says_what_stays_too_long() -> None:
    tree = {
        "ruff.toml": 'line-length = 40\nlint.select = ["E", "I"]\n',
        "shop/__init__.py": "",
        "shop/old.py": "class Old:\n    pass\n",
        "shop/new.py": "class Replacement:\n    pass\n",
        "app.py": (
            "from shop.old import Old\n\nvalue = build(Old, second, third, 4)\n"
            "also = build(Old,  # a comment in it\n             2)\n"
        ),
    }
    rule = Replacement(parsed_symbol("shop.old:Old"), parsed_symbol("shop.new:Replacement"), "rename")

    (result,) = rewrite(in_memory_tree(tree), Rules((rule,)), processes=IN_THIS_PROCESS)

    assert result.content is not None
    assert result.content.decode() == (
        "from shop.new import Replacement\n\nvalue = build(\n    Replacement, second, third, 4\n)\n"
        "also = build(Replacement,  # a comment in it\n             2)\n"
    )
    assert result.proof is not None
    assert result.proof.lines_wrapped.ok is True
    assert result.long_lines == (6,)
