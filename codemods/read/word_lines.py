"""The lines that hold a word, and the statements of functions and classes that hold none: these aren't walked."""

from __future__ import annotations

import ast
from bisect import bisect_left
from collections.abc import Iterable

from codemods.read.source import Source

SKIPPABLE = frozenset(
    {
        *(ast.Expr, ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Return, ast.Assert, ast.Raise, ast.Delete),
        *(ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef),
    }
)
"""Other statements are walked always: an import is looked at whatever it names, and so is a declaration."""


class WordLines:
    """`offsets`: where the words stand. What binds or reads other names alone leaves no trace in a file's facts."""

    def __init__(self, source: Source, offsets: Iterable[int]) -> None:
        self.source = source
        self.lines = self.lines_of(offsets)
        self.skipped: list[tuple[int, int]] = []

    def lines_of(self, offsets: Iterable[int]) -> list[int]:
        return sorted({self.source.position(offset)[0] for offset in offsets})

    def skip(self, node: ast.stmt) -> bool:
        if type(node) not in SKIPPABLE:
            return False
        decorators: list[ast.expr] = getattr(node, "decorator_list", [])
        first = decorators[0].lineno if decorators else node.lineno
        last = node.end_lineno or node.lineno
        if is_any_between(self.lines, first, last):
            return False
        self.skipped.append((first, last))
        return True

    def have_skipped(self, offsets: Iterable[int]) -> bool:
        """Whether any of these stands in what was skipped."""
        lines = self.lines_of(offsets)
        return any(is_any_between(lines, first, last) for first, last in self.skipped)


def is_any_between(lines: list[int], first: int, last: int) -> bool:
    at = bisect_left(lines, first)
    return at < len(lines) and lines[at] <= last
