"""What a module's `__all__` lists."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator


def exported_names(
    statements: Iterable[ast.stmt], calls: Iterable[tuple[ast.Call, int, int]]
) -> tuple[tuple[str, ...] | None, bool]:
    """What `__all__` lists, and whether all of it could be read."""
    names: list[str] = []
    complete = True
    any_found = False
    for value in export_values(statements, calls):
        any_found = True
        if isinstance(value, (ast.List, ast.Tuple)):
            for element in value.elts:
                if isinstance(element, ast.Constant) and isinstance(element.value, str):
                    names.append(element.value)
                else:
                    complete = False
        else:
            complete = False
    return (tuple(names) if any_found else None), complete


def export_values(
    statements: Iterable[ast.stmt], calls: Iterable[tuple[ast.Call, int, int]]
) -> Iterator[ast.expr | None]:
    for statement in statements:
        value = getattr(statement, "value", None)
        while isinstance(value, ast.BinOp):
            yield value.right
            value = value.left
        yield value
    for call, _, _ in calls:
        name = all_method(call)
        if name == "extend" and call.args:
            yield call.args[0]
        elif name == "append" and call.args:
            yield ast.List([call.args[0]], ast.Load())


def all_method(call: ast.Call) -> str | None:
    """`extend` for `__all__.extend(…)`."""
    function = call.func
    if (
        isinstance(function, ast.Attribute)
        and isinstance(function.value, ast.Name)
        and function.value.id == "__all__"
    ):
        return function.attr
    return None
