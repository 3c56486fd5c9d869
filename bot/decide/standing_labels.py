"""The labels that keep a migration going or paused: only people who can write decide about them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.decide.facts import LabelChange
from bot.decide.status import ADOPT, PAUSED

STANDING = (ADOPT, PAUSED)


@dataclass(frozen=True)
class StandingLabels:
    labels: frozenset[str]
    """The issue's labels, with these as somebody who can write left them."""
    contested: tuple[LabelChange, ...] = ()
    """Changes by people who can't write: they are reverted."""


def standing_labels(
    labels: frozenset[str],
    changes: Mapping[str, LabelChange],
    accepted: frozenset[str] | None,
) -> StandingLabels:
    """`accepted`: which of them were on when the status comment was last written, so that a label stays when
    whoever added it leaves; None where the comment does not say."""
    contested: list[LabelChange] = []
    for label in STANDING:
        change, on = changes.get(label), label in labels
        before = on if accepted is None else label in accepted
        if change is None or change.added != on or change.by.could_write or before == on:
            continue
        labels = labels - {label} if on else labels | {label}
        if not change.by.may_become_known:
            contested.append(change)
    return StandingLabels(labels, tuple(contested))
