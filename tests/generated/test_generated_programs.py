"""Generated programs behave as before once the old names are gone, or something about them is reported."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from codemods.model.example import in_memory_tree
from tests.generated.programs import make_program
from tests.generated.running import ProgramRunner
from tests.generated.verdicts import GOOD, any_program, judge
from tests.scan_agreement import assert_scan_agrees


@pytest.fixture(scope="module")
def runner() -> Iterator[ProgramRunner]:
    with ProgramRunner() as running:
        yield running


@seed(0)
@settings(
    max_examples=200, deadline=None, database=None, suppress_health_check=list(HealthCheck), print_blob=True
)
@given(random=st.randoms(use_true_random=False))
def test_no_program_gives_another_result_in_silence(runner: ProgramRunner, random: Random) -> None:
    verdict = judge(any_program(random), runner)
    assert verdict.outcome in GOOD, str(verdict)


@pytest.mark.parametrize("number", range(40))
def test_a_scan_says_what_a_rewrite_does_to_a_program(number: int) -> None:
    program = make_program(Random(number))
    assert_scan_agrees(in_memory_tree(program.files), program.rules)
