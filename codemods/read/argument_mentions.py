"""Where a file names an argument: as a keyword of a call, as a parameter, as a string."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from codemods.model.edits import TextEdit
from codemods.read.source import Source, Unreadable, parse_python

Definition = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


class ArgumentMention(NamedTuple):
    line: int
    column: int
    name: str
    is_parameter: bool = False


def argument_left(
    source: Source, names: Collection[str], edits: Sequence[TextEdit], *, parameters: bool = False
) -> ArgumentMention | None:
    """The first mention that none of these edits changes. `parameters`: those of functions count as well."""
    for one in argument_mentions(source.text, names):
        at = source.line_starts[one.line - 1] + one.column
        is_changed = any(edit.start <= at <= edit.end for edit in edits)
        if not is_changed and (parameters or not one.is_parameter):
            return one
    return None


def argument_mentions(text: bytes, names: Collection[str]) -> tuple[ArgumentMention, ...]:
    """In order; but for keywords of what the file imports or defines, of which it's known what takes them."""
    tree = parse_python(text) if any(name.encode() in text for name in names) else None
    if tree is None or isinstance(tree, Unreadable):
        return ()
    known = frozenset(bound_at_top(tree))
    found = {one for node in ast.walk(tree) for one in named_by(node, known)}
    return tuple(sorted(one for one in found if one.name in names))


def bound_at_top(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            yield from ((alias.asname or alias.name).partition(".")[0] for alias in node.names)
    yield from (node.name for node in tree.body if isinstance(node, Definition))


def named_by(node: ast.AST, known: Collection[str]) -> Iterator[ArgumentMention]:
    if isinstance(node, ast.Call) and root_name(node.func) not in known:
        for one in node.keywords:
            if one.arg:
                yield ArgumentMention(one.lineno, one.col_offset, one.arg)
    elif isinstance(node, ast.arg):
        yield ArgumentMention(node.lineno, node.col_offset, node.arg, is_parameter=True)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield ArgumentMention(node.lineno, node.col_offset, node.value)


def root_name(node: ast.expr) -> str:
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def parameters_at(text: bytes, line: int) -> frozenset[str]:
    """Of the function whose `def` stands in a line."""
    tree = parse_python(text)
    if isinstance(tree, Unreadable):
        return frozenset()
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.lineno == line:
            return frozenset(one.arg for one in (*node.args.args, *node.args.kwonlyargs))
    return frozenset()
