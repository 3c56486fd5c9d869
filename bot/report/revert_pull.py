"""The pull request that reverts a phase, a batch, everything, or another revert."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.decide.phase_result import ProofLine
from bot.markers.hidden import RestoreMark, RevertMark, also_reverts_marker, restore_marker, revert_marker
from bot.plan.slices import WHOLE_PHASE, Slice
from bot.report.proof_check import ManualWorkNote, VerificationReport
from bot.report.text import LIMIT, bounded_list, code, count_of, inert, plain, table


@dataclass(frozen=True)
class RevertConflict:
    """A file that isn't reverted, since later work would be lost or it couldn't be verified."""

    path: str
    people: tuple[str, ...] = ()
    """Who has changed it since."""
    reason: str = ""
    """Why it couldn't be verified."""


@dataclass(frozen=True)
class DependentPhase:
    """A later phase, or a slice of it, that was built on what is reverted."""

    phase: int
    title: str
    slice: Slice = WHOLE_PHASE
    modules: tuple[str, ...] = ()
    """What it took away and the reverted files use again."""
    users: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()
    """Files that it changed, too."""

    @property
    def reason(self) -> str:
        if self.users:
            use = "uses" if len(self.users) == 1 else "use"
            names = ", ".join(code(name) for name in self.modules[:3])
            return f"it retired {names}, which {count_of(len(self.users), 'reverted file')} {use} again"
        return f"it changed {len(self.shared):,} of the same files"


@dataclass(frozen=True)
class RevertScope:
    """What a pull request reverts."""

    phase: int | None
    batch: int | None
    titles: tuple[str, ...]
    slice: Slice = WHOLE_PHASE
    of: int | None = None
    """The revert's pull request, if that is what is reverted."""
    pulls: tuple[int, ...] = ()
    """The pull requests that are reverted."""
    dependents: tuple[DependentPhase, ...] = ()
    together: tuple[int, ...] = ()
    """The other phases that the revert's pull request had reverted, if that is what is reverted."""

    def __str__(self) -> str:
        if self.phase is None:
            return "every phase"
        of = f"phase {self.phase}" + (f", {plain(self.slice.title)}" if self.slice.key else "")
        own = f"batch {self.batch} of {of}" if self.batch else of
        return own + "".join(f" and phase {number}" for number in self.together)

    @property
    def in_order(self) -> str:
        """With the phases that are reverted before it."""
        return "".join(f"phase {number}, then " for number in self.dependent_phases) + str(self)

    @property
    def dependent_phases(self) -> tuple[int, ...]:
        return tuple(sorted({one.phase for one in self.dependents}, reverse=True))


@dataclass(frozen=True)
class RevertVerification:
    """What is shown of the files that are reverted."""

    as_before: int = 0
    """Byte for byte what they were before."""
    with_later_work: int = 0
    lines: tuple[ProofLine, ...] = ()


VERIFIED = {
    "as_before": "the file is byte for byte what it was before",
    "parses": "it parses",
    "imports_resolve": "every restored import resolves as it did before",
    "names_stand": "every name in later work still refers to what it does now, or to what that replaced",
}


def revert_title(scope: RevertScope, migration: str) -> str:
    what = scope.in_order if scope.of is None else f"the revert of {scope}"
    return f"Revert {what}: {inert(migration)}"[:250]


def revert_body(
    scope: RevertScope,
    conflicts: Sequence[RevertConflict],
    issue: int,
    verification: RevertVerification,
    evidence: str = "",
) -> str:
    parts = [
        _summary(scope, issue),
        *(f"Phase {one.phase} was built on it: {one.reason}." for one in scope.dependents),
        _what_stays(verification, conflicts),
        "In this order:\n\n" + "\n".join(f"1. {plain(one)}" for one in scope.titles)
        if len(scope.titles) > 1
        else "",
        evidence,
        _left_for_people(conflicts),
        _verification(verification),
        _after_merge(scope, issue),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _summary(scope: RevertScope, issue: int) -> str:
    if scope.of is not None:
        marker = restore_marker(RestoreMark(issue, scope.of))
        return f"{marker}\n**Restores {scope}** of #{issue} by reverting #{scope.of}."
    markers = [revert_marker(RevertMark(issue, scope.phase, scope.batch, scope.slice.key))]
    markers += [
        also_reverts_marker(RevertMark(issue, one.phase, None, one.slice.key)) for one in scope.dependents
    ]
    pulls = f" ({', '.join(f'#{number}' for number in scope.pulls)})" if scope.pulls else ""
    return "\n".join([*markers, f"**Reverts {scope.in_order}**{pulls} of #{issue}."])


def _what_stays(verification: RevertVerification, conflicts: Sequence[RevertConflict]) -> str:
    """Only what holds of this very change."""
    exact, mixed = verification.as_before, verification.with_later_work
    if not conflicts and not mixed:
        return f"The exact inverse of what was merged: {count_of(exact, 'file')} as before, byte for byte."
    kept = f"Later work in {count_of(mixed, 'file')} is kept." if mixed else ""
    same = f"{count_of(exact, 'file')} {_be(exact)} as before, byte for byte." if exact else ""
    return " ".join(part for part in (same, kept) if part)


def _be(number: int) -> str:
    return "is" if number == 1 else "are"


def _left_for_people(conflicts: Sequence[RevertConflict]) -> str:
    """What is left for people."""
    if not conflicts:
        return ""
    return (
        f"**{count_of(len(conflicts), 'file')} couldn't be reverted** without losing or breaking later work, and "
        f"{_be(len(conflicts))} unchanged here. This is a draft: change them on this branch, then mark it as ready.\n\n"
        + bounded_list([_conflict_line(one) for one in conflicts], 50)
    )


def _verification(verification: RevertVerification) -> str:
    if not verification.lines:
        return ""
    lines = [
        f"- ✅ {VERIFIED[line.what]}: {count_of(line.shown, 'file')}"
        + (f" (doesn't apply to {line.not_applicable:,})" if line.not_applicable else "")
        for line in verification.lines
    ]
    return "### Verification\n\nVerified for the changed files, without running them:\n\n" + "\n".join(lines)


def _after_merge(scope: RevertScope, issue: int) -> str:
    if scope.of is not None:
        return f"After the merge, {scope} {_counts(len(scope.together))} as merged on #{issue} again."
    if scope.batch is not None:
        rest = "After the merge, the references of that batch count as left again; the rest of the phase stays merged."
        return rest + _also_reverted(scope.dependent_phases)
    which = str(scope) + "".join(f" and phase {number}" for number in scope.dependent_phases)
    return (
        f"After the merge, {which} {_counts(len(scope.dependents))} as reverted on #{issue}: "
        f"{'their' if scope.dependents else 'its'} references count as left again, and later phases wait. "
        "To restore it after that, comment `/migrate revert` here, or use GitHub's own *Revert*."
    )


def _counts(others: int) -> str:
    return "count" if others else "counts"


def _also_reverted(phases: Sequence[int]) -> str:
    return "".join(f" Phase {number} counts as reverted." for number in phases)


def _conflict_line(one: RevertConflict) -> str:
    return f"- {code(one.path)} ({plain(why_not_reverted(one))})"


def why_not_reverted(one: RevertConflict) -> str:
    return one.reason or "changed since" + (f" by {', '.join(one.people)}" if one.people else "")


def revert_check(
    scope: RevertScope, verification: RevertVerification, conflicts: Sequence[RevertConflict]
) -> VerificationReport:
    """The check `drover / proof` on the revert's head."""
    files = verification.as_before + verification.with_later_work
    title = f"{count_of(files, 'file')} verified" + (
        f", {len(conflicts):,} {'needs' if len(conflicts) == 1 else 'need'} manual work" if conflicts else ""
    )
    rows = [
        (VERIFIED[line.what], f"✅ {line.shown:,}", f"{line.not_applicable:,}") for line in verification.lines
    ]
    parts = [
        f"Reverts {scope.in_order}. Changes that can't be verified are not pushed.",
        table(("Verified without running it", "Files", "Doesn't apply"), rows),
    ]
    if conflicts:
        parts.append(
            "**Needs manual work**\n\n" + bounded_list([_conflict_line(one) for one in conflicts], 50)
        )
    notes = [ManualWorkNote(one.path, 1, f"Not reverted: {why_not_reverted(one)}") for one in conflicts]
    return VerificationReport(title, "\n\n".join(parts)[:LIMIT], tuple(notes))


def already_reverted(phase: int) -> str:
    return f"Closed because phase {phase} is reverted already. Nothing else was changed."


def dependents_summary(scope: RevertScope) -> str:
    """Empty where nothing else is reverted."""
    if not scope.dependents:
        return ""
    reasons = "; ".join(dict.fromkeys(f"phase {one.phase}: {one.reason}" for one in scope.dependents[:3]))
    return f"{scope.in_order}, because later phases were built on it ({reasons})"


def unreverted_summary(conflicts: Sequence[RevertConflict]) -> str:
    if not conflicts:
        return ""
    names = ", ".join(code(one.path) for one in conflicts[:5]) + (" …" if len(conflicts) > 5 else "")
    return f"{count_of(len(conflicts), 'file')} couldn't be reverted without losing or breaking later work: {names}"


def nothing_reverted(conflicts: Sequence[RevertConflict]) -> str:
    if not conflicts:
        return "The default branch has nothing left of it to revert."
    lines = "\n".join(_conflict_line(one) for one in conflicts[:10])
    return f"No file of it can be reverted without losing or breaking later work:\n\n{lines}"


def revert_message(what: str, trailers: str, *, whole: bool) -> str:
    told = (
        "Reverts what was merged and keeps later work."
        if whole
        else "Reverts what was merged, except in files where later work would be lost."
    )
    return f"Revert {inert(what)}\n\n{told}\n\n{trailers}\n"
