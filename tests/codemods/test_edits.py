"""Edits are spliced in from the end; the bytes between them stay."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codemods.model.edits import (
    OverlappingEdits,
    TextEdit,
    apply_edits,
    composed_edits,
    sorted_edits,
    spans_after,
)

BYTES = st.binary(max_size=60)
settings.register_profile("steady", derandomize=True, deadline=None, max_examples=60)
settings.load_profile("steady")


@st.composite
def texts_with_edits(draw: st.DrawFn) -> tuple[bytes, list[TextEdit]]:
    text = draw(BYTES)
    places = sorted(draw(st.lists(st.integers(0, len(text)), max_size=8, unique=True)))
    pairs = zip(places[::2], places[1::2], strict=False)
    return text, [TextEdit(start, end, draw(st.binary(max_size=9))) for start, end in pairs]


@given(texts_with_edits())
def test_text_between_edits_is_unchanged(case: tuple[bytes, list[TextEdit]]) -> None:
    text, edits = case
    after, at, new_at = apply_edits(text, edits), 0, 0
    for edit, (start, end) in zip(sorted_edits(edits), spans_after(sorted_edits(edits)), strict=True):
        assert after[new_at:start] == text[at : edit.start]
        assert after[start:end] == edit.text
        at, new_at = edit.end, end
    assert after[new_at:] == text[at:]


@given(texts_with_edits(), st.data())
def test_composed_edits_do_at_once_what_both_do(
    case: tuple[bytes, list[TextEdit]], data: st.DataObject
) -> None:
    text, first = case
    after = apply_edits(text, first)
    places = sorted(data.draw(st.lists(st.integers(0, len(after)), max_size=8)))
    pairs = zip(places[::2], places[1::2], strict=False)
    second = sorted_edits(
        TextEdit(start, end, data.draw(st.binary(max_size=9))) for start, end in dict(pairs).items()
    )

    assert apply_edits(text, composed_edits(first, after, second)) == apply_edits(after, second)


def test_an_edit_stays_apart_from_what_is_inserted_beside_it() -> None:
    first = [TextEdit(0, 1, b"A"), TextEdit(2, 3, b"C")]

    assert composed_edits(first, b"AbC", [TextEdit(1, 1, b"+"), TextEdit(2, 2, b"-")]) == [
        TextEdit(0, 1, b"A"),
        TextEdit(1, 1, b"+"),
        TextEdit(2, 2, b"-"),
        TextEdit(2, 3, b"C"),
    ]


def test_the_same_edit_twice_is_one() -> None:
    assert apply_edits(b"abc", [TextEdit(1, 2, b"x"), TextEdit(1, 2, b"x")]) == b"axc"


def test_overlapping_edits_are_a_bug() -> None:
    with pytest.raises(OverlappingEdits):
        apply_edits(b"abcd", [TextEdit(0, 2, b"x"), TextEdit(1, 3, b"y")])
