"""A phase that somebody started past its gate: who, and over what. Kept in what is said of it on the issue."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote, unquote

from bot.decide.facts import Facts
from bot.decide.status import PhaseStatus, State, label_of
from bot.markers.hidden import Announcement

PROMPT = 300.0
"""Seconds within which the label follows on what is said."""


@dataclass(frozen=True)
class Forced:
    phase: int
    by: str
    over: str
    """What the gate waited for."""
    at: float = 0.0


def said_of(one: Forced) -> Announcement:
    words = (str(one.phase), quote(one.by, safe=""), quote(one.over, safe=""))
    return Announcement("force", ":".join(words), "done", one.at)


def read_forced(said: Iterable[Announcement]) -> tuple[Forced, ...]:
    found = []
    for one in said:
        phase, _, rest = one.about.partition(":")
        by, _, over = rest.partition(":")
        if one.kind == "force" and phase.isdigit():
            found.append(Forced(int(phase), unquote(by), unquote(over), one.at))
    return tuple(found)


def forced(facts: Facts, phase: PhaseStatus) -> Forced | None:
    """Of the start that the phase stands by: the label that is on it came with that."""
    label_change = facts.label_changes.get(label_of(phase.number))
    known = [one for one in read_forced(facts.said) if one.phase == phase.number]
    if (
        not known
        or label_change is None
        or phase.state not in (State.STARTING, State.FAILED, State.OPEN, State.MERGED)
    ):
        return None
    came_with = label_change.by.ourselves and -PROMPT < label_change.at - known[-1].at < PROMPT
    return known[-1] if came_with else None
