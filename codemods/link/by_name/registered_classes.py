"""Deprecated classes and functions that something may find by their names: a base class, a metaclass or a decorator
registers them."""

from __future__ import annotations

import ast
import builtins
import sys
from collections.abc import Iterator
from typing import NamedTuple

from codemods.link.callees import Callees, DefinedCallee, ParsedModule
from codemods.link.given_modules import dotted_parts
from codemods.link.links import RegisteredClass
from codemods.model.rules import Rules

NAMES = frozenset({"__name__", "__qualname__"})
ORDINARY = frozenset({"type", "ABCMeta", "EnumMeta", "EnumType"})
DEEPEST = 10


class Register(NamedTuple):
    """What may know a class by its name."""

    name: str
    path: str = ""
    """Of the file that defines it; empty where that is a library's."""


def registered_classes(rules: Rules, callees: Callees) -> dict[int, RegisteredClass]:
    """By a rule's number, where the name changes."""
    found = {}
    for number, rule in enumerate(rules.replace):
        if rule.old.name and rule.old.name != rule.new.name:
            definition = callees.definition(rule.old.module, rule.old.name)
            register = next(registering(callees, definition, DEEPEST), None) if definition else None
            if register is not None:
                why = f"{register.name} may find {rule.old.dotted} by its name, which becomes {rule.new.name}"
                found[number] = RegisteredClass(why, register.path)
    return found


def registering(callees: Callees, definition: DefinedCallee, depth: int) -> Iterator[Register]:
    node = definition.node
    for decorator in node.decorator_list:
        chain = dotted_parts(decorator.func if isinstance(decorator, ast.Call) else decorator)
        called = callees.definition(definition.module.name, chain[0]) if len(chain) == 1 else None
        registers = reads_names if isinstance(node, ast.ClassDef) else keeps_by_name
        if called is not None and registers(called.node):
            yield Register(".".join(chain), called.module.path)
    if isinstance(node, ast.ClassDef):
        yield from metaclasses(callees, definition.module, node)
        yield from registering_bases(callees, definition.module, node, depth)


def metaclasses(callees: Callees, module: ParsedModule, node: ast.ClassDef) -> Iterator[Register]:
    for keyword in node.keywords:
        chain = dotted_parts(keyword.value)
        if keyword.arg == "metaclass" and chain and chain[-1] not in ORDINARY:
            found = callees.definition(module.name, chain[0]) if len(chain) == 1 else None
            yield Register(".".join(chain), found.module.path if found else "")


def registering_bases(
    callees: Callees, module: ParsedModule, node: ast.ClassDef, depth: int
) -> Iterator[Register]:
    """A base of a library may do so; those of the standard library don't."""
    for base in node.bases if depth else ():
        chain = dotted_parts(base.value if isinstance(base, ast.Subscript) else base)
        if not chain or hasattr(builtins, chain[0]):
            continue
        found = callees.definition(module.name, chain[0]) if len(chain) == 1 else None
        if found is None:
            if comes_from_library(callees, module, chain[0]):
                yield Register(".".join(chain))
        else:
            hooks = [one for one in ast.walk(found.node) if getattr(one, "name", "") == "__init_subclass__"]
            hooks += [one for one in ast.walk(found.module.tree) if looks_at_subclasses(one)]
            if any(map(reads_names, hooks)):
                yield Register(".".join(chain), found.module.path)
            yield from registering(callees, found, depth - 1)


def reads_names(node: ast.AST) -> bool:
    return any(isinstance(one, ast.Attribute) and one.attr in NAMES for one in ast.walk(node))


def looks_at_subclasses(node: ast.AST) -> bool:
    return isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and any(
        isinstance(one, ast.Attribute) and one.attr == "__subclasses__" for one in ast.walk(node)
    )


def keeps_by_name(node: ast.AST) -> bool:
    """`KNOWN[f.__name__] = f`, `register(f.__name__, f)`: many a decorator reads the name only to show it."""
    return any(
        reads_names(one.slice)
        if isinstance(one, ast.Subscript)
        else isinstance(one, ast.Call)
        and any(map(reads_names, one.args))
        and any(isinstance(argument, ast.Name) for argument in one.args)
        for one in ast.walk(node)
    )


def comes_from_library(callees: Callees, module: ParsedModule, name: str) -> bool:
    for node in module.tree.body:
        if isinstance(node, ast.ImportFrom) and any((one.asname or one.name) == name for one in node.names):
            source = callees.modules.absolute(module.path, node.level, node.module) or ""
            return is_library(callees, source)
        if isinstance(node, ast.Import):
            for one in node.names:
                if (one.asname or one.name.partition(".")[0]) == name:
                    return is_library(callees, one.name)
    return False


def is_library(callees: Callees, module: str) -> bool:
    top = module.partition(".")[0]
    return top not in sys.stdlib_module_names and not callees.modules.is_known(top)
