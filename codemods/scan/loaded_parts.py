"""Which packages the files of a tree load modules of, by the last part of their names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from codemods.link.import_graph import ImportGraph, load_time_imports
from codemods.model.modules import Modules
from codemods.model.rules import Rules
from codemods.model.tree import Entry, Tree
from codemods.read.run_time_names.loaded_packages import FORMS, OWN, loaded_packages


def packages_of_modules(rules: Rules) -> frozenset[str]:
    """Of those that move as a whole."""
    return frozenset(rule.old.module.rpartition(".")[0] for rule in rules.replace if not rule.old.name)


def read_loaded_packages(
    tree: Tree, rules: Rules, modules: Modules, python: Sequence[Entry]
) -> dict[str, frozenset[str]]:
    wanted = packages_of_modules(rules)
    holding = tree.grep(FORMS, python) if wanted else set()
    found: dict[str, set[str]] = {}
    for entry, data in tree.read([entry for entry in python if entry.path in holding]):
        own = modules.absolute(entry.path, 1, "") or ""
        packages = {own if one == OWN else one for one in loaded_packages(data)} & wanted
        if packages:
            near = {entry.path, *imported_files(modules, entry.path, data)}
            for package in packages:
                found.setdefault(package, set()).update(near)
    return {package: frozenset(paths) for package, paths in found.items()}


def imported_files(modules: Modules, path: str, data: bytes) -> Iterator[str]:
    imports = tuple(load_time_imports(data))
    return ImportGraph(modules, lambda _: imports).imported_files(path)
