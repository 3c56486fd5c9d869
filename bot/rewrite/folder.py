"""A folder on the disk as a tree."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator, Sequence, Set
from functools import cached_property
from pathlib import Path

from codemods.model.contents import LARGEST, ContentCache, holds_any_word
from codemods.model.records import record
from codemods.model.tree import Entry

SKIPPED_FOLDERS = frozenset(
    {".git", ".hg", ".venv", "venv", "node_modules", "__pycache__", ".tox", ".mypy_cache"}
)

SHORT = 256
"""Bytes of a file that is kept whatever it holds: opening it costs more than looking. Most `__init__.py` are so."""


@record
class Folder:
    root: Path

    def entries(self) -> Sequence[Entry]:
        return self._entries

    @cached_property
    def _entries(self) -> list[Entry]:
        found = []
        root = len(os.path.join(self.root, ""))
        for folder, folders, names in os.walk(self.root):
            folders[:] = sorted(set(folders) - SKIPPED_FOLDERS)
            above = os.path.join(folder, "")[root:]
            for name in names:
                entry = self.entry(f"{above}{name}")
                if entry is not None:
                    found.append(entry)
        return sorted(found, key=lambda entry: entry.path)

    def entry(self, path: str) -> Entry | None:
        try:
            status = os.lstat(f"{self.root}/{path}")
        except OSError:
            return None
        if stat.S_ISLNK(status.st_mode):
            return Entry(path, "", "120000")
        stamp = f"{path}\0{status.st_size}\0{status.st_mtime_ns}\0{status.st_ino}"
        blob = hashlib.sha1(stamp.encode("utf-8", "surrogateescape"), usedforsecurity=False).hexdigest()
        return Entry(path, blob, "100755" if status.st_mode & 0o100 else "100644")

    def is_unchanged(self, entry: Entry) -> bool:
        """Whether the file on disk is the one that was listed."""
        return self.entry(entry.path) == entry

    def grep(self, words: Sequence[bytes], entries: Sequence[Entry] | None = None) -> set[str]:
        found = set()
        for entry, data in self.read(self.entries() if entries is None else entries):
            holds = bool(data) and any(word in data for word in words)
            if holds:
                found.add(entry.path)
            if holds or len(data) < SHORT:
                self._contents.keep(entry.blob, data)
        return found

    def grep_words(self, words: Set[bytes], entries: Sequence[Entry]) -> set[str]:
        return {entry.path for entry, content in self.read(entries) if holds_any_word(content, words)}

    def read(self, entries: Iterable[Entry]) -> Iterator[tuple[Entry, bytes]]:
        for entry in entries:
            kept = self._contents.get(entry.blob)
            yield entry, self._content(entry) if kept is None else kept

    def _content(self, entry: Entry) -> bytes:
        try:
            with open(f"{self.root}/{entry.path}", "rb", buffering=0) as file:
                return file.read(LARGEST + 1)
        except OSError:
            return b""

    @cached_property
    def _contents(self) -> ContentCache:
        return ContentCache()


def folder_tree(root: Path) -> Folder:
    """A folder's files, without what version control and tools keep there."""
    return Folder(root)
