"""The classes of a tree that types lead to: what each is built on, as far as that can be read."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from codemods.model.records import record
from codemods.model.tree import Entry, Tree, read_content
from codemods.read.member_facts import ClassFact, MemberFacts, Range
from codemods.read.source import Source, parse_python, read_source
from codemods.types.receivers import Receivers
from codemods.types.type_parts import LIBRARY, Type, TypePart

WITHOUT_MEMBERS = frozenset({"object", "Generic", "Protocol", "ABC"})
"""Base classes that have no member that matters."""
MOST_STEPS = 40


class ClassKey(NamedTuple):
    path: str
    line: int
    """Of the name, from 1."""


class LibraryClass(NamedTuple):
    module: str
    name: str


@record
class Lineage:
    """A class and all that it's built on."""

    classes: tuple[ClassKey, ...]
    libraries: tuple[LibraryClass, ...] = ()
    unknown: tuple[str, ...] = ()
    """Base classes that could not be found, as they are written."""


@dataclass
class ClassTable:
    tree: Tree
    entries: Mapping[str, Entry]
    read: Callable[[str], MemberFacts]
    receivers: Receivers
    lineages: dict[ClassKey, Lineage] = field(default_factory=dict)
    bounds: dict[TypePart, Type] = field(default_factory=dict)

    def key(self, path: str, line: int) -> ClassKey:
        """Of a class in a stub: the class in the module that the stub describes, where that has it."""
        module = path.removesuffix("i")
        if path.endswith(".pyi") and module in self.entries:
            names = [one.name for one in self.read(path).classes if one.line == line]
            lines = [one.line for one in self.read(module).classes if one.name in names]
            return ClassKey(module, lines[0]) if len(lines) == 1 else ClassKey(path, line)
        return ClassKey(path, line)

    def is_only_described(self, key: ClassKey) -> bool:
        """Whether a stub has it, and the module beside it doesn't."""
        return key.path.endswith(".pyi") and key.path.removesuffix("i") in self.entries

    def fact(self, key: ClassKey) -> ClassFact | None:
        if key.path not in self.entries:
            return None
        return next((one for one in self.read(key.path).classes if one.line == key.line), None)

    def lineage(self, key: ClassKey, steps: int = MOST_STEPS) -> Lineage:
        if key not in self.lineages:
            self.lineages[key] = Lineage((key,), unknown=("itself",))
            self.lineages[key] = self.read_lineage(key, steps)
        return self.lineages[key]

    def read_lineage(self, key: ClassKey, steps: int) -> Lineage:
        fact = self.fact(key)
        if fact is None or not steps:
            return Lineage((key,), unknown=(f"{key.path}:{key.line}",))
        classes, libraries, unknown = [key], list[LibraryClass](), list[str]()
        types = self.receivers.types(key.path, fact.bases) if fact.bases else {}
        for base, text in zip(fact.bases, fact.base_texts, strict=True):
            if text.rpartition(".")[2] in WITHOUT_MEMBERS:
                continue
            parts = types[base]
            part = parts[0] if len(parts) == 1 else None
            if part is None or part.kind != "class" or not part.is_class:
                unknown.append(text)
            elif part.path.startswith(LIBRARY):
                libraries.append(LibraryClass(part.path.removeprefix(LIBRARY), part.name))
            else:
                inner = self.lineage(self.key(part.path, part.line), steps - 1)
                classes += inner.classes
                libraries += inner.libraries
                unknown += inner.unknown
        return Lineage(
            tuple(dict.fromkeys(classes)), tuple(dict.fromkeys(libraries)), tuple(dict.fromkeys(unknown))
        )

    # ---- type variables

    def with_bounds(self, found: Type) -> Type:
        """With the bounds of type variables in their place."""
        return tuple(
            part for one in found for part in (self.bound_of(one) if one.kind == "variable" else (one,))
        )

    def bound_of(self, variable: TypePart) -> Type:
        if variable not in self.bounds:
            self.bounds[variable] = self.read_bound(variable)
        return self.bounds[variable]

    def read_bound(self, variable: TypePart) -> Type:
        unknown = (TypePart("any", variable.name),)
        entry = self.entries.get(variable.path)
        source = read_source(read_content(self.tree, entry)) if entry else None
        tree = parse_python(source.text) if isinstance(source, Source) else None
        if not isinstance(source, Source) or not isinstance(tree, ast.Module):
            return unknown
        bound = bound_expression(tree, variable)
        if bound is None:
            return unknown
        at = range_in(source, bound)
        found = self.receivers.types(variable.path, [at])[at]
        return tuple(one._replace(is_class=variable.is_class) for one in found)


def bound_expression(tree: ast.Module, variable: TypePart) -> ast.expr | None:
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and node.lineno == variable.line and isinstance(node.value, ast.Call):
            names = [target.id for target in node.targets if isinstance(target, ast.Name)]
            if variable.name in names:
                return next((one.value for one in node.value.keywords if one.arg == "bound"), None)
        for parameter in getattr(node, "type_params", ()):
            if parameter.name == variable.name and parameter.lineno == variable.line:
                bound: ast.expr | None = getattr(parameter, "bound", None)
                return bound
    return None


def range_in(source: Source, node: ast.expr) -> Range:
    def place(line: int, column: int) -> tuple[int, int]:
        start = source.line_starts[line - 1]
        text = source.text[start : start + column].decode("utf-8", "replace")
        return line - 1, len(text.encode("utf-16-le")) // 2

    start = place(node.lineno, node.col_offset)
    return Range(*start, *place(node.end_lineno or node.lineno, node.end_col_offset or 0))
