"""Where callers use members of a deprecated class: by the names that they gave its instances in their file."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator

from bot.audit.outline import dotted_name
from codemods.model.rules import Symbol
from codemods.read.source import Unreadable, parse_python, read_source


def member_uses(data: bytes, old: Symbol, members: Collection[str]) -> dict[str, list[int]]:
    """The lines where a file uses members of instances of the old class."""
    source = read_source(data)
    tree = source if isinstance(source, Unreadable) else parse_python(source.text)
    if isinstance(tree, Unreadable):
        return {}
    nodes = list(ast.walk(tree))
    bound = names_of_class(nodes, old)
    instances = set(instance_names(nodes, old, bound))
    used: dict[str, list[int]] = {}
    for node in nodes:
        if isinstance(node, ast.Attribute) and node.attr in members:
            of = dotted_name(node.value)
            made_here = isinstance(node.value, ast.Call) and is_old(of, old, bound)
            if of in instances or made_here or is_old(of, old, bound):
                used.setdefault(node.attr, []).append(node.lineno)
    return used


def names_of_class(nodes: Iterable[ast.AST], old: Symbol) -> frozenset[str]:
    """The names of the old class in a file: by its imports, and its own name where it is defined."""
    imports = (node for node in nodes if isinstance(node, ast.ImportFrom))
    imported = (alias for node in imports for alias in node.names if alias.name == old.name)
    return frozenset({old.name or "", *(alias.asname or alias.name for alias in imported)})


def instance_names(nodes: Iterable[ast.AST], old: Symbol, bound: Collection[str]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Assign) and is_old(made_by(node.value), old, bound):
            yield from (dotted_name(target) for target in node.targets)
        elif isinstance(node, ast.AnnAssign) and names_old(node.annotation, old, bound):
            yield dotted_name(node.target)
        elif isinstance(node, ast.arg) and node.annotation and names_old(node.annotation, old, bound):
            yield node.arg
        elif isinstance(node, ast.NamedExpr) and is_old(made_by(node.value), old, bound):
            yield dotted_name(node.target)
        elif isinstance(node, ast.withitem) and is_old(made_by(node.context_expr), old, bound):
            yield dotted_name(node.optional_vars)


def made_by(value: ast.expr) -> str:
    inner = value.value if isinstance(value, ast.Await) else value
    if not isinstance(inner, ast.Call):
        return ""
    return dotted_name(inner.func)


def is_old(name: str, old: Symbol, bound: Collection[str]) -> bool:
    """`Old`, a module's `m.Old`, and what its own class methods make: `Old.create`."""
    parts = name.split(".")
    return parts[0] in bound or old.name in parts[-2:]


def names_old(annotation: ast.expr, old: Symbol, bound: Collection[str]) -> bool:
    for node in ast.walk(annotation):
        if isinstance(node, ast.Name) and node.id in bound:
            return True
        if isinstance(node, ast.Attribute) and node.attr == old.name:
            return True
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and old.name in node.value.split(".")
        ):
            return True
    return False
