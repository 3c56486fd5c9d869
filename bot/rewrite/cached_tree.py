"""A tree whose searches are kept by blob id: what a word search found in a content, it will always find there."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence, Set

from codemods.model.records import record
from codemods.model.tree import Entry, Index, Tree, TreeWithHistory
from codemods.scan.reading_filter import STAR

FILE_MODES = ("100644", "100755")


@record
class WordSearch:
    words: tuple[bytes, ...]
    searched: frozenset[str]
    """The blobs that were looked in."""
    matching: frozenset[str]

    def covers(self, words: Sequence[bytes]) -> bool:
        """Whether each word contains one of this search's: a file without the shorter word lacks the longer one too."""
        return all(any(mine in word for mine in self.words) for word in words)

    def rules_out(self, blob: str) -> bool:
        return blob in self.searched and blob not in self.matching


class CachedTree:
    """Of a second commit, only the contents that the first did not have are searched."""

    def __init__(self, tree: Tree, index: Index) -> None:
        self.tree, self.index = tree, index
        self._searches: list[WordSearch] = []

    def entries(self) -> Sequence[Entry]:
        return self.tree.entries()

    def read(self, entries: Iterable[Entry]) -> Iterator[tuple[Entry, bytes]]:
        return self.tree.read(entries)

    def earlier_content(self, blob: str) -> bytes | None:
        return self.tree.earlier_content(blob) if isinstance(self.tree, TreeWithHistory) else None

    def grep(self, words: Sequence[bytes], entries: Sequence[Entry] | None = None) -> set[str]:
        files = [
            entry for entry in (self.entries() if entries is None else entries) if entry.mode in FILE_MODES
        ]
        plain_words = [word for word in words if word != STAR]
        parts = [plain_words, [STAR]] if plain_words and len(plain_words) < len(words) else [words]
        hits = {blob for part in parts for blob in self._hits(part, files)}
        return {entry.path for entry in files if entry.blob in hits}

    def grep_words(self, words: Set[bytes], entries: Sequence[Entry]) -> set[str]:
        key = search_key(list(words), b"words 1 ")
        _, hits = self._answers(key, entries, lambda unknown: self.tree.grep_words(words, unknown))
        return {entry.path for entry in entries if entry.blob in hits}

    def _hits(self, words: Sequence[bytes], wanted: Sequence[Entry]) -> set[str]:
        def search(unknown: Sequence[Entry]) -> set[str]:
            covering = [before for before in self._searches if before.covers(words)]
            possible = [entry for entry in unknown if not any(one.rules_out(entry.blob) for one in covering)]
            return self.tree.grep(words, possible) if possible else set()

        searched, matching = self._answers(search_key(words), wanted, search)
        self._searches.append(WordSearch(tuple(words), frozenset(searched), frozenset(matching)))
        return matching

    def _answers(
        self, key: bytes, wanted: Sequence[Entry], search: Callable[[Sequence[Entry]], set[str]]
    ) -> tuple[set[str], set[str]]:
        """The blobs that were searched, now or before, and those that match. `search`: gives the paths that do."""
        searched, matching = self._kept_answers(key)
        unknown = [entry for entry in wanted if entry.blob not in searched]
        if unknown:
            paths = search(unknown)
            matching |= {entry.blob for entry in unknown if entry.path in paths}
            self._keep(key, {entry.blob for entry in wanted}, matching)
        return searched | {entry.blob for entry in unknown}, matching

    def _kept_answers(self, key: bytes) -> tuple[set[str], set[str]]:
        cached = self.index.get(key)
        if cached is None:
            return set(), set()
        searched, hits = cached.decode().split("\n")
        return set(searched.split()), set(hits.split())

    def _keep(self, key: bytes, searched: set[str], hits: set[str]) -> None:
        self.index.put(key, f"{' '.join(searched)}\n{' '.join(hits & searched)}".encode())


def search_key(words: Sequence[bytes], kind: bytes = b"search 1 ") -> bytes:
    return kind + hashlib.sha256(b"\n".join(sorted(words))).digest()
