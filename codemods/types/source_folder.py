"""The files that a type checker needs, in a folder of their own: those asked about, and all that they import."""

from __future__ import annotations

import hashlib
import json
import pickle
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from codemods.model.modules import Modules
from codemods.model.pickles import load_pickle
from codemods.model.tree import Entry, Index, Tree
from codemods.read.source import Source, read_source

IMPORT = re.compile(
    rb"^[ \t]*(?:from[ \t]+(?P<dots>[.]*)[ \t]*(?P<module>[\w.\x80-\xff]*)[ \t]+import\b[ \t]*"
    rb"(?P<names>\([^)]*\)|[^\r\n;#]*)"
    rb"|import[ \t]+(?P<plain>[^\r\n;#]+))",
    re.MULTILINE,
)
WORD = re.compile(rb"[\w\x80-\xff]+(?:\.[\w\x80-\xff]+)*")
CONFIGURATION = """\
project-includes = ["**/*.py", "**/*.pyi"]
search-path = {roots}
site-package-path = []
skip-interpreter-query = true
python-version = "3.13"
python-platform = "linux"
"""
FILES = "files"
ImportedName = tuple[int, str, tuple[str, ...]]
"""Level, module, and the names that may be modules in it."""


@dataclass
class SourceFolder:
    tree: Tree
    entries: Mapping[str, Entry]
    modules: Modules
    index: Index | None = None
    overlay: Mapping[str, bytes] = field(default_factory=dict)
    """Files with other contents than in the tree."""
    written: set[str] = field(default_factory=set)
    edges: dict[str, tuple[str, ...]] = field(default_factory=dict)
    closures: dict[str, frozenset[str]] = field(default_factory=dict)

    @cached_property
    def folder(self) -> Path:
        """With the checker's configuration; the files are in a folder below."""
        folder = Path(tempfile.mkdtemp(prefix="drover-types-")).resolve()
        (folder / FILES).mkdir()
        roots = [str(folder / FILES / root) for root in self.modules.roots]
        (folder / "pyrefly.toml").write_text(CONFIGURATION.format(roots=json.dumps(roots)))
        return folder

    @property
    def files(self) -> Path:
        return self.folder / FILES

    def remove(self) -> None:
        if "folder" in self.__dict__:
            shutil.rmtree(self.folder, ignore_errors=True)

    # ---- what a file depends on

    def closure(self, path: str) -> frozenset[str]:
        """The file and all that it imports, directly or not, wherever in it the import stands."""
        if path not in self.closures:
            reached = {path}
            waiting = [path]
            while waiting:
                for other in self.imported_by(waiting):
                    if other not in reached:
                        reached.add(other)
                        waiting.append(other)
            self.closures[path] = frozenset(reached)
        return self.closures[path]

    def imported_by(self, waiting: list[str]) -> Iterator[str]:
        """Of all that waits, which is emptied."""
        missing = [path for path in waiting if path not in self.edges]
        if missing:
            self.read_edges(missing)
        paths, waiting[:] = list(waiting), []
        for path in paths:
            yield from self.edges[path]

    def read_edges(self, paths: Iterable[str]) -> None:
        unread = []
        for path in paths:
            entry = self.entries[path]
            kept = load_pickle(self.index.get(edge_key(entry)), tuple) if self.index is not None else None
            if kept is None or path in self.overlay:
                unread.append(entry)
            else:
                self.edges[path] = tuple(self.targets(path, kept))
        for entry, data in self.read(unread):
            names = tuple(imported_names(data))
            if self.index is not None and entry.path not in self.overlay:
                self.index.put(edge_key(entry), pickle.dumps(names))
            self.edges[entry.path] = tuple(self.targets(entry.path, names))

    def read(self, entries: Iterable[Entry]) -> Iterator[tuple[Entry, bytes]]:
        plain = []
        for entry in entries:
            if entry.path in self.overlay:
                yield entry, self.overlay[entry.path]
            else:
                plain.append(entry)
        yield from self.tree.read(plain) if plain else ()

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

    def closure_digest(self, path: str) -> str:
        blobs = [(one, self.entries[one].blob) for one in sorted(self.closure(path))]
        text = repr((blobs, self.modules.roots))
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()

    # ---- on disk

    def write_probe(self, name: str, text: str) -> str:
        """A file of our own, beside those of the tree; its path for questions."""
        (self.folder / name).write_text(text)
        return f"../{name}"

    def write_closure(self, path: str) -> None:
        missing = self.closure(path) - self.written
        for entry, data in self.read([self.entries[one] for one in sorted(missing)]):
            source = read_source(data)
            text = source.text if isinstance(source, Source) else data
            target = self.files / entry.path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(text)
        self.written |= missing


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
