"""A text that is read only if a decision needs it."""

from __future__ import annotations

from functools import cached_property

from codemods.model.tree import Entry, Tree, read_content
from codemods.read.source import Source, Unreadable, read_source


class LazySource(Source):
    """Of a file in a tree."""

    def __init__(self, tree: Tree, entry: Entry) -> None:
        object.__setattr__(self, "_from", (tree, entry))
        object.__setattr__(self, "encoding", "utf-8")
        object.__setattr__(self, "has_byte_order_mark", False)

    @cached_property
    def text(self) -> bytes:
        tree, entry = self._from  # type: ignore[attr-defined]
        source = read_source(read_content(tree, entry))
        return b"" if isinstance(source, Unreadable) else source.text
