"""Continuation lines that are aligned with an opening bracket follow it where another name has moved it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from codemods.edit.lines.code_line import CLOSING, OPENING
from codemods.edit.lines.statement_tokens import PlacedToken, Statement, statements_of
from codemods.model.edits import TextEdit, apply_edits, spans_after
from codemods.read.source import Source


def realign(before: Source, after: Source, edits: Sequence[TextEdit]) -> tuple[Source, dict[int, int]]:
    """And the rows that moved, with the numbers that they had in `before`. `after`: what the edits make of it."""
    earlier = {row: one for one in statements_of(before) for row in one.rows}
    later = {row: one for one in statements_of(after) for row in one.rows}
    shifts: dict[int, int] = {}
    origins: dict[int, int] = {}
    for edit, (start, _) in zip(edits, spans_after(edits), strict=True):
        old = earlier.get(before.position(edit.start)[0])
        new = later.get(after.position(start)[0])
        if old is not None and new is not None and len(old.rows) > 1 and is_alike(old, new):
            shifts |= {row: shift for row, shift in shifts_of(old, new).items() if shift}
            origins |= {row: row - new.rows[0] + old.rows[0] for row in new.rows if row in shifts}
    return (with_shifts(after, shifts), origins) if shifts else (after, {})


def is_alike(old: Statement, new: Statement) -> bool:
    """Whether they differ only in how long their tokens are."""
    return len(old.rows) == len(new.rows) and [one.kind for one in old.tokens] == [
        one.kind for one in new.tokens
    ]


def shifts_of(old: Statement, new: Statement) -> dict[int, int]:
    """By how many columns each row of the new statement moves."""
    shifts = {new.rows[0]: 0}
    opened: list[int] = []
    for number, token in enumerate(new.tokens):
        row = token.start[0]
        if row not in shifts:
            shifts[row] = shift_of_row(old.tokens, new.tokens, number, opened, shifts)
        if token.text in OPENING:
            opened.append(number)
        elif token.text in CLOSING and opened:
            opened.pop()
    return shifts


def shift_of_row(
    old: Sequence[PlacedToken],
    new: Sequence[PlacedToken],
    number: int,
    opened: Sequence[int],
    shifts: Mapping[int, int],
) -> int:
    """With the bracket that it is aligned with, or else with the row in which its bracket was opened."""
    if not opened:
        return 0
    bracket = opened[-1]
    of_its_row = shifts.get(new[bracket].start[0], 0)
    was_aligned = old[number].start[1] == old[bracket].end[1]
    is_followed = old[bracket + 1].start[0] == old[bracket].start[0]
    if was_aligned and is_followed:
        return new[bracket].end[1] + of_its_row - new[number].start[1]
    return of_its_row


def with_shifts(source: Source, shifts: Mapping[int, int]) -> Source:
    return source.with_text(apply_edits(source.text, row_edits(source, shifts)))


def row_edits(source: Source, shifts: Mapping[int, int]) -> Iterator[TextEdit]:
    """Only rows that begin with enough spaces."""
    for row, shift in shifts.items():
        start = source.line_starts[row - 1]
        if shift > 0:
            yield TextEdit(start, start, b" " * shift)
        elif shift and source.text.startswith(b" " * -shift, start):
            yield TextEdit(start, start - shift, b"")
