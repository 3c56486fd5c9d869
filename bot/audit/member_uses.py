"""Where callers use members of a deprecated class, as far as their file shows of what class an object is."""

from __future__ import annotations

import ast
from collections.abc import Collection

from codemods.link.interfaces.class_values import ClassValues
from codemods.link.interfaces.origins import dotted_parts
from codemods.model.rules import Symbol
from codemods.read.source import Unreadable, read_source


def member_uses(data: bytes, old: Symbol, members: Collection[str]) -> dict[str, list[int]]:
    """The lines where a file uses members of the old class."""
    source = read_source(data)
    if isinstance(source, Unreadable):
        return {}
    values = ClassValues(source.tree, names_of_class(source.tree, old))
    used: dict[str, list[int]] = {}
    for node in values.scopes.nodes:
        if isinstance(node, ast.Attribute) and node.attr in members and values.at(node.value) is not None:
            used.setdefault(node.attr, []).append(node.lineno)
    return used


def names_of_class(tree: ast.Module, old: Symbol) -> frozenset[str]:
    """The names of the old class in a file: by its imports, through modules, and its own where it's defined."""
    names = {old.name or ""}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            names.update(alias.asname or alias.name for alias in node.names if alias.name == old.name)
        elif isinstance(node, ast.Attribute) and node.attr == old.name:
            names.add(".".join(dotted_parts(node)))
    return frozenset(names)
