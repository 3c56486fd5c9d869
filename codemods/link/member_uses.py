"""What was found of the members of a run's rules: uses that move, and uses that need manual work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import NamedTuple

from codemods.model.edits import TextEdit
from codemods.model.records import record

POSSIBLE = "possible member"
"""The kind of what may be a use of a member: what it stands on is of a type that isn't known."""


class UseOfMember(NamedTuple):
    rule_number: int
    line: int
    column: int
    kind: str
    trouble: str = ""
    edits: tuple[TextEdit, ...] = ()
    removed: tuple[TextEdit, ...] = ()
    """Those of the edits that take arguments away."""
    is_definition: bool = False


@record
class FoundMembers:
    uses: Mapping[str, tuple[UseOfMember, ...]] = field(default_factory=dict)
    """By file."""
    all_together: frozenset[int] = frozenset()
    """Rules whose old member goes with this change: every use moves with it, or none does."""

    def definition_paths(self, rule_number: int) -> frozenset[str]:
        return frozenset(
            path
            for path, uses in self.uses.items()
            if any(use.is_definition and use.rule_number == rule_number for use in uses)
        )

    def paths(self, rule_number: int) -> frozenset[str]:
        return frozenset(
            path for path, uses in self.uses.items() if any(use.rule_number == rule_number for use in uses)
        )


NO_MEMBERS = FoundMembers()
