"""Diffs as rows of a table, with highlighted code."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from sandbox.git.objects import FileChange
from sandbox.model.checks import Annotation
from sandbox.pages.markdown.highlight import highlight_lines

MOST_LINES = 2000
"""The most lines that a page shows, so that a small machine's browser can render it."""
MOST_FILES = 100


@dataclass(frozen=True)
class DiffAnnotation:
    """An annotation and the name of its check."""

    level: str
    title: str | None
    message: str
    run: str


@dataclass(frozen=True)
class DiffLine:
    kind: str
    """same, added, removed or hunk."""
    old: int | None
    new: int | None
    html: Markup
    notes: tuple[DiffAnnotation, ...] = ()


@dataclass(frozen=True)
class FileDiff:
    path: str
    status: str
    additions: int
    deletions: int
    previous: str | None
    binary: bool
    number: int
    lines: tuple[DiffLine, ...]

    @property
    def anchor(self) -> str:
        return f"file{self.number}"


@dataclass(frozen=True)
class DiffSummary:
    """A file in the list of changed files."""

    path: str
    additions: int
    deletions: int
    number: int
    part: int


@dataclass(frozen=True)
class Diff:
    """One page of a diff."""

    files: tuple[FileDiff, ...]
    listing: tuple[DiffSummary, ...]
    part: int
    parts: int

    @property
    def additions(self) -> int:
        return sum(one.additions for one in self.listing)

    @property
    def deletions(self) -> int:
        return sum(one.deletions for one in self.listing)


def diff_part(
    changes: Sequence[FileChange], asked: str, notes: Sequence[tuple[Annotation, str]] = ()
) -> Diff:
    """Return the requested page of a diff, or the first."""
    listing = tuple(_summaries(changes))
    parts = listing[-1].part if listing else 1
    part = int(asked) if asked.isdecimal() and len(asked) < 9 and 1 <= int(asked) <= parts else 1
    shown = (one for one in listing if one.part == part)
    files = tuple(file_diff(changes[one.number - 1], one.number, notes) for one in shown)
    return Diff(files, listing, part, parts)


def _summaries(changes: Sequence[FileChange]) -> Iterator[DiffSummary]:
    part, lines, files = 1, 0, 0
    for number, one in enumerate(changes, 1):
        size = min(MOST_LINES, (one.patch or "").count("\n"))
        if files and (lines + size > MOST_LINES or files == MOST_FILES):
            part, lines, files = part + 1, 0, 0
        lines, files = lines + size, files + 1
        yield DiffSummary(one.path, one.additions, one.deletions, number, part)


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
        number,
        lines,
    )


def _by_line(path: str, notes: Sequence[tuple[Annotation, str]]) -> dict[int, list[DiffAnnotation]]:
    found: dict[int, list[DiffAnnotation]] = {}
    for one, run in notes:
        if one.path == path:
            note = DiffAnnotation(one.level, one.title, one.message, run)
            found.setdefault(one.end_line, []).append(note)
    return found


def _lines(change: FileChange, notes: dict[int, list[DiffAnnotation]]) -> Iterator[DiffLine]:
    rows = (change.patch or "").split("\n")
    colours = highlight_lines("\n".join(row[1:] for row in rows), change.path)
    old = new = 0
    for count, (row, html) in enumerate(zip(rows, colours, strict=False)):
        if count == MOST_LINES:
            yield DiffLine("hunk", None, None, Markup("… {} more lines").format(len(rows) - count))
            return
        if hunk := _HUNK.match(row):
            old, new = int(hunk[1]), int(hunk[2])
            yield DiffLine("hunk", None, None, Markup.escape(row))
        elif row.startswith("+"):
            yield DiffLine("added", None, new, html, tuple(notes.get(new, ())))
            new += 1
        elif row.startswith("-"):
            yield DiffLine("removed", old, None, html)
            old += 1
        elif row.startswith("\\"):
            yield DiffLine("hunk", None, None, Markup.escape(row[2:]))
        else:
            yield DiffLine("same", old, new, html, tuple(notes.get(new, ())))
            old, new = old + 1, new + 1
