"""A function in the place of a class: what only a class can be used for."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.link.callees import last_part
from codemods.link.misfits.misfit import Misfits, UsesOfClass

OF_FUNCTIONS = frozenset(dir(lambda: None)) - {"__class__"}
ASKING = frozenset({"isinstance", "issubclass"})
EXPECTING = frozenset({"assertRaises", "assertRaisesRegex", "raises", "suppress"})


def function_misfits(uses: UsesOfClass) -> Misfits:
    for node in uses.nodes if uses.change.new is None else ():
        for one in places_for_classes(node):
            value = uses.values.at(one)
            if (
                value is not None
                and value.is_class
                and value.of is None
                and not uses.is_only_read_as_type(one)
            ):
                yield uses.misfit(one, f"{uses.change.name} is a function, and a class is needed here")


def places_for_classes(node: ast.AST) -> Iterator[ast.expr]:
    asked: list[ast.expr | None] = []
    if isinstance(node, ast.Call):
        name = last_part(node.func)
        asked = [*node.args[1:2]] if name in ASKING else [*node.args] if name in EXPECTING else []
    elif isinstance(node, ast.ExceptHandler):
        asked = [node.type]
    elif isinstance(node, ast.MatchClass):
        asked = [node.cls]
    elif isinstance(node, ast.ClassDef):
        asked = [*node.bases]
    elif isinstance(node, ast.Subscript):
        asked = [node.value]
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        asked = [node.left, node.right]
    elif isinstance(node, ast.Attribute) and node.attr not in OF_FUNCTIONS:
        asked = [node.value]
    elif isinstance(node, ast.Raise) and not isinstance(node.exc, ast.Call):
        asked = [node.exc]
    for one in asked:
        yield from one.elts if isinstance(one, ast.Tuple) else [one] if one is not None else []
