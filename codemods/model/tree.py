"""A tree of source files: a commit in a mirror, or a folder on disk."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class Entry:
    path: str
    blob: str
    """The git blob id of the content: the key under which what was found in it is kept."""
    mode: str = "100644"
    """As git writes it: 100644, 100755, 120000 (a symlink), 160000 (a submodule)."""


class Tree(Protocol):
    def entries(self) -> Sequence[Entry]:
        """Every file, sorted by path."""

    def grep(self, words: Sequence[bytes], entries: Sequence[Entry] | None = None) -> set[str]:
        """The paths of the files that hold any of the words, byte for byte."""

    def grep_words(self, words: Set[bytes], entries: Sequence[Entry]) -> set[str]:
        """Those that hold any of the words as a whole, however many words there are."""

    def read(self, entries: Iterable[Entry]) -> Iterator[tuple[Entry, bytes]]:
        """The contents, in the order asked for."""


@runtime_checkable
class TreeWithHistory(Tree, Protocol):
    """A tree that may know contents that its files had before."""

    def earlier_content(self, blob: str) -> bytes | None: ...


def read_content(tree: Tree, entry: Entry) -> bytes:
    return next((data for _, data in tree.read([entry])), b"")


class Index(Protocol):
    """A cache of what was found in files, by keys that name the content."""

    def get(self, key: bytes) -> bytes | None: ...

    def put(self, key: bytes, value: bytes) -> None: ...
