"""Modules of one name in folders side by side, as services have that lie in one repository: told apart, never mixed.

A name of such a module is kept for the one that the rules mean. The others get a number before it, which no import can
write, and each file means the one in the nearest folder around it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import field
from typing import NamedTuple

from codemods.model.records import record

UNCLEAR = "?:"
"""Before a name where it can't be told which of the modules is meant."""
SOURCE_FOLDERS = ("src", "lib", "python")

NamedPaths = Mapping[str, Sequence[tuple[str, str]]]
"""By path: the folders that it can be imported from, and its name there."""


class Rival(NamedTuple):
    root: str
    path: str
    name: str
    """As it is told apart from the others."""

    def distance(self, path: str) -> int | None:
        """How much of a path is the folder that it is imported from; None where the path does not lie below it."""
        if path.startswith(below(self.root)):
            return len(below(self.root))
        scope = below(scope_of(self.root))
        return len(scope) if path.startswith(scope) else None


def below(folder: str) -> str:
    return f"{folder}/" if folder else ""


def scope_of(root: str) -> str:
    """The folder whose files import from a root: for `shop/src` it is `shop`."""
    parent, _, last = root.rpartition("/")
    return parent if last in SOURCE_FOLDERS else root


def spell_module(name: str) -> str:
    """As an import writes it."""
    return name.rpartition(":")[2]


@record
class Rivals:
    by_name: Mapping[str, tuple[Rival, ...]] = field(default_factory=dict)
    """By their common name."""
    tops: frozenset[str] = frozenset()
    """The first parts of those names."""
    unclear: frozenset[str] = frozenset()
    """Those that rules name, without saying which of them."""
    asked: tuple[str, ...] = ()
    """The roots that somebody named: what others than the rivals' own files mean."""
    with_own_paths: frozenset[str] = frozenset()
    """Files that say themselves where they import from."""

    def nearest(self, path: str, name: str) -> str:
        if name in self.unclear:
            return f"{UNCLEAR}{name}"
        distances = {one: one.distance(path) for one in self.by_name[name]}
        around = [distance for distance in distances.values() if distance is not None]
        names = {one.name for one, distance in distances.items() if around and distance == max(around)}
        if not names and self.asked and path not in self.with_own_paths:
            names = {one.name for one in distances if one.root in self.asked}
        return names.pop() if len(names) == 1 else f"{UNCLEAR}{name}"

    def clear(self, name: str) -> str:
        """The module itself, where it is clear which of its namesakes the rules mean."""
        return f"{UNCLEAR}{spell_module(name)}" if spell_module(name) in self.unclear else name

    def folders(self, name: str) -> list[str]:
        return sorted({one.root or "the top folder" for one in self.by_name.get(name, ())})


def find_rivals(named_paths: NamedPaths, asked: Sequence[str], rule_modules: Collection[str]) -> Rivals:
    by_name: dict[str, dict[str, list[str]]] = {}
    for path, names in named_paths.items():
        for root, name in names:
            by_name.setdefault(name, {}).setdefault(root, []).append(path)
    contested = {name: roots for name, roots in by_name.items() if len(roots) > 1}
    contested = {name: with_code(roots) for name, roots in contested.items()}
    contested = {name: roots for name, roots in contested.items() if name and len(roots) > 1}
    if not contested:
        return Rivals()
    mains = {name: main_root(name, by_name, contested, asked, rule_modules) for name in contested}
    numbers = {root: number for number, root in enumerate(sorted({r for c in contested.values() for r in c}))}
    return Rivals(
        {
            name: tuple(
                Rival(root, path, name if root == mains[name] else f"{numbers[root]}:{name}")
                for root, paths in roots.items()
                for path in paths
            )
            for name, roots in contested.items()
        },
        frozenset(name.partition(".")[0] for name in contested),
        frozenset(name for name, root in mains.items() if root is None and name in rule_modules),
        tuple(asked),
    )


def with_code(roots: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """A folder of stubs describes the module that another folder has."""
    return {root: paths for root, paths in roots.items() if any(path.endswith(".py") for path in paths)}


def main_root(
    name: str,
    by_name: Mapping[str, Mapping[str, object]],
    contested: Mapping[str, Mapping[str, object]],
    asked: Sequence[str],
    rule_modules: Collection[str],
) -> str | None:
    """The folder whose module keeps the name: the one that has all that the rules name of this package; else the one
    at the top. None where that is not one, or where it isn't the one that was asked for."""
    top = name.partition(".")[0]
    family = [one for one in rule_modules if one.partition(".")[0] == top and one in by_name]
    shared = [set(contested[one]) for one in family if one in contested]
    narrow = set.intersection(*(set(by_name[one]) for one in family)) if family else set()
    wide = set.intersection(*shared) if shared else set(contested[name])
    if narrow & wide and wide & set(asked) and not narrow & wide & set(asked):
        return None
    for candidates in (narrow & wide, wide):
        for chosen in (
            candidates & set(asked),
            candidates,
            {root for root in candidates if not scope_of(root)},
        ):
            if len(chosen) == 1:
                root = chosen.pop()
                return root if root in contested[name] else None
    return None


def told_apart(named_paths: NamedPaths, rivals: Rivals) -> dict[str, tuple[str, ...]]:
    """The names of each path, with those of rivals as they are told apart."""
    apart = {(one.path, name): one.name for name, several in rivals.by_name.items() for one in several}
    return {
        path: tuple(dict.fromkeys(apart.get((path, name), name) for _, name in names))
        for path, names in named_paths.items()
    }
