"""Module names of paths and paths of modules: roots, packages, namespace packages."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

SUFFIXES = (".py", ".pyi")


@dataclass(frozen=True)
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

    def name_of(self, path: str) -> str:
        names = self.names_by_path.get(path)
        return names[0] if names else ""

    def is_package(self, path: str) -> bool:
        return path.rsplit("/", 1)[-1] in ("__init__.py", "__init__.pyi")

    def is_known(self, dotted: str) -> bool:
        return dotted in self.paths_by_name or dotted in self.packages

    @cached_property
    def top_names(self) -> frozenset[str]:
        """First components: a dotted name that starts otherwise is a library's."""
        return frozenset(name.split(".", 1)[0] for name in (*self.paths_by_name, *self.packages))

    def absolute(self, path: str, level: int, module: str | None) -> str | None:
        """What an import statement in `path` names; None beyond the top package."""
        if not level:
            return module or ""
        parts = self.name_of(path).split(".")
        drop = level - 1 if self.is_package(path) else level
        if drop > len(parts) or (drop == len(parts) and not module) or not parts[0]:
            return None
        base = parts[: len(parts) - drop]
        if not base:
            return None
        return ".".join((*base, module) if module else base)

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


def find_modules(
    paths: Sequence[str], roots: Sequence[str] | None = None, named: Collection[str] = ()
) -> Modules:
    """`named`: modules that are known to exist; their paths show roots that the folders alone don't."""
    files = [path for path in paths if path.endswith(SUFFIXES)]
    all_roots = tuple(root.strip("/").removeprefix("./") for root in roots) if roots else find_roots(files)
    all_roots = tuple("" if root == "." else root for root in all_roots)
    from_names = () if roots else named_roots(files, all_roots, named)
    by_depth = [*from_names, *sorted(dict.fromkeys(all_roots), key=len, reverse=True)]
    all_roots = (*from_names, *all_roots)
    names_by_path: dict[str, tuple[str, ...]] = {}
    paths_by_name: dict[str, list[str]] = {}
    packages: set[str] = set()
    prefixes = [root + "/" if root else "" for root in by_depth]
    for path in files:
        module_names = tuple(
            dict.fromkeys(dotted(path[len(prefix) :]) for prefix in prefixes if path.startswith(prefix))
        )
        names_by_path[path] = module_names
        for name in module_names:
            paths_by_name.setdefault(name, []).append(path)
            while "." in name:
                name = name.rsplit(".", 1)[0]
                if name in packages:
                    break
                packages.add(name)
    return Modules(
        all_roots, names_by_path, {name: tuple(found) for name, found in paths_by_name.items()}, packages
    )


def dotted(path: str) -> str:
    stem = path.rsplit(".", 1)[0]
    name = stem.replace("/", ".")
    return name.removesuffix(".__init__") if name != "__init__" else ""


def find_roots(files: Iterable[str]) -> tuple[str, ...]:
    """The top, and every folder that holds a package but is none itself, as `src` or `services/api`."""
    folders: dict[str, bool] = {}
    for path in files:
        folder, _, name = path.rpartition("/")
        folders[folder] = folders.get(folder, False) or name in ("__init__.py", "__init__.pyi")
    found = {""}
    for folder, is_package in folders.items():
        if is_package and folder:
            parent = folder.rpartition("/")[0]
            while parent and folders.get(parent):
                parent = parent.rpartition("/")[0]
            if parent and not inside_package(parent, folders):
                found.add(parent)
        elif folder.rpartition("/")[2] in ("src", "lib", "python") and not is_package:
            found.update([folder] if not inside_package(folder, folders) else ())
    return tuple(sorted(found))


def named_roots(files: Sequence[str], roots: Sequence[str], named: Collection[str]) -> tuple[str, ...]:
    """A folder that holds `shop/cart.py` is where `shop.cart` is imported from, although `shop` is no regular package."""
    known = set(files)
    found: set[str] = set()
    for module in named:
        ends = [module.replace(".", "/") + end for end in (".py", "/__init__.py")]
        prefixes = [root + "/" if root else "" for root in (*roots, *found)]
        if "." in module and not any(prefix + end in known for prefix in prefixes for end in ends):
            found.update(path[: -len(end) - 1] for path in files for end in ends if path.endswith("/" + end))
    return tuple(sorted(found, key=len, reverse=True))


def inside_package(folder: str, folders: Mapping[str, bool]) -> bool:
    """A namespace folder inside a regular package belongs to it."""
    while folder:
        folder = folder.rpartition("/")[0]
        if folders.get(folder):
            return True
    return False
