"""What others can see of a module: all of it but comments, layout and the bodies of functions that say what they return."""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Iterator

from codemods.read.source import Source, parse_python, read_source

INSTRUCTION = re.compile(rb"#\s*(?:type|pyrefly|pyre|mypy|pyright)\b[^\r\n]*")
"""Comments that type checkers read."""
KEEPS_BODY = (ast.ClassDef, ast.Global, ast.Nonlocal, ast.Import, ast.ImportFrom)
VARIABLES = frozenset({"TypeVar", "ParamSpec", "TypeVarTuple", "NewType"})
Function = ast.FunctionDef | ast.AsyncFunctionDef


def interface_digest(data: bytes) -> str:
    """The same for contents that give other files the same types; empty for what can't be read or is nested too deep."""
    source = read_source(data)
    tree = parse_python(source.text) if isinstance(source, Source) else None
    if not isinstance(source, Source) or not isinstance(tree, ast.Module):
        return ""
    lines = list(variable_lines(tree))
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and hides_body(node):
            node.body = []
    try:
        seen = ast.dump(tree), lines, INSTRUCTION.findall(source.text)
    except RecursionError:
        return ""
    return hashlib.sha256(repr(seen).encode("utf-8", "surrogatepass")).hexdigest()


def hides_body(node: Function) -> bool:
    """Whether nothing outside depends on the body: it defines no class, attribute or global, and imports nothing."""
    if node.returns is None:
        return False
    inner = (one for statement in node.body for one in ast.walk(statement))
    return not any(isinstance(one, KEEPS_BODY) or is_assigned_attribute(one) for one in inner)


def is_assigned_attribute(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load)


def variable_lines(tree: ast.Module) -> Iterator[int]:
    """Type variables are known by their line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and last_part(node.func) in VARIABLES:
            yield node.lineno
        yield from (one.lineno for one in getattr(node, "type_params", ()))


def last_part(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
