"""A file is cut into the statements that hold a word: what is left of it means what it meant in the whole."""

from __future__ import annotations

import ast
import random
import re
import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from bot.rewrite.name_proof import compile_held
from codemods.read.bytecode import NameQuery, all_names, compile_text
from codemods.read.name_flow import NameFlow, name_flow
from codemods.read.source import NO_FEATURE, Source, check_python, parse_python, parses
from codemods.read.top_level import TRIPLE, split_statements, word_starts

LIBRARY = Path(ast.__file__).parent
LONG_CLASS = "class C:\n" + "".join(f"    def method_{n}(self):\n        return {n}\n\n" for n in range(40))
FUNCTION = "def f(x):\n    y = x\n\n    for Old in y:\n        pass\n\n    def g():\n        return Old\n"


def held(text: str, *words: str) -> str:
    return Source(text.encode()).statements.holding(words).text.decode()


@pytest.mark.parametrize(
    "between", ["# Helpers.\n", "# (a\n\n# b,\n", "\n", "# A comment that is long: " + "x" * 200 + ".\n"]
)
def test_a_comment_above_a_function_makes_it_no_part_of_the_class_before(between: str) -> None:
    assert held(LONG_CLASS + between + FUNCTION, "Old").strip().endswith(FUNCTION.strip())


@pytest.mark.parametrize("line", ["x = 1  # see below:", "def f():\n    return 1  # Done.", "x = [1]  # a,"])
def test_an_import_that_is_not_cut_off_from_what_stands_before_is_read(line: str) -> None:
    text = f"{line}\nfrom p import m as o\n\n\ndef g():\n    return o.Old\n".encode()

    assert b"from p import m as o" in split_statements(text).holding(["Old"]).text


def test_a_class_that_what_follows_may_belong_to_is_kept_whole() -> None:
    text = LONG_CLASS.rstrip() + " + \\\n\n" + FUNCTION
    assert held(text, "Old") == text


def test_a_long_class_is_cut_into_members() -> None:
    text = LONG_CLASS + "    def last(self):\n        return Old\n"
    found = held(text, "Old")
    assert "method_0" in found
    assert "method_20" not in found
    assert found.endswith("    def last(self):\n        return Old\n")
    assert found.count("\n") == text.count("\n")


FILLING = "".join(f"    filled_{number} = number({number})\n" for number in range(30))
HEAD = "def f(x):\n    first = x\n"


@pytest.mark.parametrize(
    "statement",
    [
        "    return Old\n",
        "    if x:\n        y = 1\n    elif x > 1:\n        y = Old\n    else:\n        y = 2\n",
        "    try:\n        y()\n    except E:\n        pass\n    finally:\n        Old()\n",
        "    @decorated\n    # Why.\n    def g():\n        return Old\n",
        "    y = [\n    1,\n    Old,\n    ]\n",
        "    y = 1 + \\\n    Old\n",
        '    y = """\n    filled = 1\n    """ + Old\n',
        "    from a import Old\n",
    ],
)
@pytest.mark.parametrize("around", ["", "@Old\nasync ", "class Old:\n    first = 1\n"])
def test_of_a_long_function_the_statements_with_a_word_are_read(statement: str, around: str) -> None:
    parts = [HEAD, FILLING, statement, FILLING]
    if around.startswith("class"):
        parts = [textwrap.indent(part, "    ") for part in parts]
    found = Source((around + "".join(parts)).encode()).statements.holding(["Old"])
    assert [line for line in found.text.decode().splitlines() if line] == [
        *f"{around}{parts[0]}{parts[2]}".splitlines()
    ]
    assert found.text_with_gaps_closed.count(b"pass\n") == parts[2].count("pass\n") + 2
    assert found.text_with_gaps_closed.count(b"\n") == found.whole.count(b"\n")
    assert check_python(found.text_with_gaps_closed) is None
    assert check_python(found.rest) is None


@pytest.mark.parametrize(
    ("text", "strings"),
    [
        ('x = """a\n"b" \\""" c"""\n', ['"""a\n"b" \\""" c"""']),
        ("x = '' # '''\ny = '\\'''' + '''\n'''\n", ["'''\n'''"]),
        ('x = "" """\n"""\n', ['"""\n"""']),
        ('"""never ends', []),
        ('"""a"""\ndef f():\n    """b\n    "c" """\n', ['"""a"""', '"""b\n    "c" """']),
        ('# """\n"""\na\n"""\n# """\n', ['"""\na\n"""']),
        ('x = ["""a""",\n    """b"""]\n', ['"""a"""', '"""b"""']),
    ],
)
def test_strings_in_triple_quotes_are_found(text: str, strings: list[str]) -> None:
    found = split_statements(text.encode()).strings
    assert [text[start:end] for start, end in found] == strings
    assert all(text[start : start + 3].encode() in TRIPLE for start, _ in found)


def test_a_word_is_found_as_a_whole_only() -> None:
    text = "Old xOld Old_ Old.Old Öld éOld Oldé (Old)".encode()
    at = sorted(word_starts(text, ["Old", "None"]))
    assert [text[:one].decode() for one in at] == [
        "",
        "Old xOld Old_ ",
        "Old xOld Old_ Old.",
        "Old xOld Old_ Old.Old Öld éOld Oldé (",
    ]


def test_names_mean_the_same_in_the_part_as_in_the_whole() -> None:
    chance = random.Random(11)
    files = [*LIBRARY.glob("*.py"), *LIBRARY.glob("asyncio/*.py"), *LIBRARY.glob("json/*.py")]
    for path in chance.sample(sorted(files), 60):
        text = path.read_bytes()
        whole = compile_text(text)
        if whole is None or b"import *" in text:
            continue
        written = sorted(name for name in all_names(whole) if name.isidentifier() and "__" not in name)
        names = frozenset(chance.sample(written, min(len(written), 3)))
        held = Source(text).statements.holding(names)
        question = NameQuery(names, lambda level, module: "." * level + module, lambda _: None)
        for part in (compile_text(held.text), compile_text(held.text_with_gaps_closed)):
            assert part is not None
            assert shown(name_flow(part, question)) == shown(name_flow(whole, question)), path
        assert check_python(held.rest) is None, path


def shown(flow: NameFlow) -> list[object]:
    reads = {place: [(one.line, *one[1:]) for one in found] for place, found in flow.reads.items()}
    bound = {place: [(one.line, *one[1:]) for one in found] for place, found in flow.bound.items()}
    return [reads, bound, flow.scopes]


@pytest.mark.parametrize(
    "text",
    [
        "x = f(Old\ny = 1\n, Old)\n",
        "x = f(Old\n\ny = 1\n\n\n, Old)\n",
        LONG_CLASS + "    x = f(Old\n    def last(self):\n        pass\n    , Old)\n",
        "import a, Old, \\\n\ny = 1\nOld\n",
        "Old\ny = (\nOld\nz = )\n",
        "Old\ny = 1 \\\n",
        "@Old\ny = 1\n\ndef f():\n    return Old\n",
        f"{HEAD}{FILLING}    y = (Old\n{FILLING}    z = Old)\n",
        f"{HEAD}{FILLING}    y = (Old\n{FILLING}    )\n    Old\n",
        f"{HEAD}{FILLING}      y = Old\n{FILLING}",
        f"{HEAD}{FILLING}  y = Old\n{FILLING}",
        f"{HEAD}{FILLING}y = Old\n{FILLING}",
        f"{HEAD}{FILLING}    else:\n        Old\n{FILLING}",
        f"{HEAD}{FILLING}    @Old\n{FILLING}",
        f"{HEAD}    if x:\n{FILLING}    Old\n",
        f"{HEAD}{FILLING}    Old\n{FILLING}    global first\n",
        f"{HEAD}{FILLING}    Old\n{FILLING}    return x +\n",
    ],
)
def test_what_begins_before_a_gap_does_not_end_behind_it(text: str) -> None:
    assert check_python(text.encode()) is not None
    assert not parses_in_parts(text.encode(), ["Old"])


DAMAGES: tuple[Callable[[bytes], bytes], ...] = (
    lambda line: b"",
    lambda line: b" " + line,
    lambda line: line[1:],
    lambda line: line.rstrip() + b" (\n",
    lambda line: line.rstrip() + b" \\\n",
    lambda line: b"    else:\n" + line,
    lambda line: b"    @decorated\n" + line,
    lambda line: b'    """\n' + line,
)


def test_a_damaged_text_does_not_parse_in_parts() -> None:
    chance = random.Random(5)
    files = [path for path in LIBRARY.glob("*.py") if path.stat().st_size < 30_000]
    damaged = 0
    for path in chance.sample(sorted(files), 40):
        lines = path.read_bytes().splitlines(keepends=True)
        at = chance.randrange(len(lines))
        lines[at] = chance.choice(DAMAGES)(lines[at])
        text = b"".join(lines)
        names = chance.sample(sorted({word.decode() for word in re.findall(rb"\b[a-z]{4,}\b", text)}), 2)
        if check_python(text) is not None:
            damaged += 1
            assert not parses_in_parts(text, names), path
    assert damaged > 10


@pytest.mark.parametrize(
    ("text", "does"),
    [
        ("", True),
        ("x = 1", True),
        ("from __future__ import annotations\nx: int = 1\n", True),
        ("def f(x):\n    global x\n", True),
        ('"\\d"\n', True),
        ("x = (\n", False),
        ("x = 1\n  y = 2\n", False),
        ("x = '''\n", False),
        ("x = 1 \\", False),
        ("x = '\0'\0\n", False),
        ("(" * 300 + ")" * 300 + "\n", False),
        (f"raise SyntaxError('future feature {NO_FEATURE} is not defined') (\n", False),
    ],
)
def test_a_text_is_parsed_without_its_tree(text: str, does: bool) -> None:
    assert parses(text.encode()) is does
    assert isinstance(parse_python(text.encode()), ast.Module) is does


def test_no_damage_is_overlooked_without_a_tree() -> None:
    chance = random.Random(7)
    files = [path for path in LIBRARY.glob("*.py") if path.stat().st_size < 30_000]
    answers = []
    for path in chance.sample(sorted(files), 60):
        lines = path.read_bytes().splitlines(keepends=True)
        at = chance.randrange(len(lines))
        lines[at] = chance.choice(DAMAGES)(lines[at])
        text = b"".join(lines)
        answers.append(parses(text))
        assert answers[-1] is isinstance(parse_python(text), ast.Module), path
    assert {True, False} == set(answers)


def parses_in_parts(text: bytes, names: Sequence[str]) -> bool:
    return compile_held(Source(text), frozenset(names))[1] is None
