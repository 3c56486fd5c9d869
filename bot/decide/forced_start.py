"""A phase that somebody started past its gate, as announced on the issue."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote, unquote

from bot.decide.facts import Facts
from bot.decide.status import PhaseStatus, State, label_of
from bot.markers.hidden import Announcement

LABEL_WINDOW = 300.0
"""Seconds within which the label follows on what is said."""


@dataclass(frozen=True)
class ForcedStart:
    phase: int
    by: str
    gate: str
    """What the gate waited for."""
    at: float = 0.0


def announcement_of(one: ForcedStart) -> Announcement:
    words = (str(one.phase), quote(one.by, safe=""), quote(one.gate, safe=""))
    return Announcement("force", ":".join(words), "done", one.at)


def forced_starts(said: Iterable[Announcement]) -> tuple[ForcedStart, ...]:
    found = []
    for one in said:
        phase, _, rest = one.about.partition(":")
        by, _, over = rest.partition(":")
        if one.kind == "force" and phase.isdigit():
            found.append(ForcedStart(int(phase), unquote(by), unquote(over), one.at))
    return tuple(found)


def forced_start_of(facts: Facts, phase: PhaseStatus) -> ForcedStart | None:
    """Of the start that the phase stands by: the label that is on it came with that."""
    label_change = facts.label_changes.get(label_of(phase.number))
    known = [one for one in forced_starts(facts.announcements) if one.phase == phase.number]
    if (
        not known
        or label_change is None
        or phase.state not in (State.STARTING, State.FAILED, State.OPEN, State.MERGED)
    ):
        return None
    came_with = label_change.by.is_drover and -LABEL_WINDOW < label_change.at - known[-1].at < LABEL_WINDOW
    return known[-1] if came_with else None
