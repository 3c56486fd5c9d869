"""What the pages show of a migration, as the last look left it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from bot.stored_json import known_fields


class WaitsFor(StrEnum):
    """What a migration waits for, in the order in which it needs somebody."""

    FIX = "fix"
    APPROVAL = "approval"
    REVIEW = "review"
    START = "start"
    MANUAL_WORK = "manual-work"
    PLAN = "plan"
    CONFLICT = "conflict"
    CHECKS = "checks"
    DROVER = "drover"
    RESUME = "resume"
    NOTHING = "nothing"
    CLOSED = "closed"


ORDER = tuple(WaitsFor)


@dataclass(frozen=True)
class Need:
    """One thing that a migration waits for."""

    waits_for: WaitsFor
    says: str
    phase: int = 0
    pull: int = 0
    owner: str = ""
    """Whose part of the phase it is, where owners split it."""


@dataclass(frozen=True)
class PhaseOverview:
    """A row of the phases' table: a phase, or an owner's part of one."""

    number: int
    name: str
    state: str
    done: int = 0
    total: int = 0
    pull: int = 0
    checks: str = ""
    """Empty while there's nothing to check."""
    owner: str = ""


@dataclass(frozen=True)
class OwnerLeft:
    """References left in an owner's files."""

    owner: str
    """Empty for files without one."""
    references: int


@dataclass(frozen=True)
class EventOverview:
    at: float
    what: str
    by: str = ""
    pull: int = 0


@dataclass(frozen=True)
class ManualOverview:
    """A reference that needs manual work."""

    path: str
    line: int
    reason: str
    step: str
    """What it would take."""


@dataclass(frozen=True)
class Overview:
    title: str
    repo_url: str
    default_branch: str
    head: str
    left: int
    whole: int
    """The most references that were ever left."""
    needs: tuple[Need, ...]
    """What needs somebody first stands first; never empty."""
    phases: tuple[PhaseOverview, ...] = ()
    burndown: tuple[tuple[float, int], ...] = ()
    """When, and how many were left."""
    owners: tuple[OwnerLeft, ...] = ()
    has_owners: bool = False
    """Whether the repository has CODEOWNERS."""
    events: tuple[EventOverview, ...] = ()
    manual: tuple[ManualOverview, ...] = ()
    """The first of those that need manual work."""
    manual_total: int = 0

    @property
    def waits_for(self) -> WaitsFor:
        return self.needs[0].waits_for

    @property
    def done(self) -> int:
        return self.whole - self.left

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> Overview | None:
        """None if another version wrote it in a way that this one can't read."""
        try:
            return _read(data)
        except (TypeError, ValueError, KeyError, IndexError):
            return None


def _read(data: Mapping[str, Any]) -> Overview:
    known = known_fields(Overview, data)
    needs = tuple(
        Need(**{**known_fields(Need, one), "waits_for": WaitsFor(one["waits_for"])}) for one in data["needs"]
    )
    needs[0]
    return Overview(
        **{
            **known,
            "needs": needs,
            "phases": tuple(PhaseOverview(**known_fields(PhaseOverview, one)) for one in data["phases"]),
            "burndown": tuple((float(at), int(left)) for at, left in data["burndown"]),
            "owners": tuple(OwnerLeft(**known_fields(OwnerLeft, one)) for one in data["owners"]),
            "events": tuple(EventOverview(**known_fields(EventOverview, one)) for one in data["events"]),
            "manual": tuple(
                ManualOverview(**known_fields(ManualOverview, one)) for one in data.get("manual", ())
            ),
        }
    )
