"""Modules of the standard library, and what can be moved out of each: a definition with all that it depends on."""

from __future__ import annotations

import ast
import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

MODULES = (
    *("argparse", "ast", "base64", "calendar", "codeop", "colorsys", "configparser", "contextlib", "copy"),
    *("csv", "dataclasses", "difflib", "dis", "enum", "fnmatch", "fractions", "functools", "getopt"),
    *(
        "gettext",
        "graphlib",
        "heapq",
        "ipaddress",
        "mimetypes",
        "netrc",
        "optparse",
        "pickletools",
    ),
    *("plistlib", "quopri", "shlex", "statistics", "string", "tabnanny", "textwrap"),
    *("token", "tokenize", "traceback", "types", "typing", "warnings", "weakref", "zipapp"),
)
Definition = ast.FunctionDef | ast.ClassDef


@dataclass(frozen=True)
class MovedDefinition:
    """A class or a function of a module, and the statements that it needs."""

    module: str
    source: str
    node: Definition
    needed: tuple[ast.stmt, ...]
    uses: tuple[ast.Name, ...]
    """Where the rest of the module names it."""
    is_global: bool
    """Whether nothing else in the module is called like it."""

    @property
    def name(self) -> str:
        return self.node.name

    @property
    def lines(self) -> list[str]:
        return self.source.splitlines()

    @property
    def tree(self) -> ast.Module:
        return ast.parse(self.source)

    def alone(self, name: str) -> str:
        """A module with the definition, under this name."""
        lines = self.lines
        at = self.node.lineno - 1
        lines[at] = lines[at].replace(self.name, name, 1)
        kept = {number for one in (*self.needed, self.node) for number in lines_of(one)}
        return "\n".join(lines[number - 1] for number in sorted(kept)) + "\n"


def lines_of(node: ast.stmt) -> range:
    decorators = getattr(node, "decorator_list", [])
    first = min(one.lineno for one in (node, *decorators))
    return range(first, (node.end_lineno or first) + 1)


@dataclass(frozen=True)
class ModuleStatements:
    """The statements of a module, with the names that each binds and names."""

    module: str
    source: str
    tree: ast.Module
    bound: dict[ast.stmt, frozenset[str]]
    named: dict[ast.stmt, frozenset[str]]

    @classmethod
    def of(cls, module: str) -> ModuleStatements:
        spec = importlib.util.find_spec(module)
        assert spec
        assert spec.origin
        source = Path(spec.origin).read_text()
        tree = ast.parse(source)
        bound = {one: frozenset(bound_by(one)) for one in tree.body}
        named = {one: frozenset(name.id for name in names_in(one)) for one in tree.body}
        return cls(module, source, tree, bound, named)

    def movable(self, node: Definition) -> MovedDefinition | None:
        """None if it can't be moved alone: it is bound twice, nothing uses it, or what it needs uses it."""
        rest = [one for one in self.tree.body if one is not node]
        users = [one for one in rest if node.name in self.named[one]]
        needed = self.needed_by(node, rest)
        if not users or any(node.name in self.bound[one] for one in rest):
            return None
        if node.name in self.named[node] or any(one in needed for one in users):
            return None
        if any(node.name in {name.id for name in names_in(text)} for one in users for text in formatted(one)):
            return None
        uses = tuple(name for one in users for name in names_in(one) if name.id == node.name)
        return MovedDefinition(self.module, self.source, node, needed, uses, is_only(self.tree, node.name))

    def needed_by(self, node: Definition, rest: list[ast.stmt]) -> tuple[ast.stmt, ...]:
        """The statements of a module that bind what a definition names, in order."""
        wanted, found = set(self.named[node]), set[ast.stmt]()
        while further := [one for one in rest if one not in found and wanted & self.bound[one]]:
            found.update(further)
            wanted.update(name for one in further for name in self.named[one])
        return tuple(one for one in rest if one in found or is_future(one))


@cache
def definitions_of(module: str) -> tuple[MovedDefinition, ...]:
    statements = ModuleStatements.of(module)
    found = (statements.movable(one) for one in statements.tree.body if isinstance(one, Definition))
    return tuple(one for one in found if one is not None)


def formatted(statement: ast.stmt) -> Iterator[ast.JoinedStr]:
    return (one for one in ast.walk(statement) if isinstance(one, ast.JoinedStr))


def is_future(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.ImportFrom) and statement.module == "__future__"


def names_in(node: ast.AST) -> Iterator[ast.Name]:
    return (one for one in ast.walk(node) if isinstance(one, ast.Name))


def bound_by(statement: ast.stmt) -> Iterator[str]:
    """The names that a statement binds in its module, and maybe others."""
    if isinstance(statement, Definition):
        yield statement.name
        return
    for one in ast.walk(statement):
        if isinstance(one, ast.Name) and not isinstance(one.ctx, ast.Load):
            yield one.id
        elif isinstance(one, Definition):
            yield one.name
        elif isinstance(one, ast.alias):
            yield one.asname or one.name.partition(".")[0]


def is_only(tree: ast.Module, name: str) -> bool:
    """Whether the name is bound once in the whole module, in no function and no class."""
    bound = [one.id for one in names_in(tree) if not isinstance(one.ctx, ast.Load)]
    for one in ast.walk(tree):
        if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            bound.append(one.name)
        elif isinstance(one, ast.arg):
            bound.append(one.arg)
        elif isinstance(one, ast.alias):
            bound.append(one.asname or one.name)
        elif isinstance(one, ast.Global | ast.Nonlocal):
            bound += one.names
        elif isinstance(one, ast.ExceptHandler | ast.MatchAs) and one.name:
            bound.append(one.name)
    return bound.count(name) == 1
