"""The files that may take something of other modules: a re-export under another name, or a module that one binds."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

from codemods.link.links import Links
from codemods.link.symbol_match import Key
from codemods.model.contents import first_word
from codemods.model.modules import Modules
from codemods.model.tree import Entry, Tree

FROM = re.compile(rb"\n[ \t]*from[ \t]+[. \t]*([\w.]*)[ \t]+import\b[ \t]*(\([^)]*\)|[^\n]*(?:\\\n[^\n]*)*)")
"""Behind a line end. That it begins with a literal lets `re` skip to the next one."""
IMPORT_LINE = re.compile(rb"[ \t]*(?:from|import)\b")
OWNER_END = re.compile(rb"[\w)\]]")
QUOTES = (b"'", b'"')


def from_imports(data: bytes) -> list[tuple[bytes, bytes]]:
    """The modules that are imported from, as they are written, and what is imported."""
    return FROM.findall(b"\n" + data)


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
    lasts = {module.rpartition(".")[2].encode() for module in through}
    read = tree.read([one for one in python if one.path in holding])
    reaching = [entry for entry, data in read if reaches(data, names, lasts)]
    return possible_importers(tree, reaching, modules, through)


def imports_module(data: bytes, module: str) -> bool:
    """Whether a file imports a module, or something that is called like it."""
    last = module.rpartition(".")[2].encode()
    name = re.compile(rb"\b" + re.escape(last) + rb"\b")
    if any(name.search(names) for _, names in from_imports(data)):
        return True
    return (
        re.search(rb"^[^\n#]*\bimport\b[^\n]*\b" + re.escape(module.encode()) + rb"\b", data, re.MULTILINE)
        is not None
    )


def reaches(data: bytes, names: Sequence[bytes], lasts: Collection[bytes]) -> bool:
    """As an attribute outside of imports, in a string, as one, or imported from a module that is called so."""
    any_name = rb"(?:" + b"|".join(map(re.escape, names)) + rb")\b"
    if any(is_attribute(data, match.start()) for match in re.finditer(rb"\." + any_name, data)):
        return True
    if any(quote + name in data for name in names for quote in QUOTES) and re.search(
        rb"[,=]\s*[\"']" + any_name + rb"[\"']", data
    ):
        return True
    return any(
        re.search(rb"\b" + any_name, imported) and (module.rpartition(b".")[2] in lasts or not module)
        for module, imported in from_imports(data)
    )


def is_attribute(data: bytes, dot: int) -> bool:
    """Whether a name or what brackets hold stands before the dot, outside of imports."""
    line = data.rfind(b"\n", 0, dot) + 1
    return OWNER_END.match(data, dot - 1) is not None and not IMPORT_LINE.match(data, line)
