"""Members that are reached by names which are data: `getattr(x, name)`, templates, format strings, code in strings."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from codemods.read.members.argument_names import copied, made_into_dictionary
from codemods.read.members.dotted_members import docstrings
from codemods.read.name_walk import last_name
from codemods.read.source import Source
from codemods.read.strings import content_start_of

TAKES_NAME = frozenset({"getattr", "hasattr", "setattr", "delattr"})
GIVES_NAMES = frozenset({"vars", "dir"})
ENUM_NAMES = frozenset({"name", "_name_", "__members__"})
ATTRIBUTE_METHODS = frozenset({"__getattr__", "__getattribute__", "__setattr__", "__delattr__"})
"""They are given names that are written as attributes."""
EVALUATES = frozenset({"eval", "exec", "compile", "timeit"})
ASKS_FOR_KEY = frozenset({"get", "pop", "setdefault"})
PRINTS = frozenset({"print", "debug", "info", "warning", "error", "exception", "isinstance"})
PIECE = re.compile(r"%(?:\(\w+\))?[sr]|\{[^{}]*\}")
"""Where a template of a name has what is known when it runs."""
TEMPLATE = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
FIELD = re.compile(r"(?<!\{)\{[\w.\[\]]*(?:![rsa])?(?::[^{}]*)?\}(?!\})")


ANY_NAME, ALL_NAMES, ENUM_NAME, BUILT_NAME = "any name", "all names", "enum name", "built name"
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


def data_mentions(
    source: Source, tree: ast.Module, members: Collection[str], explained: Collection[int]
) -> Iterator[DataMention]:
    """`explained`: where other mentions of these names start."""
    nodes = list(ast.walk(tree))
    docs = {id(one): one for one in docstrings(tree)}
    texts = [
        one for one in names_as_text(nodes, members, docs) if content_start_of(source, one) not in explained
    ]
    accesses = [*named_accesses(nodes), *(enum_accesses(nodes) if texts else ())]
    functions = parameters_around(nodes) if accesses else {}
    for access in accesses:
        function, parameters = functions.get(id(access.node), ("", ()))
        takes = function if isinstance(access.name, ast.Name) and access.name.id in parameters else ""
        if takes not in ATTRIBUTE_METHODS:
            for name in sorted(members):
                if access.kind != BUILT_NAME or re.fullmatch(access.pattern, name):
                    yield DataMention(access.kind, name, access.node, access.owner, function=takes)
    for call, owner in fields_by_name(nodes):
        yield from (DataMention(FIELDS, name, call, owner) for name in sorted(members))
    callees = callees_by_argument(nodes) if texts else {}
    for one in texts:
        yield DataMention(NAME_AS_TEXT, str(one.value), one, function=callees.get(id(one), ""))
    for owner, text in given_with_name(nodes, {id(one) for one in texts}):
        yield DataMention(GIVEN_WITH_NAME, str(text.value), text, owner)
    for text, code in code_in_texts(nodes, docs):
        yield from (DataMention(CODE_IN_TEXT, name, text) for name in sorted(members) if reads(code, name))
    for doc in docs.values():
        for number, line in doctest_lines(str(doc.value)):
            found = (name for name in sorted(members) if reads(line, name))
            yield from (DataMention(DOCTEST, name, doc, None, number) for name in found)


class NamedAccess(NamedTuple):
    """Reads or sets members of a value whose names aren't written there."""

    kind: str
    node: ast.expr
    owner: ast.expr
    name: ast.expr | None = None
    pattern: str = ""
    """Of a name that is put together, as a regular expression."""


def named_accesses(nodes: Sequence[ast.AST]) -> Iterator[NamedAccess]:
    for node in nodes:
        if isinstance(node, ast.Call):
            yield from access_by_call(node)
        elif isinstance(node, ast.Subscript) and not isinstance(node.slice, ast.Constant):
            made_of = made_into_dictionary(node.value)
            if made_of is not None:
                yield NamedAccess(ANY_NAME, node, made_of, node.slice)


def enum_accesses(nodes: Sequence[ast.AST]) -> Iterator[NamedAccess]:
    """`color.name`, `Color.__members__` and `Color[name]`, if these are of an enum."""
    for node in nodes:
        if isinstance(node, ast.Attribute) and node.attr in ENUM_NAMES:
            yield NamedAccess(ENUM_NAME, node, node.value)
        elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Name):
            yield NamedAccess(ENUM_NAME, node, node.value, node.slice)


def access_by_call(call: ast.Call) -> Iterator[NamedAccess]:
    name = last_name(call.func)
    if name in TAKES_NAME and isinstance(call.func, ast.Name) and len(call.args) > 1:
        owner, member = call.args[:2]
        if not isinstance(member, ast.Constant):
            pattern = name_pattern(member)
            yield NamedAccess(BUILT_NAME if pattern else ANY_NAME, call, owner, member, pattern)
    elif name in GIVES_NAMES and call.args:
        yield NamedAccess(ALL_NAMES, call, call.args[0])


def parameters_around(nodes: Sequence[ast.AST]) -> dict[int, tuple[str, frozenset[str]]]:
    """By the id() of a node: the innermost function around it, and its parameters."""
    found: dict[int, tuple[str, frozenset[str]]] = {}
    for node in nodes:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            names = frozenset(one.arg for one in (*node.args.args, *node.args.kwonlyargs))
            found.update(dict.fromkeys(map(id, ast.walk(node)), (node.name, names)))
    return found


def callees_by_argument(nodes: Sequence[ast.AST]) -> dict[int, str]:
    """By the id() of what is passed as it is: the last name of what is called with it."""
    return {
        id(one): last_name(node.func) or "?"
        for node in nodes
        if isinstance(node, ast.Call)
        for one in (*node.args, *(keyword.value for keyword in node.keywords))
    }


def fields_by_name(nodes: Sequence[ast.AST]) -> Iterator[tuple[ast.Call, ast.expr]]:
    """`C(**data)` and `replace(x, **data)`, `asdict(x)` and `x._asdict()`: with the class, or a value of it."""
    taken = {id(one.value) for one in nodes if isinstance(one, ast.Subscript)}
    for node in nodes:
        if isinstance(node, ast.Call) and id(node) not in taken:
            made_of = made_into_dictionary(node) if last_name(node.func) != "vars" else None
            if made_of is not None:
                yield node, made_of
            elif any(one.arg is None and not isinstance(one.value, ast.Dict) for one in node.keywords):
                yield node, copied(node)


def name_pattern(node: ast.expr) -> str:
    """Of a name that is put together: `f"visit_{x}"`, `"visit_" + x`, `"visit_%s" % x`, `"visit_{}".format(x)`."""
    parts = name_parts(node)
    return "".join(r"\w*" if one is None else re.escape(one) for one in parts) if any(parts) else ""


def name_parts(node: ast.expr) -> list[str | None]:
    """Its constant parts; None for each of the others."""
    if isinstance(node, ast.Constant):
        return [str(node.value)]
    if isinstance(node, ast.JoinedStr):
        return [part for one in node.values for part in name_parts(one)]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return [*name_parts(node.left), *name_parts(node.right)]
    template = node.left if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod) else None
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
        template = node.func.value
    if isinstance(template, ast.Constant) and isinstance(template.value, str):
        texts = PIECE.split(template.value)
        return [part for text in texts for part in (text, None)][:-1]
    return [None]


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
