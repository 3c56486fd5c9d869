"""Calls of the class that don't stand where its name does: by a `partial`, a `map`, a class of the file built on it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

from codemods.link.callees import last_part, own_method
from codemods.link.interfaces.class_body import name_of
from codemods.link.misfits.misfit import Misfits, UsesOfClass
from codemods.link.signatures import PassedArguments, passed_in

OF_DATACLASSES = frozenset({"asdict", "astuple", "fields"})


class LaterCall(NamedTuple):
    """A class that something else calls, and what it passes."""

    called: ast.expr
    passed: PassedArguments


def call_misfits(uses: UsesOfClass) -> Misfits:
    for node in uses.nodes:
        for later in calls_of(node):
            value = uses.values.at(later.called)
            if value is None or not value.is_class or not has_its_constructor(uses, value.of):
                continue
            is_judged = not uses.change.moves_with_module and uses.is_named(later.called)
            if later.called is getattr(node, "func", None):
                yield from hidden_arguments(uses, later)
                if is_judged:
                    continue
            if problem := misfit_of(uses, later.passed):
                yield uses.misfit(later.called, problem)
        if isinstance(node, ast.Call):
            yield from dataclass_misfits(uses, node)


def misfit_of(uses: UsesOfClass, passed: PassedArguments) -> str:
    old, new = uses.change.old_call, uses.change.new_call
    trouble = new.misfit(passed) if new is not None else ""
    return "" if not trouble or (old is not None and old.misfit(passed)) else trouble


def hidden_arguments(uses: UsesOfClass, call: LaterCall) -> Misfits:
    """A call whose arguments can be seen is judged where it's migrated."""
    old, new = uses.change.old_call, uses.change.new_call
    if call.passed.hides_some and old is not None and new is not None and not new.takes_all_of(old):
        yield uses.misfit(call.called, "its * or ** arguments may not fit the new one", False)


def has_its_constructor(uses: UsesOfClass, built: ast.ClassDef | None) -> bool:
    """Whether a class of the file takes what the old class does."""
    if built is None:
        return True
    names = ("__init__", "__new__")
    return not built.decorator_list and uses.leaves_all(built, names)


def calls_of(node: ast.AST) -> Iterator[LaterCall]:
    if isinstance(node, ast.Call):
        yield LaterCall(node.func, passed_in(node))
        yield from calls_by_function(node)
    elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield from (LaterCall(one, PassedArguments(1, ())) for one in node.decorator_list)


def calls_by_function(node: ast.Call) -> Iterator[LaterCall]:
    name = last_part(node.func)
    if name == "partial" and node.args:
        inside = ast.Call(node.func, node.args[1:], node.keywords)
        passed = passed_in(inside)
        yield LaterCall(node.args[0], PassedArguments(passed.positional_count, passed.keywords, True))
    elif name == "map" and len(node.args) > 1:
        yield LaterCall(node.args[0], PassedArguments(len(node.args) - 1, ()))
    elif name == "filter" and node.args:
        yield LaterCall(node.args[0], PassedArguments(1, ()))
    elif name == "defaultdict" and node.args:
        yield LaterCall(node.args[0], PassedArguments(0, ()))
    for one in node.keywords:
        if one.arg in ("default_factory", "key"):
            yield LaterCall(one.value, PassedArguments(int(one.arg == "key"), ()))


def dataclass_misfits(uses: UsesOfClass, node: ast.Call) -> Misfits:
    old, new, name = uses.change.old, uses.change.new, last_part(node.func)
    is_asked = name in OF_DATACLASSES or (name == "replace" and bool(node.keywords))
    if not is_asked or not node.args or new is None or not old.is_dataclass:
        return
    value = uses.values.at(node.args[0])
    if value is None or value.of is not None:
        return
    signature = uses.change.new_call
    if not new.is_dataclass:
        yield uses.misfit(node, f"{uses.change.name} isn't a dataclass")
    elif name == "replace" and signature is not None:
        gone = [one.arg for one in node.keywords if one.arg and one.arg not in signature.names]
        if gone:
            yield uses.misfit(node, f"{uses.change.name} has no field {gone[0]}")


# ---- constructors that classes of the file call


def constructor_misfits(uses: UsesOfClass) -> Misfits:
    for built in uses.values.built_classes():
        constructor = own_method(built, "__init__")
        for node in ast.walk(constructor) if constructor is not None else ():
            if (
                isinstance(node, ast.Call)
                and name_of(node.func) == "__init__"
                and isinstance(node.func, ast.Attribute)
            ):
                value = uses.values.at(node.func.value)
                if value is None or not uses.is_built_on_it_alone(built):
                    continue
                passed = passed_in(node)
                if value.is_class:
                    passed = PassedArguments(
                        max(passed.positional_count - 1, 0), passed.keywords, passed.hides_some
                    )
                if (value.is_super or value.of is None) and (problem := misfit_of(uses, passed)):
                    yield uses.misfit(node, problem)
