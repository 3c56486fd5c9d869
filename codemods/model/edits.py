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


def composed_edits(first: Sequence[TextEdit], after: bytes, second: Sequence[TextEdit]) -> list[TextEdit]:
    """Edits that do at once what `first` does, and then `second` to `after`, the text that `first` leaves."""
    spans = [(*span, edit, True) for edit, span in zip(first, spans_after(first), strict=True)]
    spans += [(edit.start, edit.end, edit, False) for edit in second]
    result: list[TextEdit] = []
    grown = 0
    for group in joined_spans(sorted(spans, key=lambda one: one[:2])):
        start, end = group[0][0], max(one[1] for one in group)
        inner = [
            TextEdit(one.start - start, one.end - start, one.text)
            for *_, one, is_first in group
            if not is_first
        ]
        at = start - grown
        grown += sum(
            new_end - new - (one.end - one.start) for new, new_end, one, is_first in group if is_first
        )
        result.append(TextEdit(at, end - grown, apply_edits(after[start:end], inner)))
    return result


Span = tuple[int, int, TextEdit, bool]


def joined_spans(spans: Iterable[Span]) -> list[list[Span]]:
    """Those that overlap; and what touches a place where text was taken away."""
    groups: list[list[Span]] = []
    end, gone = -1, False
    for one in spans:
        is_gone = one[3] and one[0] == one[1]
        if groups and (one[0] < end or (one[0] == end and (gone or is_gone))):
            groups[-1].append(one)
        else:
            groups.append([one])
            gone = False
        gone = is_gone if one[1] > end else gone or is_gone
        end = max(end, one[1])
    return groups
