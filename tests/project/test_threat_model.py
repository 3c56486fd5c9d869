"""Each guarantee and each threat in SECURITY.md names a test that holds it, and that test exists."""

from __future__ import annotations

import re

import pytest

from tests.world import ROOT

PAGE = (ROOT / "SECURITY.md").read_text()
GUARANTEE = re.compile(r"^- .+(?:\n  .+)*", re.MULTILINE)
THREAT = re.compile(r"^\| (?!they|---).+ \|$", re.MULTILINE)
NAMED = re.compile(r"`(?P<test>test_\w+)`(?: in `(?P<file>tests/[\w/]+\.py)`)?")
STRANGERS = "tests/scenarios/test_strangers.py"
"""Where a threat's test is, if its line names no file: as the page says."""


def guarantees() -> list[str]:
    return [found[0] for found in GUARANTEE.finditer(PAGE)]


def threats() -> list[str]:
    """`the same`: the test of the line above."""
    found: list[str] = []
    for row in THREAT.finditer(PAGE):
        test = row[0].split(" | ")[-1].removesuffix(" |")
        found.append(row[0] if test != "the same" else f"{row[0]} {found[-1].split(' | ')[-1]}")
    return found


def test_the_page_has_both() -> None:
    assert (len(guarantees()), len(threats())) >= (14, 13)
    assert f"`{STRANGERS}`" in PAGE


@pytest.mark.parametrize("line", [*guarantees(), *threats()])
def test_every_line_names_a_test_that_exists(line: str) -> None:
    named = list(NAMED.finditer(line))
    assert named, "no test is named"
    for one in named:
        source = (ROOT / (one["file"] or STRANGERS)).read_text()
        assert re.search(rf"def {one['test']}\(", source), f"{one['file']} has no {one['test']}"
