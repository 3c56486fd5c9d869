"""Members that calls name by their arguments, and dictionaries whose keys are members of a class."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from typing import NamedTuple

from codemods.read.name_walk import last_name
from codemods.read.source import Source
from codemods.read.strings import content_start_of

COPIES = frozenset({"replace", "evolve", "copy_with", "multiple"})
"""Functions whose first argument says what their keywords are members of."""


class NamedArgument(NamedTuple):
    name: str
    start: int
    """-1 where it can't be rewritten in place."""
    node: ast.AST


def named_arguments(source: Source, call: ast.Call, members: Collection[str]) -> Iterator[NamedArgument]:
    """`f(member=…)` and `f(**{"member": …})`; a mock's keys may go on: `"member.return_value"`."""
    for keyword in call.keywords:
        if keyword.arg is not None and keyword.arg in members:
            start = source.line_starts[keyword.lineno - 1] + keyword.col_offset
            exact = source.text.startswith(keyword.arg.encode(), start)
            yield NamedArgument(keyword.arg, start if exact else -1, keyword)
        elif keyword.arg is None and isinstance(keyword.value, ast.Dict):
            for key in keyword.value.keys:
                if isinstance(key, ast.Constant) and isinstance(key.value, str):
                    name = key.value.partition(".")[0]
                    if name in members:
                        yield NamedArgument(name, content_start_of(source, key), key)


def copied(call: ast.Call) -> ast.expr:
    """What the keywords of a call are members of: what is called, or what it makes a copy of."""
    name = last_name(call.func)
    if name in COPIES and call.args:
        return call.args[0]
    return call.func.value if name == "_replace" and isinstance(call.func, ast.Attribute) else call.func


def made_into_dictionary(node: ast.expr) -> ast.expr | None:
    """`x` of `asdict(x)`, `vars(x)`, `x._asdict()`, `x.__dict__`: its fields are the keys."""
    if isinstance(node, ast.Attribute) and node.attr == "__dict__":
        return node.value
    if not isinstance(node, ast.Call):
        return None
    if isinstance(node.func, ast.Attribute) and node.func.attr == "_asdict":
        return node.func.value
    return node.args[0] if last_name(node.func) in ("asdict", "vars") and node.args else None
