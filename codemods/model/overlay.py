"""A tree in which some files have other contents."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set

from codemods.model.contents import holds_any_word
from codemods.model.records import record
from codemods.model.tree import Entry, Tree, TreeWithHistory


@record
class OverlayTree:
    tree: Tree
    contents: Mapping[str, bytes]

    def entries(self) -> Sequence[Entry]:
        return [self.with_overlay(entry) for entry in self.tree.entries()]

    def with_overlay(self, entry: Entry) -> Entry:
        data = self.contents.get(entry.path)
        if data is None:
            return entry
        return Entry(entry.path, hashlib.sha1(data, usedforsecurity=False).hexdigest(), entry.mode)

    def grep(self, words: Sequence[bytes], entries: Sequence[Entry] | None = None) -> set[str]:
        plain = None if entries is None else [one for one in entries if one.path not in self.contents]
        found = self.tree.grep(words, plain) - self.contents.keys()
        asked = self.contents if entries is None else [one.path for one in entries]
        return found | {
            path
            for path in asked
            if path in self.contents and any(word in self.contents[path] for word in words)
        }

    def grep_words(self, words: Set[bytes], entries: Sequence[Entry]) -> set[str]:
        plain = [one for one in entries if one.path not in self.contents]
        written = [one.path for one in entries if one.path in self.contents]
        found = {path for path in written if holds_any_word(self.contents[path], words)}
        return found | self.tree.grep_words(words, plain)

    def read(self, entries: Iterable[Entry]) -> Iterator[tuple[Entry, bytes]]:
        plain: list[Entry] = []
        for entry in entries:
            if entry.path in self.contents:
                yield from self.tree.read(plain) if plain else ()
                plain = []
                yield entry, self.contents[entry.path]
            else:
                plain.append(entry)
        yield from self.tree.read(plain) if plain else ()

    def earlier_content(self, blob: str) -> bytes | None:
        """Of the tree below, that is what it has now."""
        return self.tree.earlier_content(blob) if isinstance(self.tree, TreeWithHistory) else None
