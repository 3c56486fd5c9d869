"""Where a file takes members by names that aren't written there: `getattr(x, name)`, `vars(x)`, `Order(**data)`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from codemods.read.members.argument_names import copied, made_into_dictionary
from codemods.read.name_walk import last_name

TAKES_NAME = frozenset({"getattr", "hasattr", "setattr", "delattr"})
GIVES_NAMES = frozenset({"vars", "dir"})
ENUM_NAMES = frozenset({"name", "_name_", "__members__"})
PIECE = re.compile(r"%(?:\(\w+\))?[sr]|\{[^{}]*\}")
"""Where a template of a name has what is known when it runs."""
ANY_NAME, ALL_NAMES, ENUM_NAME, BUILT_NAME = "any name", "all names", "enum name", "built name"


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
