"""Which module imports which while it is loaded: the graph in which import cycles are found."""

from __future__ import annotations

import ast
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from codemods.model.modules import Modules
from codemods.model.rival_modules import spell_module
from codemods.read.scopes import is_main, is_type_checking
from codemods.read.source import Unreadable, parse_python, read_source

ImportEdge = tuple[int, str | None, tuple[str, ...]]


def load_time_imports(data: bytes) -> tuple[ImportEdge, ...]:
    """Imports that run when the module is loaded: level, module, names."""
    source = read_source(data)
    if isinstance(source, Unreadable) or b"import" not in data:
        return ()
    tree = parse_python(source.statements.holding(["import"]).text)
    return () if isinstance(tree, Unreadable) else tuple(imports_when_loaded(tree.body))


def imports_when_loaded(body: list[ast.stmt]) -> Iterator[ImportEdge]:
    for node in body:
        if isinstance(node, ast.Import):
            yield from ((0, None, (alias.name,)) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.level, node.module or "", tuple(alias.name for alias in node.names)
        elif isinstance(node, ast.If) and (is_type_checking(node.test) or is_main(node.test)):
            yield from imports_when_loaded(node.orelse)
        elif not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            for name in ("body", "orelse", "finalbody"):
                yield from imports_when_loaded(getattr(node, name, []))
            for handler in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
                yield from imports_when_loaded(handler.body)


def is_module_import(body: list[ast.stmt]) -> bool:
    """`import c`, which needs nothing of what it loads."""
    return len(body) == 1 and isinstance(body[0], ast.Import) and len(body[0].names) == 1


@dataclass
class ImportGraph:
    modules: Modules
    read_imports: Callable[[str], tuple[ImportEdge, ...]]
    """The edges of a file, by its path."""
    loaded_by_path: dict[str, tuple[str, ...]] = field(default_factory=dict)
    circles: dict[str, frozenset[str]] = field(default_factory=dict)

    def loaded_files(self, path: str) -> tuple[str, ...]:
        """The files that loading this one loads, without the packages around it, which are there before."""
        if path not in self.loaded_by_path:
            parents = set(self.parent_packages(path))
            found = dict.fromkeys(self.imported_files(path))
            self.loaded_by_path[path] = tuple(
                other for other in found if other != path and other not in parents
            )
        return self.loaded_by_path[path]

    def parent_packages(self, path: str) -> Iterator[str]:
        name = spell_module(self.modules.name_of(path))
        while "." in name:
            name = name.rpartition(".")[0]
            yield from self.modules.paths_by_name.get(self.modules.module_meant_by(path, name), ())

    def imported_files(self, path: str) -> Iterator[str]:
        for level, module, names in self.read_imports(path):
            if module is None:
                yield from self.files_with_parents(path, names[0])
                continue
            base = self.modules.absolute(path, level, module)
            if base is None:
                continue
            yield from self.files_with_parents(path, spell_module(base))
            for name in names:
                member = ".".join(self.modules.member(path, base, name))
                yield from self.modules.paths_by_name.get(member, ())

    def files_with_parents(self, path: str, name: str) -> Iterator[str]:
        while name:
            yield from self.modules.paths_by_name.get(self.modules.module_meant_by(path, name), ())
            name = name.rpartition(".")[0]

    def reachable_from(self, path: str, goal: str | None = None) -> Mapping[str, str]:
        """Every file that is loaded with this one, each with the one that loads it."""
        loaded_by = {path: ""}
        waiting = deque([path])
        while waiting:
            at = waiting.popleft()
            for other in self.loaded_files(at):
                if other not in loaded_by:
                    loaded_by[other] = at
                    if other == goal:
                        return loaded_by
                    waiting.append(other)
        return loaded_by

    def circle_of(self, path: str) -> frozenset[str]:
        """The files that load this one and that it loads, directly or not; itself included."""
        if path not in self.circles:
            loaded = self.reachable_from(path)
            loaders: dict[str, list[str]] = {}
            for loader in loaded:
                for other in self.loaded_files(loader):
                    loaders.setdefault(other, []).append(loader)
            self.circles[path] = closure(path, loaders)
        return self.circles[path]


def closure(start: str, following: Mapping[str, Iterable[str]]) -> frozenset[str]:
    found, waiting = {start}, [start]
    while waiting:
        new = set(following.get(waiting.pop(), ())) - found
        found |= new
        waiting += new
    return frozenset(found)


def import_path(loaded_by: Mapping[str, str], goal: str) -> list[str]:
    """The files from the start to the goal."""
    steps = [goal]
    while loaded_by.get(steps[-1]):
        steps.append(loaded_by[steps[-1]])
    return steps[::-1]
