"""Members that are reached by names which are data: `getattr(x, name)`, templates, format strings, code in strings."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from codemods.read.members.dotted_members import docstrings
from codemods.read.members.name_accesses import (
    ALL_NAMES,
    ANY_NAME,
    BUILT_NAME,
    ENUM_NAME,
    callees_by_argument,
    enum_accesses,
    fields_by_name,
    named_accesses,
    parameters_around,
)
from codemods.read.name_walk import last_name
from codemods.read.source import Source
from codemods.read.strings import content_start_of

ATTRIBUTE_METHODS = frozenset({"__getattr__", "__getattribute__", "__setattr__", "__delattr__"})
"""They are given names that are written as attributes."""
EVALUATES = frozenset({"eval", "exec", "compile", "timeit"})
ASKS_FOR_KEY = frozenset({"get", "pop", "setdefault"})
PRINTS = frozenset({"print", "debug", "info", "warning", "error", "exception", "isinstance"})
TEMPLATE = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
FIELD = re.compile(r"(?<!\{)\{[\w.\[\]]*(?:![rsa])?(?::[^{}]*)?\}(?!\})")


NAME_AS_TEXT, GIVEN_WITH_NAME, CODE_IN_TEXT, DOCTEST, FIELDS = (
    *("name as text", "given with name", "code in text", "doctest", "fields"),
)
TAKES_NAMES = frozenset({ANY_NAME, ALL_NAMES, ENUM_NAME})
BY_DATA = TAKES_NAMES | {BUILT_NAME, NAME_AS_TEXT, GIVEN_WITH_NAME, CODE_IN_TEXT, DOCTEST, FIELDS}


class DataMention(NamedTuple):
    kind: str
    name: str
    node: ast.AST
    owner: ast.expr | None = None
    """What it may be a member of."""
    lines_below: int = 0
    """Counted from the node's first line."""
    function: str = ""
    """The function that takes the name: around an access, or called with a string."""


class DataReading:
    """Of one file."""

    def __init__(
        self, source: Source, tree: ast.Module, members: Collection[str], explained: Collection[int]
    ) -> None:
        """`explained`: where other mentions of these names start."""
        self.members = sorted(members)
        self.nodes = list(ast.walk(tree))
        self.docs = {id(one): one for one in docstrings(tree)}
        texts = names_as_text(self.nodes, members, self.docs)
        self.texts = [one for one in texts if content_start_of(source, one) not in explained]

    def mentions(self) -> Iterator[DataMention]:
        yield from self.accesses()
        for call, owner in fields_by_name(self.nodes):
            yield from (DataMention(FIELDS, name, call, owner) for name in self.members)
        yield from self.strings()
        for text, code in code_in_texts(self.nodes, self.docs):
            yield from (DataMention(CODE_IN_TEXT, name, text) for name in self.names_in(code))
        for doc in self.docs.values():
            for number, line in doctest_lines(str(doc.value)):
                yield from (DataMention(DOCTEST, name, doc, None, number) for name in self.names_in(line))

    def names_in(self, code: str) -> list[str]:
        return [name for name in self.members if reads(code, name)]

    def accesses(self) -> Iterator[DataMention]:
        found = [*named_accesses(self.nodes), *(enum_accesses(self.nodes) if self.texts else ())]
        functions = parameters_around(self.nodes) if found else {}
        for access in found:
            function, parameters = functions.get(id(access.node), ("", ()))
            takes = function if isinstance(access.name, ast.Name) and access.name.id in parameters else ""
            for name in self.members if takes not in ATTRIBUTE_METHODS else ():
                if access.kind != BUILT_NAME or re.fullmatch(access.pattern, name):
                    yield DataMention(access.kind, name, access.node, access.owner, function=takes)

    def strings(self) -> Iterator[DataMention]:
        callees = callees_by_argument(self.nodes) if self.texts else {}
        for one in self.texts:
            yield DataMention(NAME_AS_TEXT, str(one.value), one, function=callees.get(id(one), ""))
        for owner, text in given_with_name(self.nodes, set(map(id, self.texts))):
            yield DataMention(GIVEN_WITH_NAME, str(text.value), text, owner)


# ---- names in strings


def names_as_text(
    nodes: Sequence[ast.AST], members: Collection[str], known: Collection[int]
) -> Iterator[ast.Constant]:
    """Strings that are a member's name, and no key. `known`: those that are explained otherwise, by id()."""
    explained = {*known, *(id(key) for node in nodes for key in keys_asked_for(node))}
    for node in nodes:
        if isinstance(node, ast.Constant) and id(node) not in explained and node.value in members:
            yield node


def keys_asked_for(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Subscript):
        yield node.slice
    elif isinstance(node, ast.Call) and node.args and last_name(node.func) in ASKS_FOR_KEY:
        yield node.args[0]
    elif isinstance(node, ast.Call) and node.args and last_name(node.func) == "parametrize":
        yield from ast.walk(node.args[0])


def given_with_name(
    nodes: Sequence[ast.AST], texts: Collection[int]
) -> Iterator[tuple[ast.expr, ast.Constant]]:
    """What a function gets beside one of these strings: it may be asked for the member of that name."""
    for call in nodes:
        if isinstance(call, ast.Call) and last_name(call.func) not in PRINTS:
            given = [*call.args, *(one.value for one in call.keywords if one.arg)]
            owners = [one for one in given if isinstance(one, (ast.Name, ast.Attribute, ast.Call))]
            strings = [one for one in given if isinstance(one, ast.Constant) and id(one) in texts]
            yield from ((owner, one) for one in strings for owner in owners)


# ---- code in strings


def code_in_texts(nodes: Sequence[ast.AST], docs: Collection[int]) -> Iterator[tuple[ast.Constant, str]]:
    """Templates and format strings, each part of them that reads something, and what is evaluated."""
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            if "{" in node.value:
                yield from (
                    (node, part) for part in (*TEMPLATE.findall(node.value), *FIELD.findall(node.value))
                )
        elif isinstance(node, ast.Call) and last_name(node.func) in EVALUATES and node.args:
            text = node.args[0]
            if isinstance(text, ast.Constant) and isinstance(text.value, str):
                yield text, text.value


def template_lines(text: str, name: str) -> Iterator[int]:
    """The lines of a template that read a member, counted from 1."""
    for match in TEMPLATE.finditer(text):
        if reads(match.group(), name):
            yield text.count("\n", 0, match.start()) + 1


def doctest_lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines of a text that doctest runs, counted from 0."""
    for number, line in enumerate(text.splitlines()):
        if line.lstrip().startswith((">>> ", "... ")):
            yield number, line


def reads(code: str, name: str) -> bool:
    """Whether code in a text reads a member: `x.name`, `x["name"]`, `x|attr("name")`, `map(attribute="name")`."""
    word = re.escape(name)
    return bool(
        re.search(rf"\.{word}\b|\[['\"]?{word}['\"]?\]|\battr(?:ibute)?\s*[(=]\s*['\"]{word}['\"]", code)
    )
