"""Names that begin with two underscores, from outside of their class: `x._Old__value`."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from codemods.read.comments import is_in_comment


def private_names(text: bytes, classes: Collection[str]) -> Iterator[tuple[int, str]]:
    """Where a private name of one of these classes stands as the compiler writes it, outside of comments; strings
    count, as in `getattr(x, "_Old__value")`."""
    names = sorted({one.lstrip("_") for one in classes} - {""})
    if names and any(f"_{name}__".encode() in text for name in names):
        either = b"|".join(re.escape(name.encode()) for name in names)
        private = re.compile(rb"(?<![\w\x80-\xff])_(?:" + either + rb")__(?!\w*__(?!\w))\w+")
        for match in private.finditer(text):
            if not is_in_comment(text, match.start()):
                yield match.start(), match[0].decode("utf-8", "replace")
