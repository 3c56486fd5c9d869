"""Whether a formatter changed no more than a file's layout: the syntax tree stays, but for the order of imports."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.read.source import Unreadable, parse_python, read_source

Import = ast.Import | ast.ImportFrom


def layout_trouble(before: bytes, after: bytes) -> str:
    """Why the second text is more than another layout of the first; empty if it isn't."""
    trees = []
    for data in (before, after):
        source = read_source(data)
        tree = source if isinstance(source, Unreadable) else parse_python(source.text)
        if isinstance(tree, Unreadable):
            return f"the formatted file doesn't parse: {tree}" if data is after else str(tree)
        trees.append(tree)
    old, new = ("\n".join(describe_tree(tree)) for tree in trees)
    return "" if old == new else "the formatter changed more than the layout and the order of imports"


def describe_tree(node: ast.AST) -> Iterator[str]:
    """The tree, with neighbouring imports in one order and the white space of docstrings left out."""
    yield type(node).__name__
    for name, value in ast.iter_fields(node):
        if name in ("kind", "type_comment"):
            continue
        yield f".{name}"
        if isinstance(value, list):
            yield from described_list(value)
        elif isinstance(value, ast.AST):
            yield from describe_tree(value)
        else:
            yield repr(value)
    yield "end"


def described_list(values: list[object]) -> Iterator[str]:
    imports: list[str] = []
    for value in values:
        if isinstance(value, ast.Import | ast.ImportFrom):
            imports += imported_names(value)
            continue
        yield from sorted(set(imports))
        imports = []
        if is_text(value):
            yield " ".join(value.value.value.split())  # type: ignore[attr-defined]
        elif isinstance(value, ast.AST):
            yield from describe_tree(value)
        else:
            yield repr(value)
    yield from sorted(set(imports))


def is_text(value: object) -> bool:
    """A docstring, or a text that stands for itself."""
    return (
        isinstance(value, ast.Expr)
        and isinstance(value.value, ast.Constant)
        and isinstance(value.value.value, str)
    )


def imported_names(node: Import) -> list[str]:
    origin = f"{'.' * node.level}{node.module or ''}:" if isinstance(node, ast.ImportFrom) else "module "
    return [f"import {origin}{alias.name} as {alias.asname}" for alias in node.names]
