"""The lines that a longer name made too long, broken as the repository's formatter would break them.

Only lines that the rewrite wrote, and that fitted before. Where the statement had been laid out in the same way, all of
it is laid out again; else each of its lines that is too long is broken by itself.
"""

from __future__ import annotations

import ast
import re
import tokenize
from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile

from codemods.edit.lines.code_line import CLOSING, OPENING, CodeLine, CodeToken, token_depths
from codemods.edit.lines.continuation_lines import realign
from codemods.edit.lines.line_layout import Layout, without_parentheses
from codemods.edit.lines.statement_tokens import (
    PlacedToken,
    Statement,
    is_fixed,
    joined_tokens,
    statements_of,
)
from codemods.model.edits import TextEdit, apply_edits, spans_after
from codemods.model.records import record
from codemods.read.source import Source, Unreadable, parse_python

SWITCH = re.compile(rb"^[ \t]*#[ \t]*(?:fmt|yapf):[ \t]*(off|disable|on|enable)\b", re.M)
PRAGMA_BEHIND = re.compile(
    r"\s+#\s*(?:noqa|type:|pyright:|pylint:|flake8:|ruff:|isort:|nosec|mypy:|fmt:|yapf:).*$"
)
BLOCKS = frozenset(
    ["if", "elif", "else", "while", "for", "with", "try", "except", "finally", "def", "class", "async"]
)
Rows = tuple[int, int]
"""The first line, and the one behind the last."""


@record
class WrappedLines:
    source: Source
    still_long: tuple[int, ...] = ()
    """The lines that the rewrite made too long, and that can't be broken."""


def wrap_long_lines(
    before: Source, after: Source, edits: Sequence[TextEdit], length: int, aligns: bool = False
) -> WrappedLines:
    """`after`: the text that the edits make of `before`. `length`: 0 if nobody asks for one. `aligns`: whether
    continuation lines stay aligned with their brackets."""
    rows = rows_written(before, after, edits)
    aligned, moved = realign(before, after, edits) if aligns else (after, {})
    if moved and is_same_tree(after.text, aligned.text):
        after, rows = aligned, moved | rows
    origins = rows_made_too_long(before, after, rows, Layout(length)) if length else {}
    if not origins:
        return WrappedLines(after)
    statements = [one for one in statements_of(after) if one.rows[0] not in unformatted_rows(after)]
    layout = Layout(length, level_of(statements, after))
    wrapped = dict(wrapped_rows(before, after, statements, origins, layout))
    text = with_rows(after, wrapped)
    if wrapped and not is_same_tree(after.text, text):
        wrapped = {
            rows: one
            for rows, one in wrapped.items()
            if is_same_tree(after.text, with_rows(after, {rows: one}))
        }
        text = with_rows(after, wrapped)
    if not wrapped:
        return WrappedLines(after, tuple(origins))
    result = after.with_text(text)
    return WrappedLines(result, tuple(rows_still_long(result, origins, wrapped, layout)))


def rows_written(before: Source, after: Source, edits: Sequence[TextEdit]) -> dict[int, int]:
    """By the number of each row, that of the row in which it was written."""
    return {
        row: before.position(edit.start)[0]
        for edit, (start, end) in zip(edits, spans_after(edits), strict=True)
        for row in range(after.position(start)[0], after.position(end)[0] + 1)
    }


def rows_made_too_long(
    before: Source, after: Source, rows: Mapping[int, int], layout: Layout
) -> dict[int, int]:
    """Those that fitted before."""
    return {
        row: origin
        for row, origin in sorted(rows.items())
        if is_too_long(after, row, layout) and not is_too_long(before, origin, layout)
    }


def is_too_long(source: Source, row: int, layout: Layout) -> bool:
    """Without what it tells a linter."""
    return layout.width(PRAGMA_BEHIND.sub("", row_text(source, row))) > layout.length


def unformatted_rows(source: Source) -> set[int]:
    """Those between `# fmt: off` and `# fmt: on`."""
    rows: set[int] = set()
    start = 0
    if b"fmt:" not in source.text and b"yapf:" not in source.text:
        return rows
    for match in SWITCH.finditer(source.text):
        row = source.position(match.start())[0]
        if match.group(1) in (b"off", b"disable"):
            start = start or row
        else:
            rows.update(range(start or row, row))
            start = 0
    return rows | set(range(start, len(source.line_starts) + 1)) if start else rows


def row_text(source: Source, row: int) -> str:
    end = source.line_starts[row] if row < len(source.line_starts) else len(source.text)
    return source.text[source.line_starts[row - 1] : end].rstrip(b"\r\n").decode("utf-8", "surrogatepass")


def level_of(statements: Sequence[Statement], source: Source) -> str:
    """What the first indented statement is indented by."""
    firsts = (statement.tokens[0].start for statement in statements)
    return next((row_text(source, row)[:column] for row, column in firsts if column), "    ")


def wrapped_rows(
    before: Source, after: Source, statements: Sequence[Statement], origins: Mapping[int, int], layout: Layout
) -> Iterator[tuple[Rows, list[str]]]:
    """What comes in place of which lines."""
    earlier = {row: one for one in statements_of(before) for row in one.rows}
    for statement in statements:
        rows = [row for row in statement.rows if row in origins]
        if not rows or has_another_form(statement):
            continue
        old = earlier.get(origins[rows[0]])
        if old is not None and is_laid_out(before, old, layout):
            line = whole_line(after, statement)
            yield (statement.rows[0], statement.rows[-1] + 1), laid_out(line, layout) if line else []
            continue
        for row in rows:
            texts = broken_row(after, statement, row, layout)
            if len(texts) > 1:
                yield (row, row + 1), texts


def has_another_form(statement: Statement) -> bool:
    """An import, which is placed by other rules, or several statements on a line."""
    texts = [token.text for token in statement.tokens]
    if texts[0] in ("import", "from") or ";" in texts:
        return True
    depths = token_depths([CodeToken(text) for text in texts])
    colons = [number for number, depth in enumerate(depths) if depth == 0 and texts[number] == ":"]
    behind = texts[colons[-1] + 1 :] if colons else []
    return texts[0] in BLOCKS and behind not in ([], ["..."])


def is_laid_out(source: Source, statement: Statement, layout: Layout) -> bool:
    """Whether the statement is as the layout would have it."""
    line = whole_line(source, statement)
    return line is not None and laid_out(line, layout) == [row_text(source, row) for row in statement.rows]


def whole_line(source: Source, statement: Statement) -> CodeLine | None:
    """The statement on one line; None where that would lose a comment, or change a string."""
    if any(map(is_fixed, statement.tokens)):
        return None
    row, column = statement.tokens[0].start
    tokens = joined_tokens(statement.tokens)
    return without_parentheses(CodeLine(row_text(source, row)[:column], tokens, is_statement=True))


def laid_out(line: CodeLine, layout: Layout) -> list[str]:
    return [part.text for part in layout.broken(line)]


def broken_row(source: Source, statement: Statement, row: int, layout: Layout) -> list[str]:
    """A line of a statement, in as many as it takes. A comment behind it stays behind the last."""
    placed = [token for token in statement.tokens if token.start[0] <= row <= token.end[0]]
    comment = placed[-1].text if placed and placed[-1].kind == tokenize.COMMENT else ""
    there = placed[:-1] if comment else placed
    line = None if PRAGMA_BEHIND.match(f" {comment}") else line_of_row(source, statement, there)
    if line is None:
        return []
    if not comment:
        return laid_out(line, layout)
    texts = [part.text for part in layout.all_broken(layout.first_break(line))]
    last = f"{texts[-1] if texts else line.text}{row_text(source, row)[len(line.text) :]}"
    texts = [*texts[:-1], last]
    return texts if all(layout.width(text) <= layout.length for text in texts) else []


def line_of_row(source: Source, statement: Statement, there: Sequence[PlacedToken]) -> CodeLine | None:
    """Of these tokens of a line; None if it must stay as it is."""
    if not there or any(map(is_fixed, there)):
        return None
    placed, row = statement.tokens, there[0].start[0]
    at = placed.index(there[0])
    before, behind = placed[:at], [one for one in placed[at + len(there) :] if one.kind != tokenize.COMMENT]
    text, tokens = row_text(source, row), joined_tokens(there)
    left_open, closed = open_brackets(there), leading_ends(tokens)
    closed_behind = trailing_ends(tokens) if closed < len(tokens) else 0
    line = CodeLine(
        text[: there[0].start[1]],
        tokens,
        is_bracketed=open_brackets(before) > closed,
        is_statement=not before and not behind,
        is_alone=bool(before and behind) and before[-1].text == "(" and behind[0].text == ")",
        takes_comma=left_open == 0 and bool(behind) and behind[0].text in CLOSING,
    )
    is_alone = text[: there[-1].end[1]] == line.text and not text.endswith("\\")
    is_continued = row > 1 and row_text(source, row - 1).endswith("\\")
    is_even = left_open + closed >= -closed_behind
    return line if is_alone and is_even and not is_continued else None


def open_brackets(tokens: Sequence[PlacedToken]) -> int:
    return sum((token.text in OPENING) - (token.text in CLOSING) for token in tokens)


def leading_ends(tokens: Sequence[CodeToken]) -> int:
    """How many brackets the line closes before anything else."""
    return len(list(takewhile(lambda token: token.text in CLOSING, tokens)))


def trailing_ends(tokens: Sequence[CodeToken]) -> int:
    """How many it closes behind everything else, that it doesn't open itself."""
    pairs = CodeLine("", tuple(tokens)).brackets
    own = {one.closed for one in pairs}
    last = len(tokens)
    while last and (tokens[last - 1].text in (",", ":") or tokens[last - 1].text in CLOSING):
        last -= 1
    return sum(tokens[at].text in CLOSING and at not in own for at in range(last, len(tokens)))


def with_rows(source: Source, wrapped: Mapping[Rows, Sequence[str]]) -> bytes:
    edits = []
    for (first, end), texts in wrapped.items():
        start, last = source.line_starts[first - 1], source.line_starts[end - 2]
        text = source.newline.join(text.encode("utf-8", "surrogatepass") for text in texts)
        edits.append(
            TextEdit(start, last + len(row_text(source, end - 1).encode("utf-8", "surrogatepass")), text)
        )
    return apply_edits(source.text, edits)


def is_same_tree(before: bytes, after: bytes) -> bool:
    trees = [parse_python(text) for text in (before, after)]
    dumps = [ast.dump(tree) for tree in trees if not isinstance(tree, Unreadable)]
    return len(dumps) == 2 and dumps[0] == dumps[1]


def rows_still_long(
    result: Source, rows: Mapping[int, int], wrapped: Mapping[Rows, Sequence[str]], layout: Layout
) -> Iterator[int]:
    """Those that weren't broken, and those of the new lines that are too long."""
    shift = 0
    inside = {row for first, end in wrapped for row in range(first, end)}
    starts = {first: (end, len(texts)) for (first, end), texts in wrapped.items()}
    for row in sorted({*rows.keys() - inside, *starts}):
        end, count = starts.get(row, (row + 1, 1))
        yield from (
            one for one in range(row + shift, row + shift + count) if is_too_long(result, one, layout)
        )
        shift += count - (end - row)
