"""A folder on the disk as a tree."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from codemods.model.tree import Entry

SKIPPED_FOLDERS = frozenset(
    {".git", ".hg", ".venv", "venv", "node_modules", "__pycache__", ".tox", ".mypy_cache"}
)


@dataclass(frozen=True)
class Folder:
    root: Path

    def entries(self) -> Sequence[Entry]:
        return self._entries

    @cached_property
    def _entries(self) -> list[Entry]:
        found = []
        for folder, folders, names in os.walk(self.root):
            folders[:] = sorted(set(folders) - SKIPPED_FOLDERS)
            for name in names:
                entry = self.entry(Path(folder, name))
                if entry is not None:
                    found.append(entry)
        return sorted(found, key=lambda entry: entry.path)

    def entry(self, file: Path) -> Entry | None:
        path = file.relative_to(self.root).as_posix()
        if file.is_symlink():
            return Entry(path, "", "120000")
        try:
            status = file.stat()
        except OSError:
            return None
        stamp = f"{path}\0{status.st_size}\0{status.st_mtime_ns}\0{status.st_ino}"
        blob = hashlib.sha1(stamp.encode("utf-8", "surrogateescape"), usedforsecurity=False).hexdigest()
        return Entry(path, blob, "100755" if status.st_mode & 0o100 else "100644")

    def is_unchanged(self, entry: Entry) -> bool:
        """Whether the file on disk is the one that was listed."""
        return self.entry(self.root / entry.path) == entry

    def grep(self, words: Sequence[bytes], entries: Sequence[Entry] | None = None) -> set[str]:
        chosen = self.entries() if entries is None else entries
        return {entry.path for entry, data in self.read(chosen) if any(word in data for word in words)}

    def read(self, entries: Iterable[Entry]) -> Iterator[tuple[Entry, bytes]]:
        for entry in entries:
            try:
                with open(f"{self.root}/{entry.path}", "rb", buffering=0) as file:
                    yield entry, file.read()
            except OSError:
                yield entry, b""


def folder_tree(root: Path) -> Folder:
    """A folder's files, without what version control and tools keep there."""
    return Folder(root)
