"""docs/github.md says of every request and event what it needs."""

from __future__ import annotations

import re

import yaml

from tests.asked import asked
from tests.world import ROOT

TEXT = (ROOT / "docs/github.md").read_text()
MANIFEST = yaml.safe_load((ROOT / "app.yml").read_text())
RANK = {"read": 1, "write": 2}


def rows(heading: str) -> list[list[str]]:
    section = TEXT.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_every_request_of_the_client_has_a_row_and_every_row_a_request() -> None:
    documented = [re.sub(r"\{\w+\}", "{}", row[0].replace("`", "")) for row in rows("Requests")]
    assert sorted(documented) == sorted(f"{one.method} {one.template}" for one in asked())


def test_every_row_says_what_happens_when_it_is_refused() -> None:
    assert [row for row in (*rows("Requests"), *rows("Events"), *rows("Permissions")) if not all(row)] == []


def test_every_permission_that_a_row_names_is_in_the_manifest() -> None:
    granted = MANIFEST["default_permissions"]
    for row in (*rows("Requests"), *rows("Events")):
        if row[1] != "jwt":
            name, _, level = row[1].partition(": ")
            assert RANK[level] <= RANK[granted[name]], row


def test_every_permission_and_event_of_the_manifest_has_a_row() -> None:
    permissions = {f"{name}: {level}" for name, level in MANIFEST["default_permissions"].items()}
    assert {row[0] for row in rows("Permissions")} == permissions
    assert {row[0].strip("`") for row in rows("Events")} == set(MANIFEST["default_events"])
