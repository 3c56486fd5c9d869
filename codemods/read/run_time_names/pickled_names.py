"""Names in pickles, which load what they hold by its module and its name."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from codemods.model.patterns import lazy_pattern

AROUND = rb"(?:\\n|\\x[0-9a-fA-F]{2}|\n)"
"""What stands before and behind a name in the text of a literal that holds a pickle."""


LENGTH = lazy_pattern(r"[\x8cX].\0{0,3}\Z", re.DOTALL)


def places_of_pickled(text: bytes, words: Collection[str]) -> Iterator[int]:
    """Where a literal with bytes may be a pickle that has one of the words."""
    if words and b"\\" in text and (b"\\n" in text or b"\\x" in text):
        names = b"|".join(re.escape(word.encode()) for word in sorted(words))
        yield from (match.start() for match in re.finditer(AROUND + rb"(?:" + names + rb")" + AROUND, text))


def is_pickled(text: str, module: str, name: str) -> bool:
    """Whether a pickle of any protocol names the symbol: by lines, or by strings with their lengths before them.
    Anything of the module where there is no name."""
    if f"c{module}\n{name}" in text and (not name or f"c{module}\n{name}\n" in text):
        return True
    return is_sized(text, module) and (not name or is_sized(text, name))


def is_sized(text: str, name: str) -> bool:
    """Whether a name stands in it behind its length, as protocols with bytes write it."""
    at = text.find(name)
    while at >= 0:
        end = at + len(name)
        if LENGTH.search(text, max(0, at - 5), at) and not (text[end : end + 1].isidentifier()):
            return True
        at = text.find(name, end)
    return False
