"""Classes that an old class is built on and the new one isn't: what asks for them no longer gets the new one's objects."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator

from codemods.link.callees import WITHOUT_MEANING, Callees, DefinedCallee, last_part
from codemods.link.symbol_match import Key
from codemods.model.rules import Rules, Symbol

MOST_STEPS = 8


def lost_bases(rules: Rules, callees: Callees) -> dict[int, frozenset[Key]]:
    """By a rule's number. Nothing where the new class is built on something that can't be told, or where
    other rules move the base as well."""
    moved = {old: new for old, new in moved_classes(rules, callees) if old != new}
    modules = {rule.old.module: rule.new.module for rule in rules.replace if not rule.old.name}
    found = {}
    for number, rule in enumerate(rules.replace):
        old, new = class_of(callees, rule.old), class_of(callees, rule.new)
        if old is None or new is None or old == new:
            continue
        kept = {*bases_of(callees, new), key_of(new)}
        lost = {
            base
            for base in {*bases_of(callees, old)} - kept
            if moved.get(base) not in kept and (modules.get(base[0], ""), base[1]) not in kept
            if base[0] or is_builtin(base[1])
        }
        if lost and all(module or is_builtin(name) for module, name in kept):
            found[number] = frozenset(lost)
    return found


def moved_classes(rules: Rules, callees: Callees) -> Iterator[tuple[Key, Key]]:
    for rule in rules.replace:
        old, new = class_of(callees, rule.old), class_of(callees, rule.new)
        if old is not None and new is not None:
            yield key_of(old), key_of(new)


def class_of(callees: Callees, symbol: Symbol) -> DefinedCallee | None:
    definition = callees.definition(symbol.module, symbol.name) if symbol.name else None
    return definition if definition and isinstance(definition.node, ast.ClassDef) else None


def key_of(definition: DefinedCallee) -> Key:
    return definition.module.name, definition.node.name


def bases_of(callees: Callees, definition: DefinedCallee, steps: int = MOST_STEPS) -> Iterator[Key]:
    """Without a module where it's built in, or can't be found."""
    nodes = definition.node.bases if isinstance(definition.node, ast.ClassDef) and steps else ()
    for node in nodes:
        name = last_part(node.value if isinstance(node, ast.Subscript) else node)
        found = callees.definition(definition.module.name, name) if isinstance(node, ast.Name) else None
        if found is not None and isinstance(found.node, ast.ClassDef) and found != definition:
            yield key_of(found)
            yield from bases_of(callees, found, steps - 1)
        elif name in WITHOUT_MEANING:
            continue
        elif is_builtin(name):
            yield from (("", one.__name__) for one in getattr(builtins, name).__mro__[:-1])
        else:
            yield "", name


def is_builtin(name: str) -> bool:
    return isinstance(getattr(builtins, name, None), type)
