"""What a person does around a migration: parameters in definitions, a new member beside the old one, the old one's end."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from bench.libraries.candidates import Candidate, Function
from bench.libraries.receivers import line_starts
from codemods.model.edits import TextEdit, apply_edits


class CannotBeEdited(Exception):
    """Why the definition of a candidate isn't changed by this program."""


def owner_of(tree: ast.Module, name: str) -> ast.ClassDef:
    return next(one for one in tree.body if isinstance(one, ast.ClassDef) and one.name == name)


def functions_named(body: list[ast.stmt], name: str) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [one for one in body if isinstance(one, Function) and one.name == name]


# ---- parameters


def rename_parameter(folder: Path, candidate: Candidate) -> None:
    """In the definition, with its overloads, and in what it does."""
    path = folder / candidate.path
    text = path.read_bytes()
    tree = ast.parse(text)
    starts = line_starts(text)
    old, new = candidate.name, candidate.new_name.encode()
    nodes = [node for one in definitions(tree, candidate) for node in parameter_nodes(one, old)]
    offsets = {starts[node.lineno - 1] + node.col_offset for node in nodes}
    edits = [TextEdit(start, start + len(old.encode()), new) for start in sorted(offsets)]
    path.write_bytes(apply_edits(text, edits))


def definitions(tree: ast.Module, candidate: Candidate) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    if candidate.kind == "parameter":
        return functions_named(tree.body, candidate.owner)
    return functions_named(owner_of(tree, candidate.owner).body, candidate.function or "__init__")


def parameter_nodes(
    function: ast.FunctionDef | ast.AsyncFunctionDef, name: str
) -> Iterator[ast.arg | ast.Name]:
    arguments = function.args
    yield from (one for one in [*arguments.args, *arguments.kwonlyargs] if one.arg == name)
    for statement in function.body:
        yield from names_of(statement, name)


def names_of(node: ast.AST, name: str) -> Iterator[ast.Name]:
    """Uses of the parameter, which inner functions may have one of their own for."""
    if isinstance(node, ast.JoinedStr) and any(is_name(one, name) for one in ast.walk(node)):
        raise CannotBeEdited("a formatted string has the parameter")
    if isinstance(node, ast.Nonlocal) and name in node.names:
        raise CannotBeEdited("an inner function assigns the parameter")
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)) and has_parameter(
        node.args, name
    ):
        return
    if isinstance(node, ast.Name) and node.id == name:
        yield node
    for child in ast.iter_child_nodes(node):
        yield from names_of(child, name)


def has_parameter(arguments: ast.arguments, name: str) -> bool:
    own = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
    return any(one is not None and one.arg == name for one in own)


def is_name(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


# ---- a new member beside the old one


def define_beside(folder: Path, candidate: Candidate) -> None:
    """A copy of each of its functions, under the new name, after the old one."""
    path = folder / candidate.path
    lines = path.read_bytes().splitlines(keepends=True)
    found = functions_named(owner_of(ast.parse(b"".join(lines)), candidate.owner).body, candidate.name)
    if not found:
        raise CannotBeEdited("only methods and properties get a new one beside the old one")
    for node in sorted(found, key=lambda one: one.lineno, reverse=True):
        start, end = span_of_lines(node)
        lines[end:end] = [b"\n", *copied(lines[start:end], node, candidate)]
    path.write_bytes(b"".join(lines))


def span_of_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> tuple[int, int]:
    first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
    return first - 1, node.end_lineno or node.lineno


def copied(
    lines: list[bytes], node: ast.FunctionDef | ast.AsyncFunctionDef, candidate: Candidate
) -> list[bytes]:
    old, new = candidate.name.encode(), candidate.new_name.encode()
    head = node.lineno - span_of_lines(node)[0] - 1
    renamed = [line.replace(b"@" + old + b".", b"@" + new + b".") for line in lines[:head]]
    last = lines[-1] if lines[-1].endswith(b"\n") else lines[-1] + b"\n"
    lines = [*lines[:-1], last]
    return [*renamed, lines[head].replace(b"def " + old, b"def " + new, 1), *lines[head + 1 :]]


def remove_old(folder: Path, candidate: Candidate) -> None:
    path = folder / candidate.path
    lines = path.read_bytes().splitlines(keepends=True)
    found = functions_named(owner_of(ast.parse(b"".join(lines)), candidate.owner).body, candidate.name)
    for node in sorted(found, key=lambda one: one.lineno, reverse=True):
        start, end = span_of_lines(node)
        del lines[start : end + 1 if end < len(lines) and not lines[end].strip() else end]
    path.write_bytes(b"".join(lines))
