"""Which class and method surrounds a place in a file, and what the body of a class has."""

from __future__ import annotations

import ast
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from codemods.read.name_walk import last_name

ClassAndMethod = tuple[int, str]
"""The number of a class, and its method; empty outside of one."""
NAMES_OF_MEMBERS = ("__slots__", "__match_args__")
NOWHERE: ClassAndMethod = (-1, "")
DATACLASS_DECORATORS = frozenset({"dataclass", "define", "attrs", "frozen", "s"})


class ClassRegions(NamedTuple):
    """Parts of a text by the class and method around them, in order."""

    starts: Sequence[int]
    values: Sequence[ClassAndMethod]

    def around(self, at: int) -> ClassAndMethod:
        found = bisect_right(self.starts, at) - 1
        return self.values[found] if found >= 0 else NOWHERE


def class_regions(spans: Iterable[tuple[int, int, ClassAndMethod]]) -> ClassRegions:
    """Of classes and methods, of which each lies in another or beside it."""
    starts: list[int] = []
    values: list[ClassAndMethod] = []
    around: list[tuple[float, ClassAndMethod]] = [(float("inf"), NOWHERE)]

    def leave_until(place: float) -> None:
        while len(around) > 1 and around[-1][0] <= place:
            starts.append(int(around.pop()[0]))
            values.append(around[-1][1])

    for start, end, value in sorted(spans, key=lambda span: (span[0], -span[1])):
        leave_until(start)
        starts.append(start)
        values.append(value)
        around.append((end, value))
    leave_until(float("inf"))
    return ClassRegions(starts, values)


def class_with_methods(node: ast.ClassDef) -> list[ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef]:
    functions = (
        one for one in statements_in(node.body) if isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef))
    )
    return [node, *functions]


def statements_in(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a class, with those in its blocks."""
    for statement in body:
        yield statement
        if not isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            for name in ("body", "orelse", "finalbody"):
                yield from statements_in(getattr(statement, name, ()))
            for handler in getattr(statement, "handlers", ()):
                yield from statements_in(handler.body)


def bound_names(statement: ast.stmt) -> Iterator[tuple[str, ast.AST]]:
    """What a statement binds, and where."""
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield statement.name, statement
    elif isinstance(statement, (ast.Import, ast.ImportFrom)):
        yield from ((alias.asname or alias.name, alias) for alias in statement.names)
    targets: list[ast.expr] = []
    if isinstance(statement, ast.Assign):
        targets = statement.targets
    elif isinstance(statement, (ast.AnnAssign, ast.AugAssign, ast.For)):
        targets = [statement.target]
    for target in targets:
        for node in ast.walk(target):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                yield node.id, node


def made_value(statement: ast.stmt) -> ast.Call | None:
    """`C()` of `x = C()`: it may be told its name."""
    value = statement.value if isinstance(statement, (ast.Assign, ast.AnnAssign)) else None
    return value if isinstance(value, ast.Call) else None


def slot_values(node: ast.ClassDef) -> Iterator[ast.expr]:
    """What a class assigns to `__slots__`, or to `__match_args__`."""
    for statement in statements_in(node.body):
        if isinstance(statement, ast.Assign) and any(
            last_name(t) in NAMES_OF_MEMBERS for t in statement.targets
        ):
            yield statement.value


def string_constants(value: ast.expr) -> Iterator[ast.Constant]:
    for one in ast.walk(value):
        if isinstance(one, ast.Constant) and isinstance(one.value, str):
            yield one


def makes_constructor(decorator: ast.expr) -> bool:
    call = decorator if isinstance(decorator, ast.Call) else None
    if last_name(call.func if call else decorator) not in DATACLASS_DECORATORS:
        return False
    given = {one.arg: one.value for one in call.keywords} if call else {}
    init = given.get("init")
    return not (isinstance(init, ast.Constant) and init.value is False)
