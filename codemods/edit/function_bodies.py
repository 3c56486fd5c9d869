"""Where a statement can come in at the beginning of a function."""

from __future__ import annotations

import ast

from codemods.model.edits import TextEdit
from codemods.read.source import Source

Function = ast.FunctionDef | ast.AsyncFunctionDef


def statement_edit(source: Source, function: Function, written: str) -> TextEdit | None:
    """A statement that comes in first; None where there is no place for it."""
    newline = "\r\n" if b"\r\n" in source.text else "\n"
    statement = first_statement(source, function)
    if statement is not None:
        start, indent = insertion_point(source, statement), " " * statement.col_offset
        return TextEdit(start, start, f"{indent}{written}{newline}".encode())
    first = function.body[0]
    end = source.offset(first.lineno, first.col_offset)
    start = len(source.text[:end].rstrip(b" "))
    if source.text[start - 1 : start] != b":" or function.lineno != first.lineno:
        return None
    indent = newline + " " * (function.col_offset + 4)
    return TextEdit(start, end, f"{indent}{written}{indent}".encode())


def first_statement(source: Source, function: Function) -> ast.stmt | None:
    """Behind the docstring; None where it has no line of its own, or is indented by tabs."""
    body = function.body
    documented = isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant)
    statement = body[documented] if len(body) > documented else None
    if statement is None:
        return None
    line_start = source.offset(statement.lineno, 0)
    before = source.text[line_start : source.offset(statement.lineno, statement.col_offset)]
    return statement if before and not before.strip(b" ") else None


def insertion_point(source: Source, statement: ast.stmt) -> int:
    """Where what comes before a statement and its comments goes."""
    starts, decorators = source.line_starts, getattr(statement, "decorator_list", [])
    line: int = min([statement.lineno, *(one.lineno for one in decorators)])
    while line > 1 and source.text[starts[line - 2] : starts[line - 1]].lstrip().startswith(b"#"):
        line -= 1
    return starts[line - 1]
