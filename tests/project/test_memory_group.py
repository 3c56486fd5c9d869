"""The small host of the tests is one: the kernel enforces it, and Drover sees how much there is."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.memory_group import MemoryGroup, memory_group
from tests.memory_watch import SMALL_HOST
from tests.world import ROOT


@pytest.fixture
def group() -> Iterator[MemoryGroup]:
    with memory_group() as made:
        if made is None:
            pytest.skip("control groups can't be written here")
        yield made


def run(group: MemoryGroup, program: str) -> subprocess.CompletedProcess[str]:
    command = group.command(sys.executable, "-c", program)
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


def test_what_takes_more_than_there_is_is_killed(group: MemoryGroup) -> None:
    assert run(group, "text = b'.' * (400 * 2**20)").returncode == 0
    assert group.kills() == 0
    assert run(group, "text = b'.' * (600 * 2**20)").returncode == -9
    assert group.kills() == 1


def test_the_limit_of_its_own_control_group_is_the_memory_that_there_is(group: MemoryGroup) -> None:
    done = run(group, "from codemods.workers.memory import total_memory; print(total_memory())")
    assert done.stdout.strip() == str(SMALL_HOST)
