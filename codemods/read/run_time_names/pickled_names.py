"""Names in pickles, which load what they hold by its module and its name."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

AROUND = rb"(?:\\n|\\x[0-9a-fA-F]{2}|\n)"
"""What stands before and behind a name in the text of a literal that holds a pickle."""


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
    sized = (rf"[\x8cX].\0{{0,3}}{re.escape(one)}(?!\w)" for one in (module, name) if one)
    return all(re.search(pattern, text, re.DOTALL) for pattern in sized)
