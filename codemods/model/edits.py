"""Edits of a text: decided first, spliced in from the end, so that no offset moves under another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple


class TextEdit(NamedTuple):
    """The bytes from `start` to `end` become `text`; an insertion where both are the same."""

    start: int
    end: int
    text: bytes


class OverlappingEdits(ValueError):
    """Two decisions want different text at one place: a bug in what decided, never in the file."""


def sorted_edits(edits: Iterable[TextEdit]) -> list[TextEdit]:
    """By place, each once; insertions at one place in the order they were decided."""
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
    """For ordered edits, where each one's text lies in the new file."""
    spans: list[tuple[int, int]] = []
    shift = 0
    for edit in edits:
        start = edit.start + shift
        spans.append((start, start + len(edit.text)))
        shift += len(edit.text) - (edit.end - edit.start)
    return spans
