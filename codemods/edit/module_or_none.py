"""`try: import m`, and `m = None` where that fails: a name that is a module or nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.edit.file_rewrite import FileRewrite
from codemods.model.facts import IMPORT, STORE, Mention


def is_module_or_none(file: FileRewrite, name: str, others: list[Mention]) -> bool:
    """Whether the statements that assign the name give it None, and the rest asks which of them it is. `others`: the
    mentions that take nothing of the module."""
    nodes = [node for node in ast.walk(file.source.tree) if not isinstance(node, ast.Module)]
    assigned = {place(file, one) for node in nodes for one in given_none(node) if one.id == name}
    asked = {place(file, one) for node in nodes for one in asked_about(node) if one.id == name}
    return all(
        one.role == IMPORT or one.start in (assigned if one.role == STORE else asked) for one in others
    )


def place(file: FileRewrite, node: ast.Name) -> int:
    return file.source.offset(node.lineno, node.col_offset)


def given_none(node: ast.AST) -> Iterator[ast.Name]:
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and node.value.value is None:
        yield from (one for one in node.targets[:1] if isinstance(one, ast.Name) and len(node.targets) == 1)


def asked_about(node: ast.AST) -> Iterator[ast.Name]:
    """`m is None`, `not m`, `if m and x:`"""
    if isinstance(node, ast.Compare):
        against = node.comparators[0]
        if isinstance(node.ops[0], (ast.Is, ast.IsNot)) and isinstance(against, ast.Constant):
            yield from names_in_test(node.left)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield from names_in_test(node.operand)
    elif isinstance(node, (ast.If, ast.IfExp, ast.While, ast.Assert)):
        yield from names_in_test(node.test)


def names_in_test(node: ast.expr) -> Iterator[ast.Name]:
    if isinstance(node, ast.Name):
        yield node
    elif isinstance(node, ast.BoolOp):
        for value in node.values:
            yield from names_in_test(value)
