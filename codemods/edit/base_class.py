"""A class that is built on an old symbol: whether its calls of that one's constructor fit the new one's."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.edit.calls.call_arguments import ArgumentMapping
from codemods.edit.file_rewrite import FileRewrite
from codemods.link.callees import own_method, own_nodes
from codemods.link.symbol_match import SymbolMatch, call_target
from codemods.model.edits import TextEdit
from codemods.model.facts import Mention
from codemods.model.records import record
from codemods.read.node_facts import call_fact, span
from codemods.read.source import Unreadable, parse_python


@record
class BaseClassPlan:
    trouble: str = ""
    edits: tuple[TextEdit, ...] = ()


def plan_base_class(file: FileRewrite, match: SymbolMatch, mention: Mention) -> BaseClassPlan:
    pair, rule = file.links.callees.get(match.rule_number), file.links.rule_of(match)
    target = call_target(rule)
    if pair is None or target is None or rule.calls is None:
        return BaseClassPlan()
    old, new = pair.old.signature, pair.new_symbol.signature
    if old == new and new is not None:
        return BaseClassPlan()
    built = class_at(file, mention)
    constructor = own_method(built, "__init__") if built is not None else None
    if new is None:
        return BaseClassPlan("a class is built on it here, and what the new constructor takes can't be told")
    if built is None or constructor is None:
        return BaseClassPlan("a class is built on it here, and inherits a constructor that is another")
    is_constructor = target.is_new_symbol and not target.method
    changes = rule.calls.arguments if is_constructor else {}
    edits: list[TextEdit] = []
    for call in constructor_calls(constructor):
        fact = call_fact(file.source, call, 0, False)
        arguments = ArgumentMapping(
            lambda: file.source.text,
            fact,
            span(file.source, call.func)[1],
            changes,
            old,
            new,
            lambda _: False,
        ).run()
        misfit = new.misfit(arguments.passed) if arguments.passed is not None else ""
        trouble = arguments.trouble or misfit
        if trouble:
            return BaseClassPlan(
                f"a class is built on it here, and calls its constructor on line {call.lineno}: {trouble}"
            )
        edits += arguments.edits
    return BaseClassPlan("", tuple(edits))


def class_at(file: FileRewrite, mention: Mention) -> ast.ClassDef | None:
    tree = parse_python(file.source.text)
    for node in ast.walk(tree) if not isinstance(tree, Unreadable) else ():
        if isinstance(node, ast.ClassDef):
            places = [span(file.source, base) for base in node.bases]
            if any(start <= mention.start < end for start, end in places):
                return node
    return None


def constructor_calls(constructor: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[ast.Call]:
    """`super().__init__(…)`."""
    for node in own_nodes(constructor):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "__init__"
        ):
            inner = node.func.value
            if isinstance(inner, ast.Call) and isinstance(inner.func, ast.Name) and inner.func.id == "super":
                yield node
