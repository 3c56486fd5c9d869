"""Texts that a test expects, and that show the name of a class: what `repr` gives, an error's text, an example's output."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from codemods.edit.file_rewrite import FileRewrite
from codemods.model.example import Example
from codemods.model.facts import FileFacts, StringLiteral
from codemods.model.rules import Replacement, Rules

TESTS = re.compile(r"(?:^|/)(?:tests?|testing)/|(?:^|/)(?:test_[^/]*|[^/]*_tests?|conftest)\.py$")
SNAPSHOTS = re.compile(
    r"\A(?!.*\.[jt]sx?\.snap\Z).*(?:"
    r"(?<![^/])(?:__)?(?:snapshots?|goldens?|golden_files|expected(?:_outputs?)?|approved)(?:__)?/"
    r"|\.(?:ambr|snap|golden|expected)\Z|\.approved\.\w+\Z)"
)
"""Of Python's tests."""
CONTEXTS = frozenset({"plain", "argument", "part", "head", "item"})
EXPECTED_BEFORE = re.compile(
    rb"(?:\b(?:match|expected_regex|expected)\s*=|[=!]=|\bassert|\b(?:assert|raises|warns)\w*\([^\n]*"
    rb"|\b(?:startswith|endswith|find|count|index|fnmatch_lines|re\.\w+)\([^\n]*)[\s(\[]*[rRuUfF]?\Z"
)
CONTAINED_BEFORE = re.compile(
    rb"(?:\b(?:match|expected_regex)\s*=|\b(?:assertIn|assert\w*Regex|re\.search|endswith|find)\([^\n]*)\s*[rRuU]?\Z"
)
CONTAINED_AFTER = re.compile(rb"\s*in\b")
EXPECTED_AFTER = re.compile(rb"\s*\)?\s*(?:[=!]=|(?:not\s+)?in\b)")
SHOWN = r"\b{0}\(|<(?:[\w.]+\.)?{0}\b|\b{0} object\b|\b{0}: |\b{0}\.__init__|['\"](?:[\w.]+\.)?{0}['\"]"
"""How Python shows an object, a class or an error."""
DOTTED = re.compile(r"[\w.:]*")
OBJECT = r"\b{0}\([\w)]|<(?:[\w.]+\.)?{0}\b[^>]|\b{0} object\b|(?:^|[a-z] ){0}: |\b{0}\.__init__|<class '(?:[\w.]+\.)?{0}'"
"""The same of a name that may be a word of a text."""
ERROR_BEFORE = re.compile(rb"\b(?:match\s*=|expected_regex\s*=|assert\w*Regex\([^\n]*)\s*[rRuUfF]?\Z")
ERROR_AFTER = re.compile(rb"\s*(?:not\s+)?in\s+(?:str|repr)\(")
HUMPS = re.compile(r"[a-z0-9][A-Z]|_\w")
OUTPUT = re.compile(r"^[ \t]*>>> .*\n(?:[ \t]*\.\.\..*\n)*(?P<output>(?:[ \t]*(?!>>> )\S.*(?:\n|\Z))+)", re.M)


def decide(file: FileRewrite) -> None:
    is_test = TESTS.search(file.path) is not None
    for number, rule in enumerate(file.links.rules.replace):
        if not is_shown_by_name(rule) or number in file.links.shown_alike:
            continue
        for text in file.facts.strings:
            if (is_test or text.context == "doc") and is_expected(file, text, rule):
                note = note_on(rule)
                if not any((one.line, one.column) == (text.line, text.column) for one in file.sites):
                    file.add_site(text.line, text.column, "dynamic", str(rule.old), False, note)


def note_on(rule: Replacement) -> str:
    return f"it may be how an object of {rule.old.dotted} is shown, which becomes {rule.new.name}"


def is_shown_by_name(rule: Replacement) -> bool:
    """Whether it's a class, as far as its name tells, with another name from now on."""
    old = (rule.old.name or "").lstrip("_")
    return old != "" and rule.old.name != rule.new.name and old[0].isupper() and not old.isupper()


def is_expected(file: FileRewrite, text: StringLiteral, rule: Replacement) -> bool:
    name = rule.old.name or ""
    if name not in text.value:
        return False
    if text.context == "doc":
        return any(shows(match["output"], name) for match in OUTPUT.finditer(text.value))
    if text.context not in CONTEXTS or re.search(r"\bimport\b|\b(?:class|def) \w", text.value):
        return False
    if not re.search(rf"\b{re.escape(name)}\b", text.value) or is_own_text(
        text.value, name, file.links.own_texts
    ):
        return False
    if (rule.new.name or "").endswith(name) and text.value.startswith(name) and is_looked_for(file, text):
        return False
    if HUMPS.search(name) is None and not is_error_text(file, text, name):
        return re.search(OBJECT.format(re.escape(name)), text.value) is not None
    return re.search(SHOWN.format(re.escape(name)), text.value) is not None or is_compared(file, text)


def shows(output: str, name: str) -> bool:
    """A name of several words is no other word, wherever it stands."""
    pattern = rf"\b{re.escape(name)}\b" if HUMPS.search(name) else SHOWN.format(re.escape(name))
    return re.search(pattern, output) is not None


def places_in_text(text: bytes, name: str, *, is_snapshot: bool) -> Iterator[int]:
    """Where a snapshot, or the output of an example, shows the name."""
    if is_snapshot:
        pattern = rf"\b{re.escape(name)}\b" if HUMPS.search(name) else OBJECT.format(re.escape(name))
        yield from (match.start() for match in re.finditer(pattern.encode(), text, re.M))
    elif b">>> " in text:
        for match in OUTPUT.finditer(text.decode("latin-1")):
            if shows(match["output"], name):
                yield match.start("output")


def is_compared(file: FileRewrite, text: StringLiteral) -> bool:
    whole = file.source.text
    return (
        EXPECTED_BEFORE.search(whole, max(0, text.start - 200), text.start) is not None
        or EXPECTED_AFTER.match(whole, text.end) is not None
    )


def is_error_text(file: FileRewrite, text: StringLiteral, name: str) -> bool:
    """`match="no Old"`, `"no Old" in str(e)`: with no other word behind it, which prose would have."""
    whole = file.source.text
    expected = (
        ERROR_BEFORE.search(whole, max(0, text.start - 200), text.start)
        or ERROR_AFTER.match(whole, text.end)
    )  # fmt: skip
    return expected is not None and re.search(rf"\b{re.escape(name)}\b(?! [a-z])", text.value) is not None


def is_looked_for(file: FileRewrite, text: StringLiteral) -> bool:
    """Whether it may stand anywhere in what is shown, or at its end."""
    whole = file.source.text
    return (
        CONTAINED_BEFORE.search(whole, max(0, text.start - 200), text.start) is not None
        or CONTAINED_AFTER.match(whole, text.end) is not None
    )


def is_own_text(value: str, name: str, own_texts: Collection[str]) -> bool:
    """Whether the code writes out the text: the word with what stands beside it."""
    near = re.compile(rf"(?:\w+\W{{1,3}})?\b{re.escape(name)}\b(?:\W{{1,3}}\w+)?")
    pieces = {match[0] for match in near.finditer(value)}
    return bool(pieces) and all(any(piece in one for one in own_texts) for piece in pieces)


def own_texts(rules: Rules, facts: Mapping[str, FileFacts]) -> frozenset[str]:
    """What code that isn't a test's writes out with one of the names, and more than a dotted name."""
    names = [rule.old.name for rule in rules.replace if is_shown_by_name(rule) and rule.old.name]
    return frozenset(
        text.value
        for path, one in (facts.items() if names else ())
        if not TESTS.search(path)
        for text in one.strings
        if text.context in CONTEXTS and any(name in text.value for name in names)
        if not DOTTED.fullmatch(text.value)
    )


ITEM = "import dataclasses\n\n\n@dataclasses.dataclass\nclass {0}:\n    x: int = 0\n"
SHOP = {
    "m.py": ITEM.format("Old"),
    "n.py": ITEM.format("New"),
    "shop.py": "from m import Old\n\n\ndef fail():\n    raise ValueError(f'no {Old()}')\n",
}


def expects(
    title: str, line: str, note: str = "it may be how an object of m.Old is shown, which becomes New"
) -> Example:
    before = f"import shop\n\n\ndef test_it(x, caplog):\n    {line}\n"
    return Example(f"{title}: `{line}`", before, path="tests/test_shop.py", other_files=SHOP, note=note)


EXAMPLES = (
    *(
        expects("something else", line, "")
        for line in (
            'assert x == "Older(3)"',
            'x["Old"] = shop.fail("Old")',
            'assert x.text == "Old and new"',
            'assert "Old" in x.page',
            'assert x == "import Old"',
        )
    ),
    Example(
        "a text that the code writes out",
        'def test_it():\n    with raises(ValueError, match="Old must be positive"): ...\n',
        path="tests/test_shop.py",
        other_files={**SHOP, "q.py": 'raise ValueError("Old must be positive")\n'},
    ),
    Example(
        "the classes are shown without their names",
        'def test_it(x):\n    assert str(x) == "Old(3)"\n',
        path="tests/test_shop.py",
        other_files={
            "m.py": "class Old:\n    def __repr__(self): return 'item'\n",
            "n.py": "class New:\n    def __repr__(self): return 'item'\n",
        },
    ),
    Example(
        "what the new name ends in as well",
        'def test_it(x):\n    assert "Old(" in x.text\n    with raises(ValueError, match="Old"): ...\n',
        replace=("m:Old=n:NewOld",),
        path="tests/test_shop.py",
        other_files={**SHOP, "n.py": ITEM.format("NewOld")},
    ),
    Example("where nothing is tested", 'print("Old(3)")\n', other_files=SHOP),
    *(
        expects("a test expects it", line)
        for line in (
            'assert repr(x) == "Old(x=3)"',
            'assert "<Old at 0x" in x.text',
            'assert "no Old" in str(x.value)',
            'assert "Old: x" in caplog.text',
            'with pytest.raises(ValueError, match="no Old"): shop.fail()',
            'with self.assertRaisesRegex(ValueError, "no Old"): shop.fail()',
            'self.assertEqual(str(x), "Old(x=3)")',
            "assert x == [\"<class 'm.Old'>\"]",
            'cases = [(x, "Old(x=3)")]',
        )
    ),
    Example(
        "the output of an example",
        'def f():\n    """\n    >>> f()\n    Old(x=0)\n    """\n',
        other_files=SHOP,
        note="it may be how an object of m.Old is shown, which becomes New",
    ),
)
