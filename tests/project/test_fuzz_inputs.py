"""A short form of `make fuzz-input`: bytes around what people send, by hypothesis."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.input_fuzz.inputs import SEEDS, TARGETS


@pytest.mark.parametrize("target", TARGETS)
def test_every_target_takes_its_seeds(target: str) -> None:
    for seed in SEEDS[target]:
        TARGETS[target](seed)


@pytest.mark.parametrize("target", TARGETS)
@given(cut=st.integers(0, 400), inserted=st.binary(max_size=40), event=st.integers(0, 255))
@settings(max_examples=60)
def test_no_target_fails_on_what_is_almost_right(target: str, cut: int, inserted: bytes, event: int) -> None:
    for seed in SEEDS[target]:
        text = seed[:cut] + inserted + seed[cut + len(inserted) :]
        TARGETS[target](bytes([event]) + text[1:])
