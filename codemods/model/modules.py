"""Module names of paths and paths of modules: roots, packages, namespace packages."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import field
from functools import cached_property

from codemods.model.records import record
from codemods.model.rival_modules import (
    SOURCE_FOLDERS,
    UNCLEAR,
    Rivals,
    below,
    find_rivals,
    spell_module,
    told_apart,
)

SUFFIXES = (".py", ".pyi")
SCRIPT = "~:"
"""Before the name of a module that is imported by its bare name from a file beside it, as a script can."""
DOUBTFUL = (SCRIPT, UNCLEAR)


def likeliest(name: str) -> str:
    """The module that a name may well mean, where that is in doubt."""
    return spell_module(name) if name.startswith(DOUBTFUL) else name


@record
class Modules:
    """The Python files of a tree by the names that an import would use."""

    roots: tuple[str, ...]
    """Folders that imports start from: `""` for the top, `src`, …"""
    names_by_path: Mapping[str, tuple[str, ...]]
    """The dotted names under which a path can be imported, the likeliest first."""
    paths_by_name: Mapping[str, tuple[str, ...]]
    """The files of a dotted name: a module, its stub, the same module under two roots."""
    packages: Collection[str]
    """Dotted names of folders that hold modules, with or without an `__init__`."""
    rivals: Rivals = field(default_factory=Rivals)
    """Modules of one name in folders side by side."""
    named: frozenset[str] = frozenset()
    """Those that the rules name."""

    def name_of(self, path: str) -> str:
        names = self.names_by_path.get(path)
        return names[0] if names else ""

    def is_package(self, path: str) -> bool:
        return path.rsplit("/", 1)[-1] in ("__init__.py", "__init__.pyi")

    def is_package_folder(self, path: str) -> bool:
        """Whether a file lies in a regular package."""
        folder = path.rpartition("/")[0]
        return bool(folder) and f"{folder}/__init__.py" in self.names_by_path

    def is_beside(self, path: str, module: str) -> bool:
        """Whether an import of that module names a file beside this one."""
        return self.module_meant_by(path, module).startswith(SCRIPT)

    def is_known(self, dotted: str) -> bool:
        return dotted in self.paths_by_name or dotted in self.packages

    @cached_property
    def top_names(self) -> frozenset[str]:
        """First components: a dotted name that starts otherwise is a library's."""
        return frozenset(name.split(".", 1)[0] for name in (*self.paths_by_name, *self.packages))

    # ---- what a name means in a file

    def absolute(self, path: str, level: int, module: str | None) -> str | None:
        """The module that an import statement in `path` names; None beyond the top package."""
        if not level:
            return self.module_meant_by(path, module or "")
        parts = self.name_of(path).split(".")
        drop = level - 1 if self.is_package(path) else level
        if drop > len(parts) or (drop == len(parts) and not module) or not parts[0]:
            return None
        base = parts[: len(parts) - drop]
        if not base:
            return None
        return self.inside(path, ".".join(base), module) if module else self.rivals.clear(".".join(base))

    def module_meant_by(self, path: str, name: str) -> str:
        """The module of that name as a file sees it: of several, the one in the nearest folder around the file."""
        if name in self.rivals.by_name:
            return self.rivals.nearest(path, name)
        if name in self.named or name.partition(".")[0] in self.top_names or not name:
            return name
        return self.sibling(path, name) or name

    def sibling(self, path: str, name: str) -> str:
        """The module of that name beside a file, which only a script imports so; empty where there is none."""
        if name.partition(".")[0] in sys.stdlib_module_names:
            return ""
        folder = path.rpartition("/")[0]
        stem = f"{folder}/{name.replace('.', '/')}" if folder else name.replace(".", "/")
        for beside in (f"{stem}.py", f"{stem}/__init__.py"):
            if beside != path and (known := self.name_of(beside)):
                return f"{SCRIPT}{known}"
        return ""

    def inside(self, path: str, package: str, name: str) -> str:
        """What `from package import name` brings where that is a module; else just both names in one."""
        joined = f"{package}.{name}"
        if joined in self.paths_by_name and joined not in self.rivals.by_name:
            return self.rivals.clear(joined)
        return self.module_meant_by(path, spell_module(joined)) if self.rivals.by_name else joined

    def member(self, path: str, module: str, name: str) -> tuple[str, ...]:
        """The dotted name of what `from module import name` brings, by its parts."""
        if self.rivals.by_name:
            inside = self.inside(path, module, name)
            if inside in self.paths_by_name or inside.startswith(UNCLEAR):
                return tuple(inside.split("."))
        return (*module.split("."), name)

    def meaning(self, path: str, parts: tuple[str, ...]) -> tuple[str, ...]:
        """A dotted name with the module at its head as a file sees it."""
        if parts[0] in self.rivals.tops:
            for count in range(len(parts), 0, -1):
                name = ".".join(parts[:count])
                if name in self.rivals.by_name:
                    return (*self.rivals.nearest(path, name).split("."), *parts[count:])
                if name in self.paths_by_name:
                    break
        elif parts[0] not in self.top_names and ":" not in parts[0]:
            for count in range(len(parts), 0, -1):
                if beside := self.sibling(path, ".".join(parts[:count])):
                    return (*beside.split("."), *parts[count:])
        return parts

    # ---- how it is written

    def relative(self, path: str, target: str) -> tuple[int, str] | None:
        """Level and module of `target` as seen from `path`; None if they share no package."""
        own_parts = self.name_of(path).split(".")
        package = own_parts if self.is_package(path) else own_parts[:-1]
        target_parts = target.split(".")
        shared = 0
        while shared < min(len(package), len(target_parts)) and package[shared] == target_parts[shared]:
            shared += 1
        if not shared:
            return None
        return len(package) - shared + 1, ".".join(target_parts[shared:])

    def beside(self, path: str, module: str) -> str:
        """The bare name under which a script imports a module that lies beside it; empty where none does."""
        folder = path.rpartition("/")[0]
        for other in self.paths_by_name.get(module, ()):
            if other.startswith(f"{folder}/" if folder else ""):
                return module_of_path(other[len(folder) + 1 :] if folder else other)
        return ""


def find_modules(
    paths: Sequence[str], roots: Sequence[str] | None = None, named: Collection[str] = ()
) -> Modules:
    """`named`: modules that are known to exist; their paths show roots that the folders alone don't."""
    files = [path for path in paths if path.endswith(SUFFIXES)]
    asked = tuple("" if root in (".", "./") else root.strip("/").removeprefix("./") for root in roots or ())
    found = tuple(sorted(find_roots(files), key=len, reverse=True))
    found = (*named_roots(files, found, named), *found)
    all_roots = tuple(dict.fromkeys(sorted(asked, key=len, reverse=True) if asked else found))
    named_paths = names_of_paths(files, all_roots)
    if asked:
        add_other_folders(named_paths, names_of_paths(files, [root for root in found if root not in asked]))
    rivals = find_rivals(named_paths, asked, named)
    names_by_path = told_apart(named_paths, rivals)
    paths_by_name: dict[str, list[str]] = {}
    packages: set[str] = set()
    for path, module_names in names_by_path.items():
        for name in module_names:
            paths_by_name.setdefault(name, []).append(path)
            while "." in name:
                name = name.rsplit(".", 1)[0]
                if name in packages:
                    break
                packages.add(name)
    by_name = {name: tuple(found) for name, found in paths_by_name.items()}
    return Modules(all_roots, names_by_path, by_name, packages, rivals, frozenset(named))


def module_of_file(modules: Modules, path: str) -> str:
    """The module that a program runs by its file's path, from the top of the repository."""
    return modules.name_of(path) or module_of_path(path.removeprefix("./"))


def names_of_paths(files: Iterable[str], roots: Iterable[str]) -> dict[str, list[tuple[str, str]]]:
    """The folders that a path can be imported from, in the order of the roots, and its name there."""
    prefixes = [(root, below(root)) for root in dict.fromkeys(roots)]
    return {
        path: [
            (root, module_of_path(path[len(prefix) :]))
            for root, prefix in prefixes
            if path.startswith(prefix)
        ]
        for path in files
    }


def add_other_folders(
    asked: dict[str, list[tuple[str, str]]], others: Mapping[str, Sequence[tuple[str, str]]]
) -> None:
    """Where roots were named, another folder's package of the same name is none of theirs, but has to be known."""
    tops = {name.partition(".")[0] for names in asked.values() for _, name in names}
    for path, names in others.items():
        asked[path] += [(root, name) for root, name in names if name.partition(".")[0] in tops]


def module_of_path(path: str) -> str:
    stem = path.rsplit(".", 1)[0]
    name = stem.replace("/", ".")
    return name.removesuffix(".__init__") if name != "__init__" else ""


def find_roots(files: Iterable[str]) -> tuple[str, ...]:
    """The top, and every folder that holds a package but is none itself, as `src` or `services/api`."""
    folders = package_folders(files)
    found = {""}
    for folder, is_package in folders.items():
        if is_package and folder:
            parent = folder.rpartition("/")[0]
            while parent and folders.get(parent):
                parent = parent.rpartition("/")[0]
            if parent and not inside_package(parent, folders):
                found.add(parent)
        elif folder.rpartition("/")[2] in SOURCE_FOLDERS and not is_package:
            found.update([folder] if not inside_package(folder, folders) else ())
    return tuple(sorted(found))


def package_folders(files: Iterable[str]) -> dict[str, bool]:
    """The folders with Python files, and whether each is a regular package."""
    folders: dict[str, bool] = {}
    for path in files:
        folder, _, name = path.rpartition("/")
        folders[folder] = folders.get(folder, False) or name in ("__init__.py", "__init__.pyi")
    return folders


def named_roots(files: Sequence[str], roots: Sequence[str], named: Collection[str]) -> tuple[str, ...]:
    """A folder that holds `shop/cart.py` is where `shop.cart` is imported from, although `shop` is no regular package."""
    ends = {module: [module.replace(".", "/") + end for end in (".py", "/__init__.py")] for module in named}
    lasts = {end.rpartition("/")[2] for both in ends.values() for end in both}
    likely = [path for path in files if path.rpartition("/")[2] in lasts]
    folders = package_folders(files) if named else {}
    known = set(likely)
    found: set[str] = set()
    for module, both in ends.items():
        prefixes = [below(root) for root in (*roots, *found)]
        is_there = any(prefix + end in known for prefix in prefixes for end in both)
        holders = {path[: -len(end) - 1] for path in likely for end in both if path.endswith("/" + end)}
        if is_there:
            found.update(one for one in holders if not folders.get(one) and not inside_package(one, folders))
        elif "." in module:
            found.update(holders)
    return tuple(sorted(found, key=len, reverse=True))


def inside_package(folder: str, folders: Mapping[str, bool]) -> bool:
    """A namespace folder inside a regular package belongs to it."""
    while folder:
        folder = folder.rpartition("/")[0]
        if folders.get(folder):
            return True
    return False
