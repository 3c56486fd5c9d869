"""A file's changes as rows of a table: old number, new number, sign and the line in colours."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from sandbox.git import FileChange
from sandbox.model import Annotation
from sandbox.pages.highlight import highlight_lines

MOST_LINES = 3000


@dataclass(frozen=True)
class Note:
    """An annotation, and the check that made it."""

    level: str
    title: str | None
    message: str
    run: str


@dataclass(frozen=True)
class Line:
    kind: str
    """same, added, removed, or hunk."""
    old: int | None
    new: int | None
    html: Markup
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True)
class FileDiff:
    path: str
    status: str
    additions: int
    deletions: int
    previous: str | None
    binary: bool
    anchor: str
    lines: tuple[Line, ...]


_HUNK = re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@")


def file_diff(change: FileChange, number: int, notes: Sequence[tuple[Annotation, str]] = ()) -> FileDiff:
    lines = tuple(_lines(change, _by_line(change.path, notes))) if change.patch else ()
    return FileDiff(
        change.path,
        change.status,
        change.additions,
        change.deletions,
        change.previous,
        change.binary,
        f"file{number}",
        lines,
    )


def _by_line(path: str, notes: Sequence[tuple[Annotation, str]]) -> dict[int, list[Note]]:
    found: dict[int, list[Note]] = {}
    for one, run in notes:
        if one.path == path:
            note = Note(one.level, one.title, one.message, run)
            found.setdefault(one.end_line, []).append(note)
    return found


def _lines(change: FileChange, notes: dict[int, list[Note]]) -> Iterator[Line]:
    rows = (change.patch or "").split("\n")
    colours = highlight_lines("\n".join(row[1:] for row in rows), change.path)
    old = new = 0
    for count, (row, html) in enumerate(zip(rows, colours, strict=False)):
        if count == MOST_LINES:
            yield Line("hunk", None, None, Markup("… {} more lines").format(len(rows) - count))
            return
        if hunk := _HUNK.match(row):
            old, new = int(hunk[1]), int(hunk[2])
            yield Line("hunk", None, None, Markup.escape(row))
        elif row.startswith("+"):
            yield Line("added", None, new, html, tuple(notes.get(new, ())))
            new += 1
        elif row.startswith("-"):
            yield Line("removed", old, None, html)
            old += 1
        elif row.startswith("\\"):
            yield Line("hunk", None, None, Markup.escape(row[2:]))
        else:
            yield Line("same", old, new, html, tuple(notes.get(new, ())))
            old, new = old + 1, new + 1
