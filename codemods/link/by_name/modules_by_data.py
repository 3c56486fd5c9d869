"""Modules whose names something takes without writing them out: these keep their names, and get no further ones."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from codemods.link.symbol_match import Key
from codemods.model.modules import Modules
from codemods.read.run_time_names.taken_modules import TakenModule, TakenNames


def modules_by_data(modules: Modules, taken: Mapping[str, TakenNames]) -> frozenset[str]:
    found = {name for path, one in taken.items() for name in taken_by(modules, path, one)}
    return frozenset(known for name in found for known in every_name(modules, name))


def taken_by(modules: Modules, path: str, taken: TakenNames) -> Iterator[str]:
    for one in taken.modules:
        if (module := module_of(modules, path, one)) in modules.paths_by_name:
            yield module
    if taken.fills_line:
        yield from modules_beside(modules, path)


def names_to_lack(
    modules: Modules, asked: Mapping[str, Collection[tuple[TakenModule, str]]]
) -> Iterator[Key]:
    """Names that modules may not get, since something asks whether they have them."""
    for path, found in asked.items():
        for one, name in found:
            yield from ((known, name) for known in every_name(modules, module_of(modules, path, one)))


def module_of(modules: Modules, path: str, taken: TakenModule) -> str:
    first, *rest = taken.name.split(".") if taken.name else ("",)
    if taken.module is None:
        return ".".join(modules.meaning(path, (first, *rest)))
    source = modules.absolute(path, taken.level, taken.module)
    if not source or not first:
        return source or ""
    return ".".join((*modules.member(path, source, first), *rest))


def modules_beside(modules: Modules, path: str) -> Iterator[str]:
    """Those of the same package and below it."""
    folder = path.rpartition("/")[0]
    for other, names in modules.names_by_path.items():
        if other != path and other.startswith(f"{folder}/" if folder else ""):
            yield from names


def every_name(modules: Modules, module: str) -> Iterator[str]:
    for path in modules.paths_by_name.get(module, ()):
        yield from modules.names_by_path[path]
