"""Symbols that get another value while the program runs or a test patches them, where the old module goes on reading it."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping

from codemods.link.callees import ParsedModule
from codemods.link.import_meanings import dotted_meanings
from codemods.link.patched_globals import ModuleGlobals
from codemods.link.symbol_match import Key
from codemods.model.facts import ASSIGNED, FileFacts
from codemods.model.modules import Modules
from codemods.model.rules import Replacement, Rules


def reassigned_symbols(
    modules: Modules,
    rules: Rules,
    facts: Mapping[str, FileFacts],
    parsed: Callable[[str], ParsedModule | None],
) -> dict[int, str]:
    """By a rule's number: why the new symbol wouldn't have the value that the old one has."""
    moved = {(rule.old.module, rule.old.name or "") for rule in rules.replace}
    assigned = dict(assignments(modules, facts))
    found: dict[int, str] = {}
    for number, rule in enumerate(rules.replace):
        old = parsed(rule.old.module) if rule.old.name else None
        if old is not None:
            names = {name for module, name in moved if module == rule.old.module}
            path = assigned.get((rule.old.module, rule.old.name or ""), "")
            trouble = reassignment_trouble(rule, ModuleGlobals(old.tree), names, path)
            found.update({number: trouble} if trouble else {})
    return found


def assignments(modules: Modules, facts: Mapping[str, FileFacts]) -> Iterator[tuple[Key, str]]:
    """What files assign in other modules."""
    for path, one in facts.items():
        named: dict[int, tuple[str, ...]] = {
            text.owner_start: (text.value,) for text in one.strings if text.flags & ASSIGNED
        }
        for mention in one.mentions:
            if mention.flags & ASSIGNED or mention.start in named:
                for parts in dotted_meanings(modules, path, one, mention):
                    *head, name = (*parts, *named.get(mention.start, ()))
                    yield (".".join(head), name), path


def reassignment_trouble(rule: Replacement, before: ModuleGlobals, moved: set[str], path: str) -> str:
    name = rule.old.name or ""
    setters = sorted(set(assigning(before, name)) - moved)
    if setters:
        return f"{rule.old.module}.{setters[0]} assigns {name} when it runs, and {rule.new.module} wouldn't have that value"
    readers = sorted(before.readers(name) - moved)
    if path and readers:
        return f"{path} assigns it, and {rule.old.module}.{readers[0]} reads what is assigned"
    return ""


def late_readers(rules: Rules, parsed: Callable[[str], ParsedModule | None]) -> dict[int, str]:
    """By a rule's number: what in the old module reads the symbol when it is called, and so gets what a test puts there."""
    ending = {*rules.ending, *(one.module for one in rules.retire)}
    found: dict[int, str] = {}
    for number, rule in enumerate(rules.replace):
        old = parsed(rule.old.module) if rule.old.name and rule.old.module not in ending else None
        symbol, module = rule.old.name or "", rule.old.module
        moved = {one.old.name for one in rules.replace if one.old.module == module}
        for name, node in ModuleGlobals(old.tree).definitions.items() if old else ():
            if name not in moved and symbol in set(names_read_later(node)):
                found.setdefault(number, f"{module}.{name} itself uses {symbol}, which is patched here")
    return found


def names_read_later(node: ast.AST) -> Iterator[str]:
    """In the bodies of the functions, not in what is read while the module is loaded."""
    for inner in ast.walk(node):
        if isinstance(inner, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            for part in inner.body if isinstance(inner.body, list) else [inner.body]:
                yield from (one.id for one in ast.walk(part) if isinstance(one, ast.Name))


def assigning(module: ModuleGlobals, name: str) -> Iterator[str]:
    """The definitions that declare the name as global."""
    for definition, node in module.definitions.items():
        if any(isinstance(inner, ast.Global) and name in inner.names for inner in ast.walk(node)):
            yield definition
