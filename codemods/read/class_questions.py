"""Where a file asks what class an object has: `isinstance(x, Base)`, `except Base`, `case Base()`, `@f.register(Base)`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

from codemods.model.patterns import lazy_pattern
from codemods.read.name_walk import last_name

ASKING = lazy_pattern(
    rb"\b(?:isinstance|issubclass|except|case|suppress|\w*[rR]aises\w*|singledispatch\w*|register)\b"
)
FUNCTIONS = frozenset({"isinstance", "issubclass"})
EXPECTING = frozenset({"suppress", "raises", "assertRaises", "assertRaisesRegex"})


class ClassQuestion(NamedTuple):
    node: ast.expr
    """The class that is asked for."""
    beside: frozenset[str]
    """The names of all that are asked for together with it."""


def class_questions(tree: ast.Module) -> Iterator[ClassQuestion]:
    dispatching: list[ast.expr] = []
    for node in ast.walk(tree):
        asked: list[ast.expr | None] = []
        if isinstance(node, ast.Call):
            function = last_name(node.func)
            asked = [*node.args[1:2]] if function in FUNCTIONS else []
            asked += node.args if function in EXPECTING else []
        elif isinstance(node, ast.Try | ast.TryStar):
            asked = [one.type for one in node.handlers]
        elif isinstance(node, ast.Match):
            asked = [one.cls for one in ast.walk(node) if isinstance(one, ast.MatchClass)]
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            dispatching += dispatched_on(node)
        yield from together(asked)
    yield from together(dispatching)


def together(nodes: list[ast.expr | None] | list[ast.expr]) -> Iterator[ClassQuestion]:
    found = [one for node in nodes if node is not None for one in classes_in(node)]
    names = frozenset(map(last_name, found))
    yield from (ClassQuestion(one, names) for one in found)


def classes_in(node: ast.expr) -> Iterator[ast.expr]:
    """`Base`, `(Base, Other)`, `Base | Other`."""
    if isinstance(node, ast.Tuple):
        for one in node.elts:
            yield from classes_in(one)
    elif isinstance(node, ast.BinOp):
        yield from (*classes_in(node.left), *classes_in(node.right))
    else:
        yield node


def dispatched_on(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[ast.expr]:
    """The class that `singledispatch` chooses a function by."""
    arguments = [*function.args.posonlyargs, *function.args.args]
    for decorator in function.decorator_list:
        named = decorator.func if isinstance(decorator, ast.Call) else decorator
        if not isinstance(named, ast.Attribute) or named.attr != "register":
            continue
        if isinstance(decorator, ast.Call):
            yield from decorator.args[:1]
        else:
            annotated = (one.annotation for one in arguments if one.annotation is not None)
            yield from [first] if (first := next(annotated, None)) is not None else []
