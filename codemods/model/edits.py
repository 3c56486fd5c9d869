"""Edits of a text: decided first, then applied from the end, so that no offset shifts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple


class TextEdit(NamedTuple):
    """Replaces the bytes from `start` to `end` by `text`; an insertion if both are equal."""

    start: int
    end: int
    text: bytes


class OverlappingEdits(ValueError):
    """Two edits want different text at the same position: a bug in a rewrite, never in the file."""


def sorted_edits(edits: Iterable[TextEdit]) -> list[TextEdit]:
    """The edits by position, each once; insertions at one position keep their order."""
    unique = list(dict.fromkeys(edits))
    unique.sort(key=lambda edit: (edit.start, edit.end))
    for before, after in pairwise(unique):
        if before.end > after.start or (
            before.start == after.start and before.end == after.end != before.start
        ):
            raise OverlappingEdits(f"{before} and {after}")
    return unique


def apply_edits(text: bytes, edits: Iterable[TextEdit]) -> bytes:
    pieces: list[bytes] = []
    at = len(text)
    for edit in reversed(sorted_edits(edits)):
        pieces += (text[edit.end : at], edit.text)
        at = edit.start
    pieces.append(text[:at])
    return b"".join(reversed(pieces))


def spans_after(edits: Sequence[TextEdit]) -> list[tuple[int, int]]:
    """Where the text of each edit is in the new file; the edits have to be sorted."""
    spans: list[tuple[int, int]] = []
    shift = 0
    for edit in edits:
        start = edit.start + shift
        spans.append((start, start + len(edit.text)))
        shift += len(edit.text) - (edit.end - edit.start)
    return spans
