"""Contents of files that are read more than once in a run, and which words they hold."""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass, field

LARGEST = 4 * 2**20
"""Bytes of a file that are read. Of a longer one some more are, so that whoever gets them can tell."""
WORD = frozenset((*b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_", *range(128, 256)))
"""What names are made of."""
SPACED = bytes(byte if byte in WORD else ord(" ") for byte in range(256))
FEW = 8
"""Words that are looked for one by one: up to there it costs less than to take all words of a content apart."""
MOST = 16 * 2**20
"""Bytes of a tree's files that are kept in memory."""


def is_too_large(content: bytes) -> bool:
    """Whether it is the start of a file that is too large to be read."""
    return len(content) > LARGEST


TOO_LARGE = f"it is larger than {LARGEST // 2**20} MB"


@dataclass
class ContentCache:
    """By blob. What no longer fits isn't kept: a run reads its files in one order, so replacing some would help none."""

    room: int = MOST
    contents: dict[str, bytes] = field(default_factory=dict)

    def get(self, blob: str) -> bytes | None:
        return self.contents.get(blob)

    def keep(self, blob: str, content: bytes) -> None:
        if len(content) <= self.room and blob not in self.contents:
            self.contents[blob] = content
            self.room -= len(content)


def holds_any_word(content: bytes, words: Set[bytes]) -> bool:
    """As a whole. What it costs doesn't grow with their number where they are many."""
    if len(words) <= FEW:
        return any(next(word_places(content, word), None) is not None for word in words)
    return not words.isdisjoint(content.translate(SPACED).split())


def word_places(content: bytes, word: bytes) -> Iterator[int]:
    """Where it stands as a whole."""
    at, length = content.find(word), len(word)
    while at >= 0:
        end = at + length
        if (at == 0 or content[at - 1] not in WORD) and (end == len(content) or content[end] not in WORD):
            yield at
        at = content.find(word, at + 1)


def first_word(name: bytes) -> bytes:
    """All of it, where it is one."""
    return next(iter(name.translate(SPACED).split()), name)
