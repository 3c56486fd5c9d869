"""Which files of the tree each file imports, wherever in it the import stands."""

from __future__ import annotations

import hashlib
import pickle
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from codemods.model.modules import Modules
from codemods.model.pickles import load_pickle
from codemods.model.tree import Entry, Index, Tree

IMPORT = re.compile(
    rb"^[ \t]*(?:from[ \t]+(?P<dots>[.]*)[ \t]*(?P<module>[\w.\x80-\xff]*)[ \t]+import\b[ \t]*"
    rb"(?P<names>\([^)]*\)|[^\r\n;#]*)"
    rb"|import[ \t]+(?P<plain>[^\r\n;#]+))",
    re.MULTILINE,
)
WORD = re.compile(rb"[\w\x80-\xff]+(?:\.[\w\x80-\xff]+)*")
ImportedName = tuple[int, str, tuple[str, ...]]
"""Level, module, and the names that may be modules in it."""


@dataclass
class ImportEdges:
    tree: Tree
    entries: Mapping[str, Entry]
    modules: Modules
    index: Index | None = None
    known: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def reach(
        self, paths: Iterable[str], ends: Mapping[str, object] | frozenset[str] = frozenset()
    ) -> list[str]:
        """The files and all that they import, directly or not; not beyond those in `ends`."""
        reached = dict.fromkeys(path for path in paths if path not in ends)
        waiting = list(reached)
        while waiting:
            self.read(waiting)
            found = (other for path in waiting for other in self.known[path])
            waiting = [one for one in dict.fromkeys(found) if one not in reached and one not in ends]
            reached.update(dict.fromkeys(waiting))
        return list(reached)

    def read(self, paths: Iterable[str]) -> None:
        unread = []
        for path in paths:
            if path in self.known:
                continue
            entry = self.entries[path]
            kept = load_pickle(self.index.get(edge_key(entry)), tuple) if self.index is not None else None
            if kept is None:
                unread.append(entry)
            else:
                self.known[path] = tuple(self.targets(path, kept))
        for entry, data in self.tree.read(unread) if unread else ():
            names = tuple(imported_names(data))
            if self.index is not None:
                self.index.put(edge_key(entry), pickle.dumps(names))
            self.known[entry.path] = tuple(self.targets(entry.path, names))

    def targets(self, path: str, names: Iterable[ImportedName]) -> Iterator[str]:
        found: dict[str, None] = {}
        for level, module, inner in names:
            whole = self.modules.absolute(path, level, module or None)
            if not whole:
                continue
            parts = whole.split(".")
            dotted = [".".join(parts[:count]) for count in range(1, len(parts) + 1)]
            for name in (*dotted, *(f"{whole}.{one}" for one in inner)):
                found.update(dict.fromkeys(self.modules.paths_by_name.get(name, ())))
        yield from (one for one in found if one != path and one in self.entries)


def edge_key(entry: Entry) -> bytes:
    return hashlib.sha256(b"imported names\0" + entry.blob.encode()).digest()


def imported_names(data: bytes) -> Iterator[ImportedName]:
    for match in IMPORT.finditer(data):
        if match["plain"] is not None:
            for part in match["plain"].split(b","):
                word = WORD.match(part.strip())
                if word:
                    yield 0, word.group().decode("utf-8", "replace"), ()
            continue
        names = re.sub(rb"#[^\r\n]*", b"", match["names"] or b"")
        inner = tuple(
            word.group().decode("utf-8", "replace")
            for part in names.strip(b"() \t\r\n").split(b",")
            if (word := WORD.match(part.strip()))
        )
        yield len(match["dots"] or b""), (match["module"] or b"").decode("utf-8", "replace"), inner
