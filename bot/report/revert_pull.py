"""The pull request that reverts a phase, a batch, everything, or another revert."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.markers.hidden import RestoreMark, RevertMark, restore_marker, revert_marker
from bot.plan.slices import WHOLE_PHASE, Slice
from bot.report.text import code, counted, inert, listed, plain


@dataclass(frozen=True)
class RevertConflict:
    """A file whose change can't be reverted without losing later work."""

    path: str
    people: tuple[str, ...]
    """Who has changed it since."""


@dataclass(frozen=True)
class RevertScope:
    """What a pull request reverts."""

    phase: int | None
    batch: int | None
    titles: tuple[str, ...]
    slice: Slice = WHOLE_PHASE
    of: int | None = None
    """The revert's pull request, where that is what is reverted."""
    pulls: tuple[int, ...] = ()
    """The pull requests that are reverted."""

    def __str__(self) -> str:
        if self.phase is None:
            return "every phase"
        of = f"phase {self.phase}" + (f", {plain(self.slice.title)}" if self.slice.key else "")
        return f"batch {self.batch} of {of}" if self.batch else of


def revert_title(scope: RevertScope, migration: str) -> str:
    what = str(scope) if scope.of is None else f"the revert of {scope}"
    return f"Revert {what}: {inert(migration)}"[:250]


def revert_body(
    scope: RevertScope, conflicts: Sequence[RevertConflict], issue: int, evidence: str = ""
) -> str:
    parts = [_summary(scope, issue)]
    if len(scope.titles) > 1:
        parts.append("In this order:\n\n" + "\n".join(f"1. {plain(one)}" for one in scope.titles))
    if evidence:
        parts.append(evidence)
    if conflicts:
        parts.append(
            f"**{counted(len(conflicts), 'file')} couldn't be reverted** without losing later work, and "
            f"{'is' if len(conflicts) == 1 else 'are'} unchanged here. This is a draft: change them on this branch, "
            "then mark it as ready.\n\n" + listed([_conflict_line(one) for one in conflicts], 50)
        )
    parts.append(_after_merge(scope, issue))
    return "\n\n".join(parts) + "\n"


def _summary(scope: RevertScope, issue: int) -> str:
    if scope.of is not None:
        return (
            f"{restore_marker(RestoreMark(issue, scope.of))}\n**Restores {scope}** of #{issue} by reverting #{scope.of}: "
            "its exact inverse. Later work is kept."
        )
    mark = RevertMark(issue, scope.phase, scope.batch, scope.slice.key)
    pulls = f" ({', '.join(f'#{number}' for number in scope.pulls)})" if scope.pulls else ""
    return (
        f"{revert_marker(mark)}\n**Reverts {scope}**{pulls} of #{issue}: "
        "the exact inverse of what was merged. Later work is kept."
    )


def _after_merge(scope: RevertScope, issue: int) -> str:
    if scope.of is not None:
        return f"After the merge, {scope} counts as merged on #{issue} again."
    if scope.batch is not None:
        return "After the merge, the references of that batch count as left again; the rest of the phase stays merged."
    return (
        f"After the merge, {scope} counts as reverted on #{issue}: its references count as left again, and later phases "
        "wait for it. To restore it after that, comment `/migrate revert` here, or use GitHub's own *Revert*."
    )


def _conflict_line(one: RevertConflict) -> str:
    who = f" (changed since by {', '.join(plain(name) for name in one.people)})" if one.people else ""
    return f"- {code(one.path)}{who}"


def already_reverted(phase: int) -> str:
    return f"Closed because phase {phase} is reverted already. Nothing else was changed."


def conflict_summary(conflicts: Sequence[RevertConflict]) -> str:
    if not conflicts:
        return ""
    names = ", ".join(code(one.path) for one in conflicts[:5]) + (" …" if len(conflicts) > 5 else "")
    return f"{counted(len(conflicts), 'file')} couldn't be reverted without losing later work: {names}"


def revert_message(what: str, trailers: str) -> str:
    return (
        f"Revert {inert(what)}\n\nThe exact inverse of what was merged. Later work is kept.\n\n{trailers}\n"
    )
