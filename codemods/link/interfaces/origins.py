"""Where a name that a module writes comes from, by the module's imports."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.model.modules import Modules

Origin = tuple[str, str]
"""A module, and a name of it."""


def origin_of_name(tree: ast.Module, path: str, modules: Modules, node: ast.expr) -> Origin | None:
    """Of a dotted name at the top of a module; None where nothing there brings it, or more than one statement does."""
    root, *rest = dotted_parts(node)
    found = list(meanings_at_top(tree, path, modules, root)) if root else []
    if len(found) != 1:
        return None
    *module, name = (*found[0], *rest)
    return (".".join(module), name) if module else None


def meanings_at_top(tree: ast.Module, path: str, modules: Modules, name: str) -> Iterator[tuple[str, ...]]:
    """The dotted names that imports give a name; that of Python's own where nothing binds it."""
    bound = False
    for node in tree.body:
        if isinstance(node, ast.ImportFrom):
            source = modules.absolute(path, node.level, node.module)
            names = [alias.name for alias in node.names if (alias.asname or alias.name) == name]
            bound |= bool(names) or node.names[0].name == "*"
            yield from ((*source.split("."), one) for one in names if source)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if (alias.asname or alias.name.partition(".")[0]) == name:
                    bound = True
                    yield tuple(alias.name.split(".")) if alias.asname else (name,)
        else:
            bound |= any(name in names_bound_in(one) for one in ast.walk(node))
    if not bound:
        yield "builtins", name


def names_bound_in(node: ast.AST) -> tuple[str, ...]:
    if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
        return (node.name,)
    if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
        return (node.id,)
    return (node.asname or node.name,) if isinstance(node, ast.alias) else ()


def dotted_parts(node: ast.expr) -> tuple[str, ...]:
    """Of `a.b.c`, without its type arguments; an empty name first for what is none."""
    parts: list[str] = []
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        parts += [node.attr] if isinstance(node, ast.Attribute) else []
        node = node.value
    return (node.id if isinstance(node, ast.Name) else "", *reversed(parts))
