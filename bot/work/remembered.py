"""A tree whose searches are kept by blob id: what a word search found in a content, it will always find there."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence

from codemods.tree import Entry, Index, Tree

FILES = ("100644", "100755")


class RememberedTree:
    """Of a second commit, only the contents that the first did not have are searched."""

    def __init__(self, tree: Tree, index: Index) -> None:
        self.tree, self.index = tree, index

    def entries(self) -> Sequence[Entry]:
        return self.tree.entries()

    def read(self, entries: Iterable[Entry]) -> Iterator[tuple[Entry, bytes]]:
        return self.tree.read(entries)

    def grep(self, words: Sequence[bytes], entries: Sequence[Entry] | None = None) -> set[str]:
        wanted = [entry for entry in (self.entries() if entries is None else entries) if entry.mode in FILES]
        key = search_key(words)
        searched, hits = self._known(key)
        unknown = [entry for entry in wanted if entry.blob not in searched]
        if unknown:
            found = self.tree.grep(words, unknown)
            hits |= {entry.blob for entry in unknown if entry.path in found}
            self._keep(key, {entry.blob for entry in wanted}, hits)
        return {entry.path for entry in wanted if entry.blob in hits}

    def _known(self, key: bytes) -> tuple[set[str], set[str]]:
        kept = self.index.get(key)
        if kept is None:
            return set(), set()
        searched, hits = kept.decode().split("\n")
        return set(searched.split()), set(hits.split())

    def _keep(self, key: bytes, searched: set[str], hits: set[str]) -> None:
        self.index.put(key, f"{' '.join(searched)}\n{' '.join(hits & searched)}".encode())


def search_key(words: Sequence[bytes]) -> bytes:
    return b"search 1 " + hashlib.sha256(b"\n".join(sorted(words))).digest()
