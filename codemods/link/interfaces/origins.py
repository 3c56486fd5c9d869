"""Where a name that a module writes comes from, by the module's imports."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from codemods.model.modules import Modules

Origin = tuple[str, str]
"""A module, and a name of it."""


def origin_of_name(tree: ast.Module, path: str, modules: Modules, node: ast.expr) -> Origin | None:
    """Of a dotted name at the top of a module; None where nothing there brings it, or more than one statement does."""
    root, *rest = dotted_parts(node)
    found = list(dict.fromkeys(meanings_at_top(tree, path, modules, root))) if root else []
    if len(found) != 1:
        return None
    *module, name = (*found[0], *rest)
    return (".".join(module), name) if module else None


def meanings_at_top(tree: ast.Module, path: str, modules: Modules, name: str) -> Iterator[tuple[str, ...]]:
    """The dotted names that imports give a name; that of Python's own where nothing binds it."""
    bound = False
    for node in statements_in(tree.body):
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
            bound |= name in names_bound_by(node)
    if not bound:
        yield "builtins", name


def names_bound_by(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
        yield node.name
    targets = [*getattr(node, "targets", ()), getattr(node, "target", None)]
    for target in filter(None, targets):
        yield from (one.id for one in ast.walk(target) if isinstance(one, ast.Name))


def statements_in(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """Those of a scope, with those in its blocks."""
    waiting = [*reversed(body)]
    while waiting:
        one = waiting.pop()
        yield one
        if isinstance(one, (ast.If, ast.Try, ast.With, ast.For)):
            handled = [inner for handler in getattr(one, "handlers", ()) for inner in handler.body]
            blocks = (one.body, handled, getattr(one, "orelse", ()), getattr(one, "finalbody", ()))
            waiting += [inner for block in reversed(blocks) for inner in reversed(block)]


def dotted_parts(node: ast.expr) -> tuple[str, ...]:
    """Of `a.b.c`, without its type arguments; an empty name first for what is none."""
    parts: list[str] = []
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        parts += [node.attr] if isinstance(node, ast.Attribute) else []
        node = node.value
    return (node.id if isinstance(node, ast.Name) else "", *reversed(parts))
