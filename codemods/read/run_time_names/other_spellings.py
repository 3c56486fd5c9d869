"""Names in another spelling that Python takes for the same: `Ｏld` for `Old`."""

from __future__ import annotations

from collections.abc import Collection
from unicodedata import normalize

from codemods.model.patterns import lazy_pattern

FIRST_BYTES = (b"\xef\xbc", b"\xef\xbd", b"\xf0\x9d")
"""Of wide letters and those of formulas, in UTF-8."""
WORD = lazy_pattern(r"\w+")


def other_spellings(text: bytes, words: Collection[str]) -> frozenset[str]:
    """As they stand in the text."""
    if text.isascii() or not any(first in text for first in FIRST_BYTES):
        return frozenset()
    found = set(WORD.findall(text.decode("utf-8", "replace")))
    return frozenset(one for one in found if not one.isascii() and normalize("NFKC", one) in words)
