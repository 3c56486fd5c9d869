"""Names that mislead: those imported from where they are not defined, and those defined in several places."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.audit.cycles import FROM, NAME, strip_comments
from bot.audit.outline import Outline
from bot.audit.outlines import Outlines
from bot.rewrite.blob_index import BlobIndex
from codemods.model.rival_modules import spell_module
from codemods.model.rules import Rules, Symbol
from codemods.model.tree import Entry, Tree, read_content
from codemods.read.source import Source, parse_python, read_source

SOURCES = (".py", ".pyi")
KINDS = ("class", "function")


@dataclass(frozen=True)
class Namesake:
    """Another definition of a deprecated name."""

    name: str
    kind: str
    path: str
    line: int


@dataclass(frozen=True)
class DanglingImport:
    """An import of a name that the module doesn't define: it is broken already."""

    path: str
    line: int
    module: str
    name: str
    lives: tuple[str, ...]
    """The modules of this tree that do define it."""
    uses: tuple[int, ...] = ()
    """The lines that use it in that file, where no module defines it."""


def namesakes(tree: Tree, outlines: Outlines, rules: Rules) -> tuple[Namesake, ...]:
    symbols = [symbol for one in rules.replace for symbol in (one.old, one.new)]
    meant = {
        (path, symbol.name)
        for symbol in symbols
        for path in outlines.modules.paths_by_name.get(symbol.module, ())
    }
    names = [one.old.name for one in rules.replace if one.old.name]
    found = [
        Namesake(name, kind, path, line)
        for name, places in definitions(tree, outlines, names).items()
        for path, kind, line in places
        if (path, name) not in meant
    ]
    return tuple(sorted(found, key=lambda one: (one.name, one.path)))


def definition_words(names: Iterable[str]) -> list[bytes]:
    return [f"{keyword} {name}".encode() for name in sorted(names) for keyword in ("class", "def")]


def definitions(
    tree: Tree, outlines: Outlines, names: Iterable[str], kinds: Collection[str] = KINDS
) -> Mapping[str, list[tuple[str, str, int]]]:
    """Path, kind and line of each class and function of these names at a module's top level; variables on request."""
    names = sorted(set(names))
    words = definition_words(names)
    if "variable" in kinds:
        words += [f"{name}{mark}".encode() for name in names for mark in (" =", ":", "=")]
    if not words:
        return {}
    entries = [entry for entry in tree.entries() if entry.path.endswith(SOURCES)]
    hits = sorted(tree.grep(words, entries))
    found: dict[str, list[tuple[str, str, int]]] = {}
    for path, outline in outlines.read_files(hits).items():
        for name in names:
            member = outline.member_named(name)
            if member and member.kind in kinds:
                found.setdefault(name, []).append((path, member.kind, member.line))
    return found


def dangling(
    tree: Tree, outlines: Outlines, rules: Rules, index: BlobIndex | None = None
) -> tuple[DanglingImport, ...]:
    """1. what is imported from the deprecated modules  2. what of it is not there  3. where it lives instead"""
    missing: dict[tuple[str, str, str], int] = {}
    for module in dict.fromkeys(one.old.module for one in rules.replace):
        if not outlines.is_in_tree(module):
            continue
        names = importers(tree, outlines, module, index)
        for path in sorted(path for path, wanted in names.items() if lacks_any(outlines, module, wanted)):
            for name, line in missing_imports(outlines, path, module):
                missing[path, module, name] = line
    defined = definitions(tree, outlines, {name for _, _, name in missing}, (*KINDS, "variable"))
    lives = {name: where_it_lives(outlines, places) for name, places in defined.items()}
    entries = {entry.path: entry for entry in tree.entries()}
    dead = {(path, name) for path, _, name in missing if not lives.get(name)}
    uses = {
        (path, name): lines_with_name(read_content(tree, entries[path]), name) for path, name in sorted(dead)
    }
    return tuple(
        DanglingImport(path, line, module, name, lives.get(name, ()), uses.get((path, name), ()))
        for (path, module, name), line in missing.items()
    )


def lines_with_name(data: bytes, name: str) -> tuple[int, ...]:
    """Where a file uses a name that it imports, under whatever name."""
    source = read_source(data)
    tree = parse_python(source.text) if isinstance(source, Source) else None
    nodes = list(ast.walk(tree)) if isinstance(tree, ast.Module) else []
    imports = [alias for node in nodes if isinstance(node, ast.ImportFrom) for alias in node.names]
    bound = {alias.asname or name for alias in imports if alias.name == name}
    return tuple(sorted({node.lineno for node in nodes if isinstance(node, ast.Name) and node.id in bound}))


def importers(
    tree: Tree, outlines: Outlines, module: str, index: BlobIndex | None
) -> Mapping[str, frozenset[str]]:
    """Files that import names from the module, by a search of their text."""
    tail = module.rpartition(".")[2]
    entries = [entry for entry in tree.entries() if entry.path.endswith(SOURCES)]
    hits = tree.grep([f"{tail} import".encode()], entries)
    found: dict[str, set[str]] = {}
    for entry, statements in imports_by_entry(
        tree, [entry for entry in entries if entry.path in hits], tail, index
    ):
        for level, module_text, names in statements:
            if outlines.modules.absolute(entry.path, level, module_text) == module:
                found.setdefault(entry.path, set()).update(names)
    return {path: frozenset(names) for path, names in found.items()}


Statements = list[tuple[int, str, list[str]]]


def imports_by_entry(
    tree: Tree, entries: Sequence[Entry], tail: str, index: BlobIndex | None
) -> Iterable[tuple[Entry, Statements]]:
    unknown = []
    for entry in entries:
        cached = index.get(cache_key(entry, tail)) if index else None
        if cached is None:
            unknown.append(entry)
        else:
            yield entry, json.loads(cached)
    for entry, data in tree.read(unknown):
        statements = imported_names(data, tail)
        if index:
            index.put(cache_key(entry, tail), json.dumps(statements).encode())
        yield entry, statements


def cache_key(entry: Entry, tail: str) -> bytes:
    return f"imported 1 {tail} {entry.blob}".encode()


INDENTED_FROM = re.compile(rb"(?m)^[ \t]*" + FROM.pattern.removeprefix(rb"^"))


def imported_names(data: bytes, tail: str) -> Statements:
    """Of modules with that last name; found by it, since few lines have it."""
    module_name = tail.encode()
    spots = re.finditer(re.escape(module_name) + rb"[ \t]+import", data)
    starts = dict.fromkeys(data.rfind(b"\n", 0, spot.start()) + 1 for spot in spots)
    matches = [match for start in starts if (match := INDENTED_FROM.match(data, start))]
    return [
        (
            match["dots"].count(b"."),
            match["module"].decode("utf-8", "replace"),
            [name.decode("utf-8", "replace") for name in NAME.findall(strip_comments(match["names"]))],
        )
        for match in matches
        if match["module"].rpartition(b".")[2] == module_name
    ]


def lacks_any(outlines: Outlines, module: str, names: Iterable[str]) -> bool:
    return any(outlines.is_defined(Symbol(module, name)) is False for name in names)


def missing_imports(outlines: Outlines, path: str, module: str) -> Iterable[tuple[str, int]]:
    outline: Outline = outlines.read_files([path])[path]
    for one in outline.imports:
        from_there = outlines.modules.absolute(path, one.level, one.module) == module
        if (
            from_there
            and one.name not in ("", "*")
            and outlines.is_defined(Symbol(module, one.name)) is False
        ):
            yield one.name, one.line


def where_it_lives(outlines: Outlines, places: Iterable[tuple[str, str, int]]) -> tuple[str, ...]:
    return tuple(sorted({spell_module(outlines.modules.name_of(path)) for path, _, _ in places} - {""}))
