"""The positions of the names in a formatted string.

Before 3.12 CPython places the nodes inside `f"…{here}…"` wrongly, so each field is found in the text and parsed again.
Those versions also forbid backslashes, comments and the outer quote in a field, which keeps the search small.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import takewhile

from codemods.model.patterns import lazy_pattern
from codemods.read.source import Source, Unreadable, parse_python

PLACED = (ast.Name, ast.Attribute, ast.Call, ast.Subscript)
EXACT = sys.version_info >= (3, 12)
TOKEN = lazy_pattern(
    rb"""([A-Za-z]*)('''|\"\"\"|'|")((?:\\.|(?!\2).)*)\2|(\#[^\r\n]*)""",
    re.DOTALL,
)
SHOWS_ITS_TEXT = lazy_pattern(rb"\{[^{}\n]*(?<![=!<>])=[ \t]*[!:}]")
QUOTED = lazy_pattern(rb"""[A-Za-z]*('''|\"\"\"|'|")(?:(?!\1).)*\1""", re.DOTALL)


Span = tuple[int, int]


def places_in_formatted(
    source: Source, formatted: Iterable[ast.JoinedStr], names: Collection[str]
) -> dict[int, int]:
    """The real offset of each `Name` node inside, by its id()."""

    def mentions(node: ast.AST) -> bool:
        return any(isinstance(at, ast.Name) and at.id in names for at in ast.walk(node))

    spans = {} if EXACT else spans_in_formatted(source, [node for node in formatted if mentions(node)])
    return {key: start for key, (start, _) in spans.items()}


def shows_its_text(text: bytes, start: int) -> bool:
    """Whether a name stands in `f"{name=}"`, which shows the expression itself."""
    line_start = text.rfind(b"\n", 0, start) + 1
    fields = takewhile(lambda field: field.start() < start, SHOWS_ITS_TEXT.finditer(text, line_start))
    return any(field.end() > start for field in fields)


def spans_in_formatted(source: Source, formatted: Sequence[ast.JoinedStr]) -> dict[int, Span]:
    """Where each name, attribute and call inside really starts and ends, by its id()."""
    spans: dict[int, Span] = {}
    for node in formatted:
        if not any(inside(node, other) for other in formatted):
            start = source.line_starts[node.lineno - 1] + node.col_offset
            end = source.line_starts[(node.end_lineno or 0) - 1] + (node.end_col_offset or 0)
            place(node, source.text, start, end, spans)
    return spans


def inside(node: ast.AST, other: ast.AST) -> bool:
    return node is not other and any(at is node for at in ast.walk(other))


def place(node: ast.JoinedStr, text: bytes, start: int, end: int, spans: dict[int, Span]) -> None:
    values = list(field_expressions(node))
    fields = list(fields_of(text, start, end))
    if len(values) != len(fields):
        values, fields = [], []
    for value, (field_start, field_end) in zip(values, fields, strict=True):
        tree = parse_python(b"(" + text[field_start:field_end] + b"\n)")
        if isinstance(tree, Unreadable) or not tree.body:
            continue
        reparsed = tree.body[0].value  # type: ignore[attr-defined]
        pair(value, reparsed, Source(b"(" + text[field_start:field_end]), field_start - 1, spans)


def field_expressions(node: ast.JoinedStr) -> Iterator[ast.expr]:
    """The expressions of the fields, those in format specs after the one that they belong to."""
    for value in node.values:
        if isinstance(value, ast.FormattedValue):
            yield value.value
            if isinstance(value.format_spec, ast.JoinedStr):
                yield from field_expressions(value.format_spec)


def pair(old: ast.AST, again: ast.AST, part: Source, shift: int, spans: dict[int, Span]) -> None:
    """Two trees of one text: the names of the first get the positions of the second."""
    stack = [(old, again)]
    while stack:
        left, right = stack.pop()
        if type(left) is not type(right):
            continue
        if isinstance(left, ast.JoinedStr) and isinstance(right, ast.JoinedStr):
            start = part.offset(right.lineno, right.col_offset)
            end = part.offset(right.end_lineno or 0, right.end_col_offset or 0)
            inner: dict[int, Span] = {}
            place(left, part.text, start, end, inner)
            spans.update({key: (start + shift, end + shift) for key, (start, end) in inner.items()})
            continue
        if isinstance(left, PLACED) and isinstance(right, PLACED):
            start = part.offset(right.lineno, right.col_offset)
            spans[id(left)] = (
                start + shift,
                part.offset(right.end_lineno or 0, right.end_col_offset or 0) + shift,
            )
        stack.extend(zip(ast.iter_child_nodes(left), ast.iter_child_nodes(right), strict=False))


def fields_of(text: bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The text of each `{field}` in a run of string literals."""
    for token in TOKEN.finditer(text, start, end):
        if token.group(1) and b"f" in token.group(1).lower():
            yield from fields_in(text, token.start(3), token.end(3))


def fields_in(text: bytes, at: int, end: int) -> Iterator[tuple[int, int]]:
    while at < end:
        char = text[at : at + 1]
        if char in b"{}" and text[at : at + 2] in (b"{{", b"}}"):
            at += 2
        elif char == b"{":
            stop = field_end(text, at + 1, end)
            yield at + 1, stop
            at = stop
            if text[at : at + 1] == b"=":
                at = skip_to(text, at + 1, end, b"!:}")
            if text[at : at + 1] == b"!":
                at = skip_to(text, at, end, b":}")
            if text[at : at + 1] == b":":
                close = spec_end(text, at + 1, end)
                yield from fields_in(text, at + 1, close)
                at = close
            at += 1
        else:
            at += 1


def field_end(text: bytes, at: int, end: int) -> int:
    """Where the expression ends: at a `!`, `:`, `=` or `}` outside of brackets and strings."""
    depth = 0
    while at < end:
        quoted = QUOTED.match(text, at, end)
        char = text[at : at + 1]
        if quoted:
            at = quoted.end()
            continue
        if char in b"([{":
            depth += 1
        elif char in b")]}" and depth:
            depth -= 1
        elif not depth and char in b"}:!=":
            if text[at : at + 2] in (b"!=", b"=="):
                at += 2
                continue
            if char != b"=" or text[at - 1 : at] not in (b"<", b">"):
                return at
        at += 1
    return end


def skip_to(text: bytes, at: int, end: int, stops: bytes) -> int:
    while at < end and text[at : at + 1] not in stops:
        at += 1
    return at


def spec_end(text: bytes, at: int, end: int) -> int:
    depth = 0
    while at < end:
        char = text[at : at + 1]
        if char == b"{":
            depth += 1
        elif char == b"}":
            if not depth:
                return at
            depth -= 1
        at += 1
    return end
