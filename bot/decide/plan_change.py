"""What a change of the plan means for open, merged and future phases. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.decide.facts import Facts
from bot.decide.status import State, Status
from bot.plan.phase_files import assign_phases, first_match
from bot.plan.plan import Phase, Plan

REMEMBERED_SECONDS = 7 * 86400.0
"""Seconds during which a change is shown."""
MOST_CHARACTERS = 5_000
"""Characters of patterns that are kept; of a longer plan only which phases changed is known."""


@dataclass(frozen=True)
class PhaseShape:
    name: str
    digest: str
    """Of all that bears on the phase."""
    paths: tuple[str, ...] | None
    """None if there were too many to keep; empty for a phase that takes none by patterns."""


@dataclass(frozen=True)
class PlanShape:
    """What is kept of a plan to compare its successor with."""

    phases: tuple[PhaseShape, ...]

    def as_json(self) -> list[list[Any]]:
        return [[one.name, one.digest, None if one.paths is None else [*one.paths]] for one in self.phases]

    @staticmethod
    def from_json(data: object) -> PlanShape | None:
        try:
            rows = [(str(name), str(digest), paths) for name, digest, paths in data]  # type: ignore[attr-defined]
            shapes = [PhaseShape(n, d, None if p is None else tuple(map(str, p))) for n, d, p in rows]
        except (TypeError, ValueError):
            return None
        return PlanShape(tuple(shapes))


@dataclass(frozen=True)
class PlanChange:
    """The plan before this one, and when it changed."""

    before: PlanShape
    at: float


@dataclass(frozen=True)
class PhaseChange:
    """How a phase changed."""

    number: int
    name: str
    state: State | None
    """None if the plan doesn't have it any more."""
    new: bool
    added_files: tuple[str, ...] = ()
    """Files with something left that it did not take before, where it is merged."""


@dataclass(frozen=True)
class MovedFiles:
    """Files with something left that another phase has now; 0 is none."""

    from_phase: int
    to_phase: int
    paths: tuple[str, ...]


def plan_shape(plan: Plan, digests: Mapping[int, str]) -> PlanShape:
    short = sum(len(path) + 4 for phase in plan.phases for path in phase.paths) <= MOST_CHARACTERS
    return PlanShape(
        tuple(
            PhaseShape(phase.name[:80], digests[phase.number], own_patterns(phase) if short else None)
            for phase in plan.phases
        )
    )


def with_current_digests(shape: PlanShape | None, digests: Mapping[int, Sequence[str]]) -> PlanShape | None:
    """With the first digest of each phase, where the shape has another of the same phase's by an older version."""
    if shape is None:
        return None
    known = [digests.get(number, ()) for number in range(1, len(shape.phases) + 1)]
    return PlanShape(
        tuple(
            replace(one, digest=each[0]) if one.digest in each else one
            for one, each in zip(shape.phases, known, strict=True)
        )
    )


def own_patterns(phase: Phase) -> tuple[str, ...]:
    return () if phase.settle else phase.paths


def latest_plan_change(
    now: PlanShape, last_reported: PlanShape | None, reported: PlanChange | None, at: float
) -> PlanChange | None:
    """Against the plan that was reported last; else the change that was reported, for as long as it is remembered."""
    if last_reported is not None and last_reported != now:
        return PlanChange(last_reported, at)
    if reported is None or at - reported.at >= REMEMBERED_SECONDS or reported.before == now:
        return None
    return reported


def phase_changes(facts: Facts, status: Status, now: PlanShape, before: PlanShape) -> tuple[PhaseChange, ...]:
    found = []
    moved = moved_files(facts, before)
    for phase, shape_now in zip(status.phases, now.phases, strict=False):
        old = before.phases[phase.number - 1] if phase.number <= len(before.phases) else None
        came = tuple(path for one in moved if one.to_phase == phase.number for path in one.paths)
        merged = phase.state is State.MERGED
        if old is None or old.digest != shape_now.digest or (merged and came):
            new = old is None
            found.append(
                PhaseChange(phase.number, phase.phase.name, phase.state, new, came if merged else ())
            )
    for number, removed in enumerate(before.phases[len(now.phases) :], len(now.phases) + 1):
        found.append(PhaseChange(number, removed.name, None, False))
    return tuple(found)


def moved_files(facts: Facts, before: PlanShape) -> tuple[MovedFiles, ...]:
    if not isinstance(facts.plan, Plan) or any(one.paths is None for one in before.phases):
        return ()
    then, now = (
        phases_before(before.phases, facts.files_with_references),
        assign_phases(facts.plan, facts.files_with_references),
    )
    groups: dict[tuple[int, int], list[str]] = {}
    for path in sorted(facts.files_with_references):
        pair = (then.get(path, 0), now.get(path, 0))
        if pair[0] != pair[1]:
            groups.setdefault(pair, []).append(path)
    return tuple(MovedFiles(old, new, tuple(paths)) for (old, new), paths in sorted(groups.items()))


def phases_before(phases: Sequence[PhaseShape], files: Iterable[str]) -> Mapping[str, int]:
    each = (Phase(number, one.name, one.paths or ()) for number, one in enumerate(phases, 1))
    return first_match([phase for phase in each if phase.paths], files)
