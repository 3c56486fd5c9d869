"""The pull request that takes something back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.markers.hidden import RestoreMark, RevertMark, restore_marker, revert_marker
from bot.plan.slices import WHOLE_PHASE, Slice
from bot.report.text import code, counted, listed, plain


class Conflict(Protocol):
    @property
    def path(self) -> str: ...
    @property
    def people(self) -> tuple[str, ...]: ...


@dataclass(frozen=True)
class What:
    phase: int | None
    batch: int | None
    titles: tuple[str, ...]
    slice: Slice = WHOLE_PHASE
    of: int | None = None
    """The pull request that took it back, where that is what is taken back."""

    def __str__(self) -> str:
        if self.phase is None:
            return "every phase"
        of = f"phase {self.phase}" + (f", {plain(self.slice.title)}" if self.slice.key else "")
        return of + (f", batch {self.batch}" if self.batch else "")


def title(what: What, migration: str) -> str:
    return f"{'Take' if what.of is None else 'Put'} back {what}: {migration}"[:250]


def body(what: What, conflicts: Sequence[Conflict], issue: int, evidence: str = "") -> str:
    parts = [_summary(what, issue)]
    if len(what.titles) > 1:
        parts.append("In this order:\n\n" + "\n".join(f"1. {plain(one)}" for one in what.titles))
    if evidence:
        parts.append(evidence)
    if conflicts:
        parts.append(
            f"**{counted(len(conflicts), 'file')} could not be taken back** without losing later work, and stand here "
            "as they are. This is a draft: mend them on this branch, then mark it ready.\n\n"
            + listed([_conflict(one) for one in conflicts], 50)
        )
    parts.append(_afterwards(what, issue))
    return "\n\n".join(parts) + "\n"


def _summary(what: What, issue: int) -> str:
    if what.of is not None:
        return (
            f"{restore_marker(RestoreMark(issue, what.of))}\n**Puts back {what}** of #{issue}, "
            f"which #{what.of} had taken back: the exact inverse of that; later work is kept."
        )
    return (
        f"{revert_marker(RevertMark(issue, what.phase, what.batch, what.slice.key))}\n**Takes back {what}** of #{issue}: "
        "the exact inverse of what was merged; later work is kept."
    )


def _afterwards(what: What, issue: int) -> str:
    if what.of is not None:
        return f"Merging it sets {what} to *merged* again on #{issue}, as it was before."
    if what.batch is not None:
        return "Merging it restores the counts of that batch; the rest of the phase stays *merged*."
    return (
        f"Merging it sets {what} back to *reverted* on #{issue}: the counts are restored and later phases wait again. "
        "To have it back after that, comment `/migrate revert` here, or use GitHub's own *Revert*."
    )


def _conflict(one: Conflict) -> str:
    who = f" (since then: {', '.join(plain(name) for name in one.people)})" if one.people else ""
    return f"- {code(one.path)}{who}"


def needless(phase: int) -> str:
    return (
        f"Closed: what this would take back of phase {phase} is taken back already. Nothing else was touched."
    )


def left(conflicts: Sequence[Conflict]) -> str:
    if not conflicts:
        return ""
    names = ", ".join(code(one.path) for one in conflicts[:5]) + (" …" if len(conflicts) > 5 else "")
    return f"{counted(len(conflicts), 'file')} could not be taken back: {names}"


def message(what: str, trailers: str) -> str:
    return f"Take back {what}\n\nThe exact inverse of what was merged; later work is kept.\n\n{trailers}\n"
