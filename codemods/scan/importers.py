"""The files that may take something of other modules: a re-export under another name, or a module that one binds."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

from codemods.link.links import Links
from codemods.link.symbol_match import Key
from codemods.model.contents import first_word
from codemods.model.modules import Modules
from codemods.model.tree import Entry, Tree

FROM = re.compile(
    rb"^[ \t]*from[ \t]+[. \t]*([\w.]*)[ \t]+import\b[ \t]*(\([^)]*\)|[^\n]*(?:\\\n[^\n]*)*)", re.MULTILINE
)


def possible_importers(
    tree: Tree, python: Sequence[Entry], modules: Modules, through: Collection[str]
) -> list[Entry]:
    """The files that could import from these modules: they name one, or lie in its package."""
    naming = tree.grep_words({first_word(module.rpartition(".")[2].encode()) for module in through}, python)
    folders = {
        path.rpartition("/")[0]
        for module in through
        for path in modules.paths_by_name.get(module, ())
        if modules.is_package(path)
    }
    return [entry for entry in python if entry.path in naming or lies_in(entry.path, folders)]


def lies_in(path: str, folders: Collection[str]) -> bool:
    """Whether one of the folders is above it."""
    while "/" in path:
        path = path.rpartition("/")[0]
        if path in folders:
            return True
    return False


def bound_modules(links: Links) -> dict[Key, str]:
    """The names by which modules bind an old module, or import it from one that does."""
    return {key: module for key, module in links.reexports.items() if module in links.old_modules}


def files_reaching(
    tree: Tree, python: Sequence[Entry], modules: Modules, bound: Mapping[Key, str]
) -> list[Entry]:
    """The files that may reach an old module by such a name of another one."""
    names = sorted({name.encode() for _, name in bound})
    holding = tree.grep(names, python)
    through = {module for module, _ in bound}
    possible = possible_importers(tree, [one for one in python if one.path in holding], modules, through)
    lasts = {module.rpartition(".")[2].encode() for module in through}
    any_name = rb"(?:" + b"|".join(map(re.escape, names)) + rb")\b"
    return [entry for entry, data in tree.read(possible) if reaches(data, any_name, lasts)]


def imports_module(data: bytes, module: str) -> bool:
    """Whether a file imports a module, or something that is called like it."""
    last = module.rpartition(".")[2].encode()
    name = re.compile(rb"\b" + re.escape(last) + rb"\b")
    if any(name.search(names) for _, names in FROM.findall(data)):
        return True
    return (
        re.search(rb"^[^\n#]*\bimport\b[^\n]*\b" + re.escape(module.encode()) + rb"\b", data, re.MULTILINE)
        is not None
    )


def reaches(data: bytes, any_name: bytes, lasts: Collection[bytes]) -> bool:
    """As an attribute outside of imports, in a string, as one, or imported from a module that is called so."""
    if re.search(rb"^(?![ \t]*(?:from|import)\b)[^\n]*?[\w)\]]\." + any_name, data, re.MULTILINE):
        return True
    if re.search(rb"[,=]\s*[\"']" + any_name + rb"[\"']", data):
        return True
    return any(
        re.search(rb"\b" + any_name, names) and (module.rpartition(b".")[2] in lasts or not module)
        for module, names in FROM.findall(data)
    )
