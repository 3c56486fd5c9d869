"""The outlines of a tree's modules, each read when it is asked for: what a name is, and where it comes from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from bot.audit.outline import (
    EITHER,
    KEYWORDS,
    REST,
    ClassOutline,
    Member,
    Outline,
    Parameter,
    pack_outline,
    read_outline,
    unpack_outline,
)
from bot.rewrite.blob_index import BlobIndex
from codemods.link.callees import PLAIN_ERRORS
from codemods.link.interfaces.python_classes import members_of, python_class
from codemods.model.modules import Modules
from codemods.model.rules import Symbol
from codemods.model.tree import Entry, Tree

MOST_STEPS = 12
"""The most re-exports, and the most base classes, that are followed."""

PREFIX = b"outline 2 "


class Definition(NamedTuple):
    """Where a name is defined, after all re-exports."""

    path: str
    module: str
    member: Member


class Outlines:
    def __init__(self, tree: Tree, modules: Modules, index: BlobIndex | None = None) -> None:
        self.tree, self.modules, self.index = tree, modules, index
        self._entries: Mapping[str, Entry] = {entry.path: entry for entry in tree.entries()}
        self._known: dict[str, Outline] = {}

    def read_files(self, paths: Iterable[str]) -> Mapping[str, Outline]:
        """Read all files that aren't known yet at once."""
        paths = [path for path in paths if path in self._entries]
        missing = []
        for path in paths:
            if path not in self._known:
                cached = self.index.get(PREFIX + self._entries[path].blob.encode()) if self.index else None
                if cached is None:
                    missing.append(self._entries[path])
                else:
                    self._known[path] = unpack_outline(cached)
        for entry, data in self.tree.read(missing) if missing else ():
            self._known[entry.path] = read_outline(data)
            if self.index:
                self.index.put(PREFIX + entry.blob.encode(), pack_outline(self._known[entry.path]))
        return {path: self._known[path] for path in paths if path in self._known}

    @property
    def files_read(self) -> frozenset[str]:
        """The files whose outline was asked for so far."""
        return frozenset(self._known)

    def module_outline(self, name: str) -> tuple[str, Outline] | None:
        """A module's file: the source before a stub, the first root before the others."""
        paths = sorted(self.modules.paths_by_name.get(name, ()), key=lambda path: path.endswith(".pyi"))
        for path, found in self.read_files(paths[:1]).items():
            return path, found
        return None

    def is_defined(self, symbol: Symbol) -> bool | None:
        """None for a module outside the tree, a library's."""
        if not self.modules.is_known(symbol.module):
            return False if self.is_in_tree(symbol.module) else None
        if symbol.name is None or self.modules.is_known(symbol.dotted):
            return True
        module = self.module_outline(symbol.module)
        if module is None:
            return False
        _, outline = module
        if outline.member_named(symbol.name) or outline.has_getattr or outline.unreadable:
            return True
        return self.is_behind_star(symbol, outline, set())

    def is_in_tree(self, module: str) -> bool:
        return module.split(".", 1)[0] in self.modules.top_names

    def is_behind_star(self, symbol: Symbol, outline: Outline, seen: set[str]) -> bool | None:
        """False only if every star import is of a module that can be read and doesn't bind the name."""
        if symbol.module in seen:
            return False
        seen.add(symbol.module)
        path = self.modules.paths_by_name[symbol.module][0]
        for star in outline.star_imports:
            target = self.modules.absolute(path, star.level, star.module)
            module = self.module_outline(target) if target else None
            if target is None or module is None:
                return True
            inner = module[1]
            if inner.member_named(symbol.name or "") or inner.has_getattr or inner.unreadable:
                return True
            if self.is_behind_star(Symbol(target, symbol.name), inner, seen):
                return True
        return False

    def definition_of(self, symbol: Symbol) -> Definition | None:
        """The definition that the name leads to; None if that is outside the tree, or missing."""
        module, name = symbol.module, symbol.name
        for _ in range(MOST_STEPS):
            found = self.module_outline(module)
            if found is None or name is None:
                return None
            path, outline = found
            bound = outline.member_named(name)
            if bound and bound.kind != "import":
                return Definition(path, module, bound)
            following = self.next_symbol(path, outline, name, bound)
            if following is None:
                return None
            module, name = following.module, following.name
        return None

    def next_symbol(self, path: str, outline: Outline, name: str, bound: Member | None) -> Symbol | None:
        for one in reversed(outline.imports):
            target = self.modules.absolute(path, one.level, one.module)
            if target and bound and one.bound_name == name and one.name:
                return Symbol(target, one.name)
            if target and not bound and one.name == "*":
                inner = self.module_outline(target)
                if inner and (inner[1].member_named(name) or inner[1].star_imports):
                    return Symbol(target, name)
        return None

    def members_with_inherited(
        self, definition: Definition, left: int = MOST_STEPS
    ) -> tuple[Mapping[str, Member], tuple[str, ...]]:
        """A class's members, inherited ones included; and the bases that can't be read."""
        outline = self.read_files([definition.path])[definition.path]
        one = outline.class_named(definition.member.name)
        if one is None:
            return {}, ()
        members: dict[str, Member] = {}
        outside: list[str] = []
        for base in reversed(one.bases):
            inherited = self.base_definition(definition, outline, base) if left else None
            if inherited is None:
                known = python_members(outline, base)
                outside += [base] if known is None else []
                members |= known or {}
                continue
            more, unknown = self.members_with_inherited(inherited, left - 1)
            members |= more
            outside += unknown
        return members | own_members(one), tuple(outside)

    def base_definition(self, definition: Definition, outline: Outline, base: str) -> Definition | None:
        root, _, rest = base.partition(".")
        if not rest:
            origin = self.definition_of(Symbol(definition.module, root))
            itself = origin and (origin.path, origin.member.name) == (definition.path, definition.member.name)
            return origin if origin and origin.member.kind == "class" and not itself else None
        for one in outline.imports:
            target = self.modules.absolute(definition.path, one.level, one.module)
            if target and one.bound_name == root:
                dotted = (
                    f"{target}.{one.name}"
                    if one.name
                    else target
                    if one.bound_name != target.split(".")[0]
                    else root
                )
                return self.definition_of(Symbol(*f"{dotted}.{rest}".rsplit(".", 1)))
        return None


def python_members(outline: Outline, base: str) -> dict[str, Member] | None:
    """Of one of Python's own classes, without line; None where it isn't known to be one."""
    root, _, rest = base.partition(".")
    found = [one for one in outline.imports if one.bound_name == root and not one.level]
    if found:
        module, name = found[-1].module, rest or found[-1].name
    else:
        is_bound = outline.member_named(root) is not None or bool(outline.star_imports)
        module, name = "" if is_bound or rest else "builtins", root
    one = python_class(module, name)
    if one is None:
        return None
    callables = {name: callable(value) for name, value in members_of(one) if not name.startswith("_")}
    kinds = {name: "method" if is_callable else "variable" for name, is_callable in callables.items()}
    members = {name: Member(name, kind, 0) for name, kind in kinds.items()}
    constructors = {"__init__", "__new__"}.intersection(name for name, _ in members_of(one))
    return {**members, "__init__": python_constructor(name)} if constructors else members


def python_constructor(name: str) -> Member:
    rest = (Parameter("args", REST, True), Parameter("options", KEYWORDS, True))
    taken = rest[:1] if name in PLAIN_ERRORS else rest
    return Member("__init__", "method", 0, False, (Parameter("self", EITHER, False), *taken))


def is_of_python(member: Member) -> bool:
    return not member.line


def own_members(one: ClassOutline) -> dict[str, Member]:
    """The first definition counts: of a property and its setter, the property."""
    return {member.name: member for member in reversed(one.members)}
