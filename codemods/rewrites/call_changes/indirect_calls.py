"""Calls that can't be seen, of what stays and takes other arguments: where it's passed on, and what stands in for it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from codemods.edit.calls.call_plan import value_trouble
from codemods.edit.file_rewrite import FileRewrite
from codemods.link.import_meanings import dotted_meanings
from codemods.link.symbol_match import SymbolMatch
from codemods.model.example import Example
from codemods.model.facts import PASSED_ON, Mention, StringLiteral
from codemods.model.rules import CallChange, renamed_arguments
from codemods.read.argument_mentions import argument_left
from codemods.read.node_facts import span
from codemods.read.source import parse_python

UseOfSymbol = tuple[Mention, SymbolMatch, int]


def list_indirect_calls(file: FileRewrite, uses: Sequence[UseOfSymbol]) -> None:
    """Where the file still names an argument that changes."""
    for mention, match in passed_on(file, uses):
        list_place(file, mention, match, "it's passed on here")
    for mention, match, call in subscripted_calls(file, uses):
        calls = file.links.rule_of(match).calls
        if calls and any(one.arg is None or one.arg in calls.arguments for one in call.keywords):
            file.add_site_at(
                mention, "call", match, "it's called with type arguments, so its arguments aren't mapped"
            )
    for text, match in named_targets(file):
        list_place(file, text, match, "something else takes its place here")


def subscripted_calls(
    file: FileRewrite, uses: Sequence[UseOfSymbol]
) -> Iterator[tuple[Mention, SymbolMatch, ast.Call]]:
    """`C[int](size=1)`."""
    starts = {mention.start: (mention, match) for mention, match, _ in uses if mention.call is None}
    tree = parse_python(file.source.text) if starts else None
    for node in ast.walk(tree) if isinstance(tree, ast.Module) else ():
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Subscript):
            found = starts.get(span(file.source, node.func.value)[0])
            if found is not None:
                yield (*found, node)


def list_place(file: FileRewrite, at: Mention | StringLiteral, match: SymbolMatch, what: str) -> None:
    calls = file.links.rule_of(match).calls
    names = calls.arguments if calls else {}
    left = argument_left(file.source, names, file.edits, parameters=isinstance(at, StringLiteral))
    if left is None and names and isinstance(at, Mention) and at.start in class_attributes(file):
        file.add_site_at(at, "use", match, f"{what}, and what calls the attribute can't be seen")
    elif left is not None:
        kind = "use" if isinstance(at, Mention) else "string"
        file.add_site_at(at, kind, match, f"{what}, and line {left.line} names its argument {left.name}")


def passed_on(file: FileRewrite, uses: Sequence[UseOfSymbol]) -> Iterator[tuple[Mention, SymbolMatch]]:
    aliases = alias_values(file)
    for mention, match, depth in uses:
        is_value = mention.flags & PASSED_ON and mention.call is None and len(mention.attributes) <= depth
        if is_value and mention.start not in aliases and not value_trouble(file, match, mention):
            yield mention, match


def alias_values(file: FileRewrite) -> set[int]:
    """Where `x = symbol` at the top of a module stands: what is called through `x` is migrated as well."""
    assigned = (one for one in file.facts.alias_assignments if one.scope == 0)
    return {one.end - len(one.value.encode()) for one in assigned}


def class_attributes(file: FileRewrite) -> set[int]:
    """Where `x = symbol` in the body of a class stands: any file may call that."""
    tree = parse_python(file.source.text)
    classes = (
        [one for one in ast.walk(tree) if isinstance(one, ast.ClassDef)]
        if isinstance(tree, ast.Module)
        else []
    )
    assigned = (one for node in classes for one in node.body if isinstance(one, ast.Assign))
    return {span(file.source, one.value)[0] for one in assigned}


def named_targets(file: FileRewrite) -> Iterator[tuple[StringLiteral, SymbolMatch]]:
    """`patch("m.slugify")`, and `patch.object(m, "slugify")`, `monkeypatch.setattr(m, "slugify", f)`."""
    for text in file.facts.strings:
        if text.context == "patch":
            match = file.find_text(tuple(re.split(r"[.:]", text.value)))
            if match is not None:
                yield text, match
    for text, owner in texts_with_owners(file):
        for parts in dotted_meanings(file.links.modules, file.path, file.facts, owner):
            match = file.find((*parts, text.value))
            if match is not None and match.length > len(parts):
                yield text, match


def texts_with_owners(file: FileRewrite) -> Iterator[tuple[StringLiteral, Mention]]:
    owners = {mention.start: mention for mention in file.facts.mentions}
    for text in file.facts.strings:
        if text.context != "patch" and text.owner_start in owners:
            yield text, owners[text.owner_start]


SLUGIFY = {
    "m.py": "def slugify(text, unicode=False, *, allow_unicode=None): ...\n\n\nslug = slugify\n",
}
STAYS = ("m:slugify=m:slugify",)
RENAMED = CallChange(arguments=renamed_arguments(allow_unicode="unicode"))
EXAMPLES = (
    Example(
        "a function that is passed on, in a file that names the argument",
        "from m import slugify\n\n\nclass Test:\n    function = staticmethod(slugify)\n\n    def test(self):\n"
        '        self.function("x", allow_unicode=True)\n',
        replace=STAYS,
        calls=RENAMED,
        other_files=SLUGIFY,
        note="it's passed on here, and line 8 names its argument allow_unicode",
    ),
    Example(
        "what a test puts in its place, with the old argument",
        "import m\n\n\ndef test(monkeypatch):\n    def fake(text, allow_unicode): ...\n\n"
        '    monkeypatch.setattr(m, "slugify", fake)\n',
        replace=STAYS,
        calls=RENAMED,
        other_files=SLUGIFY,
        note="something else takes its place here, and line 5 names its argument allow_unicode",
    ),
    Example(
        "a class that an attribute of another class holds, and one that is called with type arguments",
        "from m import Box\n\n\nclass Test:\n    kind = Box\n\n\nBox[int](size=1)\n",
        replace=("m:Box=m:Box",),
        calls=CallChange(arguments=renamed_arguments(size="limit")),
        other_files={"m.py": "class Box(dict):\n    def __init__(self, size=0, limit=0): ...\n"},
        note="it's called with type arguments",
    ),
    Example(
        "through another name of the same module",
        "from m import slug\n\nslug(1, allow_unicode=True)\n",
        "from m import slug\n\nslug(1, unicode=True)\n",
        replace=STAYS,
        calls=RENAMED,
        other_files=SLUGIFY,
    ),
    Example(
        "in the body of a class that binds the name later",
        "from m import slugify\n\n\nclass A:\n    @slugify(1, allow_unicode=True)\n    def slugify(self): ...\n",
        "from m import slugify\n\n\nclass A:\n    @slugify(1, unicode=True)\n    def slugify(self): ...\n",
        replace=STAYS,
        calls=RENAMED,
        other_files=SLUGIFY,
    ),
    Example(
        "beside arguments that are passed by `*` and `**`, where it's passed by its name",
        "from m import slugify\n\nslugify(*texts, allow_unicode=True, **options)\n",
        "from m import slugify\n\nslugify(*texts, unicode=True, **options)\n",
        replace=STAYS,
        calls=RENAMED,
        other_files=SLUGIFY,
    ),
)
