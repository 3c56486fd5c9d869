"""Whether two syntax trees differ only where edits were planned."""

from __future__ import annotations

import ast
import keyword
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from typing import NamedTuple

from codemods.model.edits import TextEdit, spans_after
from codemods.read.source import Source

WRITABLE = frozenset(
    {
        *(ast.Import, ast.ImportFrom, ast.alias, ast.Assign, ast.Name, ast.Attribute, ast.Constant, ast.Pass),
        *(ast.keyword, ast.Expr, ast.Load, ast.Store, ast.Del, ast.arg),
        *(ast.List, ast.Tuple, ast.Dict, ast.Set, ast.UnaryOp, ast.USub),
    }
)
EDITABLE = (ast.ImportFrom, ast.alias, ast.Attribute, ast.Constant, ast.keyword, ast.Name)
"""Nodes that an edit may change partly: their text is compared as bytes, not as a tree."""
WRAPPERS = (ast.Await, ast.keyword)
"""Nodes that an edit may put around another, or take away from it."""

NAMES = re.compile(rb"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*")
BESIDE_NAMES = rb"\w\\\x80-\xff"
BEFORE_NAMES = re.compile(rb"(?<![" + BESIDE_NAMES + rb"])(?<!\d\.)")
BEHIND_NAMES = re.compile(rb"(?![" + BESIDE_NAMES + rb"])")
LONGEST_PREFIX = 2
"""Letters that may stand before a string and belong to it."""
QUOTES = (b"'", b'"')
KEYWORDS = frozenset(word.encode() for word in (*keyword.kwlist, *keyword.softkwlist))


def keeps_shape(before: bytes, edit: TextEdit, after: bytes, span: tuple[int, int]) -> bool:
    """Whether names take the place of as many names, with the same dots: by Python's grammar the tree is the same
    then, but for these names. For the rest, trees have to be compared."""
    old = before[edit.start : edit.end]
    if NAMES.fullmatch(old) is None or NAMES.fullmatch(edit.text) is None:
        return False
    names, new_names = old.split(b"."), edit.text.split(b".")
    return (
        len(names) == len(new_names)
        and KEYWORDS.isdisjoint((*names, *new_names))
        and (
            len(names[-1]) > LONGEST_PREFIX < len(new_names[-1])
            or before[edit.end : edit.end + 1] not in QUOTES
        )
        and stands_alone(before, edit.start, edit.end)
        and stands_alone(after, *span)
    )


def stands_alone(text: bytes, start: int, end: int) -> bool:
    return BEFORE_NAMES.match(text, start) is not None and BEHIND_NAMES.match(text, end) is not None


class NodeSpan(NamedTuple):
    node: ast.AST
    start: int
    end: int


def unplanned_difference(
    old: ast.Module, new: ast.Module, before: Source, after: Source, edits: Sequence[TextEdit]
) -> str:
    """Empty if every node outside of the edits is where it was; else the first difference, in words.

    `edits` in order, as `sorted_edits` gives them.
    """
    new_spans = spans_after(edits)
    spans = [(edit.start, edit.end) for edit in edits]
    shift = OffsetMap(spans, new_spans)
    unchanged = UnchangedStatements(shift, before.text, after.text)
    old_nodes, replaced = nodes_outside(old, before, spans, unchanged.is_same_text)
    new_nodes, written = nodes_outside(new, after, new_spans, unchanged.was_same_text)
    kinds = WRITABLE | {type(node) for node in replaced}
    for node in written:
        if type(node) not in kinds:
            return f"line {getattr(node, 'lineno', 0)}: {type(node).__name__} was written"
    for one, other in zip(old_nodes, new_nodes, strict=False):
        trouble = difference(one, other, shift)
        if trouble:
            return f"line {after.position(other.start)[0]}: {trouble}"
    if len(old_nodes) != len(new_nodes):
        return f"{len(new_nodes) - len(old_nodes):+} nodes outside the edits"
    return ""


class OffsetMap:
    """Old offsets to new ones, and what an edit touches."""

    def __init__(self, spans: Sequence[tuple[int, int]], landed: Sequence[tuple[int, int]]) -> None:
        self.edited_spans = spans
        self.ends = [end for _, end in spans]
        self.shifts = [0, *(new_end - end for (_, end), (_, new_end) in zip(spans, landed, strict=True))]

    def new_offset(self, offset: int) -> int:
        return offset + self.shifts[bisect_right(self.ends, offset)]

    def new_start(self, offset: int) -> int:
        """As `new_offset`, before what is inserted there."""
        return offset + self.shifts[bisect_left(self.ends, offset)]

    def is_inserted_at(self, offset: int) -> bool:
        at = bisect_left(self.ends, offset)
        return at < len(self.edited_spans) and self.edited_spans[at] == (offset, offset)

    def is_edited(self, start: int, end: int) -> bool:
        at = bisect_right(self.ends, start - 1)
        while at < len(self.edited_spans) and self.edited_spans[at][0] <= end:
            first, last = self.edited_spans[at]
            if (first < end and last > start) or (first == last and start < first <= end):
                return True
            at += 1
        return False


class UnchangedStatements:
    """Statements of the same bytes before and after: the same text is the same tree, so nothing below is compared.

    Decorators lie before the statement that they belong to, so a decorated one is compared.
    """

    def __init__(self, offsets: OffsetMap, before: bytes, after: bytes) -> None:
        self.offsets, self.before, self.after = offsets, before, after
        self.new_spans: set[tuple[type, int, int]] = set()

    def is_same_text(self, node: ast.AST, start: int, end: int) -> bool:
        """For a node of the old tree."""
        if not isinstance(node, ast.stmt) or getattr(node, "decorator_list", None):
            return False
        if self.offsets.is_edited(start, end) or self.offsets.is_inserted_at(start):
            return False
        new_start = self.offsets.new_offset(start)
        new_end = new_start + end - start
        if self.before[start:end] != self.after[new_start:new_end]:
            return False
        self.new_spans.add((type(node), new_start, new_end))
        return True

    def was_same_text(self, node: ast.AST, start: int, end: int) -> bool:
        """For a node of the new tree, once all of the old one is known."""
        return (type(node), start, end) in self.new_spans and not getattr(node, "decorator_list", None)


def nodes_outside(
    tree: ast.Module,
    source: Source,
    spans: Sequence[tuple[int, int]],
    is_unchanged: Callable[[ast.AST, int, int], bool],
) -> tuple[list[NodeSpan], list[ast.AST]]:
    """Nodes that no edit holds whole, breadth first, without those below unchanged ones; and those that one does."""
    outside: list[NodeSpan] = []
    inside: list[ast.AST] = []
    starts = [start for start, _ in spans]
    row: list[ast.AST] = list(tree.body)
    while row:
        below: list[ast.AST] = []
        for one in row:
            node, start, end = span_without_wrappers(one, source, spans, starts)
            if start >= 0:
                at = bisect_right(starts, start) - 1
                if at >= 0 and end <= spans[at][1] and start < spans[at][1]:
                    inside.append(node)
                    continue
                outside.append(NodeSpan(node, start, end))
                if type(node) is ast.JoinedStr or is_unchanged(node, start, end):
                    continue
            below.extend(children(node))
        row = below
    return outside, inside


def span_without_wrappers(
    node: ast.AST, source: Source, spans: Sequence[tuple[int, int]], starts: Sequence[int]
) -> NodeSpan:
    """What an edit has put a wrapper around, or will take it away from; without a place, -1 for both ends."""
    lines = source.line_starts
    while True:
        line = getattr(node, "lineno", None)
        if line is None:
            return NodeSpan(node, -1, -1)
        start = lines[line - 1] + node.col_offset  # type: ignore[attr-defined]
        end = lines[node.end_lineno - 1] + node.end_col_offset  # type: ignore[attr-defined]
        if not isinstance(node, WRAPPERS):
            return NodeSpan(node, start, end)
        at = bisect_right(starts, start) - 1
        if at < 0 or not start < spans[at][1] < end:
            return NodeSpan(node, start, end)
        if isinstance(node, ast.keyword) and node.arg and spans[at][1] <= start + len(node.arg.encode()):
            return NodeSpan(node, start, end)
        node = node.value


def children(node: ast.AST) -> list[ast.AST]:
    found: list[ast.AST] = []
    for name in node._fields:
        value = getattr(node, name, None)
        if isinstance(value, ast.AST):
            found.append(value)
        elif isinstance(value, list):
            found += [item for item in value if isinstance(item, ast.AST)]
    return found


def difference(one: NodeSpan, other: NodeSpan, shift: OffsetMap) -> str:
    old, new = one.node, other.node
    name = type(old).__name__
    if type(old) is not type(new):
        return f"{name} became {type(new).__name__}"
    touched = shift.is_edited(one.start, one.end)
    if other.start not in (shift.new_offset(one.start), shift.new_start(one.start)):
        return f"{name} moved"
    if (
        not touched
        and shift.new_offset(one.end) != other.end
        and shift.new_offset(one.end - 1) + 1 != other.end
    ):
        return f"{name} ends elsewhere"
    if touched and isinstance(old, (*EDITABLE, ast.JoinedStr)):
        return ""
    if type(old) is ast.JoinedStr:
        return "" if ast.dump(old) == ast.dump(new) else "a formatted string changed"
    if touched and isinstance(old, ast.Call):
        return ""
    return "" if own_values(old) == own_values(new) else f"{name} changed"


def own_values(node: ast.AST) -> list[object]:
    """What a node says besides its children; operators and contexts by their kind."""
    found: list[object] = []
    for name in node._fields:
        value = getattr(node, name, None)
        if isinstance(value, ast.AST):
            if not value._fields:
                found.append(type(value))
        elif isinstance(value, list):
            found.append(None if is_block(name) else [comparable(item) for item in value])
        else:
            found.append(value)
    return found


def comparable(item: object) -> object:
    """A name as it is, an operator by its type; None for nodes that are compared on their own."""
    if isinstance(item, ast.AST):
        return None if item._fields else type(item)
    return item


def is_block(name: str) -> bool:
    """Lists that statements or names may come into or leave."""
    return name in ("body", "orelse", "finalbody", "names")
