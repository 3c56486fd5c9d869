"""A phase that owners split: its part in a pull request, and how its parts stand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.decide.phase_result import PhaseResult
from bot.decide.status import PhaseStatus, State, Verdict
from bot.markers.hidden import SliceMark, slice_marker
from bot.plan.branch_names import phase_branch
from bot.plan.slices import NOBODY, Slice
from bot.report.text import code, plain


def had_slices(
    phase: int, issue: int, branches: Iterable[str], marks: Iterable[SliceMark]
) -> frozenset[Slice]:
    """By their branches, and by what our pull requests say."""
    start = phase_branch(issue, phase) + "-"
    found = {name.removeprefix(start) for name in branches if name.startswith(start)}
    titles = {one.key: one.title for one in marks if (one.issue, one.phase) == (issue, phase)}
    return frozenset(Slice(key, titles.get(key, key)) for key in found | titles.keys())


def slice_title(one: Slice) -> str:
    """Behind the phase's name; empty for a phase that is one pull request."""
    return f", {one.title}" if one.key else ""


def slice_summary(made: PhaseResult, issue: str | None) -> str:
    if not made.slice.key:
        return ""
    mark = (
        SliceMark(int(issue.lstrip("#")), made.phase.number, made.slice.key, made.slice.title)
        if issue
        else None
    )
    marker = slice_marker(mark) + "\n" if mark else ""
    whose = (
        "The files without an owner" if made.slice.key == NOBODY else f"The files of {code(made.slice.title)}"
    )
    return (
        f"{marker}{whose} in `CODEOWNERS`. Phase {made.phase.number} ({plain(made.phase.name)}) has one pull request "
        "for each owner. Merge them in any order; the phase is done when all are merged."
    )


# How the slices of a phase stand


def slice_name(one: Slice) -> str:
    return f"↳ {plain(one.title)}" if one.key else ""


def merged_of(phase: PhaseStatus) -> str:
    """In the row of a phase that is split."""
    if not phase.slices:
        return ""
    pulls = [part for part in phase.slices if part.state is not State.EMPTY]
    merged = sum(part.state is State.MERGED for part in pulls)
    return f"{merged:,} of {len(pulls):,} merged"


def split_sentence(name: str, phase: PhaseStatus) -> str | None:
    """Where several pull requests have more to say than one alone."""
    open_ones = [part for part in phase.slices if part.state is State.OPEN]
    failed = [part for part in phase.slices if part.state is State.FAILED]
    problems = "".join(
        f" **{slice_word(part)} couldn't be prepared.** {part.facts.failure}" for part in failed[:3]
    )
    start = f"**{name} is split by owner, {merged_of(phase)}"
    if open_ones:
        return f"{start}.** Open{_checks(phase)}: {_numbers(open_ones)}.{problems} {_next(phase)}"
    if failed:
        return f"{name}:{problems} Next: comment `/migrate retry {phase.number}`."
    if phase.state in (State.READY, State.WAITING) and any(
        part.state is State.MERGED for part in phase.slices
    ):
        rest = [part for part in phase.slices if part.state in (State.READY, State.WAITING)]
        return (
            f"{start}.** Not open: {listed_words(rest)}. "
            f"Next: add the label `migration:phase-{phase.number}` to this issue to open the rest."
        )
    return None


def _numbers(parts: Sequence[PhaseStatus]) -> str:
    more = f" and {len(parts) - 20:,} more" if len(parts) > 20 else ""
    return ", ".join(f"#{part.pull.number}" for part in parts[:20] if part.pull) + more


def listed_words(parts: Sequence[PhaseStatus]) -> str:
    return ", ".join(slice_word(part) for part in parts[:5]) + (" …" if len(parts) > 5 else "")


def slice_word(part: PhaseStatus) -> str:
    return plain(part.facts.slice.title)


def _checks(phase: PhaseStatus) -> str:
    return {Verdict.FAILED: ", with failed checks", Verdict.RUNNING: ", with checks running"}.get(
        phase.verdict, ""
    )


def _next(phase: PhaseStatus) -> str:
    if phase.verdict is Verdict.FAILED:
        return "Next: see the failures below."
    several = sum(part.state is State.OPEN for part in phase.slices) > 1
    return "Next: review and merge them, in any order." if several else "Next: review and merge it."
