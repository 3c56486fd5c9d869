"""Whether what a replaced call gives is taken as what it is: read off the new text, without the decisions behind it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from codemods.edit.calls.call_result import EXPECTED
from codemods.edit.file_rewrite import FileRewrite, ReplacedCall
from codemods.link.callees import Callee
from codemods.model.edits import TextEdit, spans_after
from codemods.model.facts import IN_FORMATTED_STRING
from codemods.read.compare_trees import OffsetMap
from codemods.read.name_walk import ITERATE
from codemods.read.node_facts import span
from codemods.read.source import Source, Unreadable, parse_python

Parents = dict[ast.AST, ast.AST]


def result_trouble(file: FileRewrite, edits: Sequence[TextEdit], after: Source) -> str | None:
    """None where nothing is called whose result may be another, or where that can't be read."""
    kinds = [
        (called, pair.old, pair.new)
        for called in file.replaced_calls
        if (pair := file.links.callees.get(called.match.rule_number)) and pair.new.gives
        if called.mention.call and called.mention.call.place != IN_FORMATTED_STRING
    ]
    if not kinds:
        return None
    tree = parse_python(after.text)
    if isinstance(tree, Unreadable):
        return None
    parents = {child: parent for parent in ast.walk(tree) for child in ast.iter_child_nodes(parent)}
    calls = {span(after, node.func)[0]: node for node in parents if isinstance(node, ast.Call)}
    offsets = OffsetMap([(edit.start, edit.end) for edit in edits], spans_after(edits))
    for called, old, new in kinds:
        start, line = offsets.new_offset(called.mention.start), called.mention.line
        call = calls.get(start) or calls.get(offsets.new_start(called.mention.start))
        if call is None:
            return f"line {line}: the call is not where it should be"
        trouble = taking_trouble(called, call, parents, old, new)
        if trouble:
            return f"line {line}: {trouble}"
    return ""


def taking_trouble(called: ReplacedCall, call: ast.Call, parents: Parents, old: Callee, new: Callee) -> str:
    has_await = isinstance(parents.get(call), ast.Await)
    had_await = called.mention.call is not None and called.mention.call.taken_by == "await"
    if new.gives == "awaitable":
        if has_await:
            return "" if within_async_function(call, parents) else "its await is outside of an async function"
        return (
            ""
            if old.gives == "awaitable" and not had_await
            else "it gives something to await, and has no await"
        )
    if has_await and old.gives == "awaitable":
        return "it has an await, and gives nothing to await"
    if (
        new.gives in EXPECTED
        and old.gives != new.gives
        and taken_by(call, parents) not in EXPECTED[new.gives]
    ):
        return f"{new.gives} isn't expected here"
    return ""


def taken_by(call: ast.Call, parents: Parents) -> str:
    parent = parents.get(call)
    if isinstance(parent, ast.withitem):
        return "async with" if isinstance(parents.get(parent), ast.AsyncWith) else "with"
    if isinstance(parent, (ast.For, ast.AsyncFor, ast.comprehension)):
        is_async = isinstance(parent, ast.AsyncFor) or bool(getattr(parent, "is_async", 0))
        return "async for" if is_async else "for"
    if isinstance(parent, ast.Call) and call in parent.args[:1] and is_builtin(parent.func, parents):
        return "for"
    kinds = {ast.Starred: "star", ast.YieldFrom: "yield from"}
    return kinds.get(type(parent), "")


def is_builtin(function: ast.expr, parents: Parents) -> bool:
    """Whether it is one of Python's own functions that loop over what they get, and nothing here has its name."""
    name = function.id if isinstance(function, ast.Name) else ""
    bound = (getattr(one, key, "") for one in parents for key in ("name", "asname", "arg"))
    stored = (one.id for one in parents if isinstance(one, ast.Name) and not isinstance(one.ctx, ast.Load))
    return name in ITERATE and name not in bound and name not in stored


def within_async_function(node: ast.AST, parents: Parents) -> bool:
    """Whether the innermost function around it is async, with no lambda, class or generator between."""
    for child, parent in ancestors(node, parents):
        if isinstance(parent, (ast.FunctionDef, ast.AsyncFunctionDef)):
            return isinstance(parent, ast.AsyncFunctionDef) and child in parent.body
        if isinstance(parent, (ast.Lambda, ast.ClassDef)):
            return False
        if isinstance(parent, ast.GeneratorExp) and child is not parent.generators[0]:
            return False
    return False


def ancestors(node: ast.AST, parents: Parents) -> Iterator[tuple[ast.AST, ast.AST]]:
    while node in parents:
        yield node, parents[node]
        node = parents[node]
