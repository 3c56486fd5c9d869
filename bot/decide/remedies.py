"""What follows from red checks, and from the plan's `merge: auto`: each once, whatever is lost meanwhile. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bot.decide.bisect import green_through
from bot.decide.checks import broken_by, commands_in, passed, to_rerun
from bot.decide.facts import CheckLine, Checks, Facts, PhaseFacts
from bot.decide.status import PhaseStatus, State
from bot.plan.plan import Plan
from bot.plan.slices import WHOLE_PHASE, Slice


@dataclass(frozen=True)
class Rerun:
    """Runs what failed once more, in case it was a flake."""

    phase: int
    sha: str
    lines: tuple[CheckLine, ...]
    slice: Slice = WHOLE_PHASE


@dataclass(frozen=True)
class RevertAfterFailure:
    """Opens the pull request that takes a phase back, since the default branch is red since its merge."""

    phase: int
    merge: str
    lines: tuple[CheckLine, ...]
    slice: Slice = WHOLE_PHASE


@dataclass(frozen=True)
class AutoMerge:
    """Asks GitHub to merge the phase's pull request by itself."""

    phase: int
    number: int
    slice: Slice = WHOLE_PHASE


@dataclass(frozen=True)
class Ready:
    """Every file has been tried: the draft becomes a pull request to review."""

    phase: int
    number: int
    slice: Slice = WHOLE_PHASE


@dataclass(frozen=True)
class RunCommands:
    """Has the plan's commands run on a commit, and reported as a check of it."""

    phase: int
    sha: str
    slice: Slice = WHOLE_PHASE
    again: bool = False
    """Somebody asks for it, though they have been run there."""


@dataclass(frozen=True)
class CloseRevert:
    """Closes a pull request that would take back what is taken back already."""

    phase: int
    number: int
    slice: Slice = WHOLE_PHASE


Remedy = Rerun | RevertAfterFailure | AutoMerge | Ready | RunCommands | CloseRevert


def remedies(facts: Facts, phase: PhaseStatus) -> Iterator[Remedy]:
    if isinstance(facts.plan, Plan) and phase.pull is not None:
        yield from _commands(facts, facts.plan, phase)
        yield from _commands_at_the_end(facts, phase)
        yield from _second_run(facts, facts.plan, phase)
        yield from _taking_back(facts, facts.plan, phase)
        yield from _auto_merge(facts, facts.plan, phase)
        yield from _ready(facts, facts.plan, phase)
        yield from _needless(phase)


def _needless(phase: PhaseStatus) -> Iterator[CloseRevert]:
    for undoing in phase.facts.undoing:
        if phase.state is State.REVERTED and undoing.pull.state == "open" and not undoing.everything:
            yield CloseRevert(phase.number, undoing.pull.number, phase.facts.slice)


def checks_of(phase: PhaseStatus) -> Checks | None:
    """Those that say how the phase stands: at its merge, or on its pull request's head."""
    if phase.state is State.MERGED:
        return phase.facts.after
    return phase.facts.checks if phase.state is State.OPEN else None


def tries_next(facts: Facts, phase: PhaseStatus) -> bool:
    """With `each: batch`: what stands on the branch has been judged, and there is more to try."""
    one, trial = phase.facts, phase.facts.trial
    if not isinstance(facts.plan, Plan) or trial is None or phase.state is not State.OPEN or one.outdated:
        return False
    green = passed(one.checks, one.base_checks, facts.plan, facts.now)
    return green is not None and not green_through(trial, green)


def tried(facts: Facts, phase: PhaseStatus) -> bool:
    """Every file of the phase has had its turn."""
    one, trial = phase.facts, phase.facts.trial
    if not isinstance(facts.plan, Plan) or trial is None:
        return False
    return green_through(trial, passed(one.checks, one.base_checks, facts.plan, facts.now) is True)


def _ready(facts: Facts, plan: Plan, phase: PhaseStatus) -> Iterator[Ready]:
    pull = phase.pull
    if phase.state is not State.OPEN or pull is None or not pull.draft:
        return
    if tried(facts, phase) and not _told(facts, "ready", pull.head):
        yield Ready(phase.number, pull.number, phase.facts.slice)


def _told(facts: Facts, kind: str, about: str) -> bool:
    return any((one.kind, one.about) == (kind, about) and one.state != "begun" for one in facts.said)


def _commands(facts: Facts, plan: Plan, phase: PhaseStatus) -> Iterator[RunCommands]:
    """Asked for until they are done. Where they are red, on the base too: whether they were before."""
    checks, base = checks_of(phase), phase.facts.base_checks
    line = commands_in(checks)
    if not plan.checks.commands or not facts.commands_on or checks is None:
        return
    if line is None or line.state == "pending":
        yield RunCommands(phase.number, checks.sha, phase.facts.slice)
    elif line.state == "red" and base is not None and _is_awaited(commands_in(base)):
        yield RunCommands(phase.number, base.sha, phase.facts.slice)


def _commands_at_the_end(facts: Facts, phase: PhaseStatus) -> Iterator[RunCommands]:
    """On the default branch's head, once nothing is left: asked for by the last phase that has a pull request."""
    last = [part for part in facts.parts if part.pull is not None][-1:]
    if facts.commands_on and last == [phase.facts] and _is_awaited(commands_in(facts.head_checks)):
        yield RunCommands(phase.number, facts.head, phase.facts.slice)


def runs_again(facts: Facts, phase: PhaseStatus) -> Iterator[Rerun | RunCommands]:
    """What a person can have run once more: what is red, and the plan's commands."""
    checks = checks_of(phase)
    if checks is None or not isinstance(facts.plan, Plan):
        return
    red = tuple(line for line in checks.lines if line.state == "red" and line.suite is not None)
    if red:
        yield Rerun(phase.number, checks.sha, red, phase.facts.slice)
    if facts.plan.checks.commands and facts.commands_on and not _is_awaited(commands_in(checks)):
        yield RunCommands(phase.number, checks.sha, phase.facts.slice, again=True)


def _is_awaited(line: CheckLine | None) -> bool:
    return line is not None and line.state == "pending"


def _second_run(facts: Facts, plan: Plan, phase: PhaseStatus) -> Iterator[Rerun]:
    checks = checks_of(phase)
    failed = to_rerun(checks, phase.facts.base_checks, plan, facts.now)
    if checks is not None and failed and phase.undoing is None:
        yield Rerun(phase.number, checks.sha, failed, phase.facts.slice)


def _taking_back(facts: Facts, plan: Plan, phase: PhaseStatus) -> Iterator[RevertAfterFailure]:
    merge = phase.pull.merge_sha if phase.pull else None
    if plan.on_failure != "revert" or phase.state is not State.MERGED or merge is None:
        return
    said = next((one.state for one in facts.said if (one.kind, one.about) == ("revert", merge)), "")
    if said in ("done", "refused") or (not said and _undone_since(phase.facts)):
        return
    failed = broken_by(phase.facts.after, phase.facts.base_checks, plan, facts.now)
    if failed:
        yield RevertAfterFailure(phase.number, merge, failed, phase.facts.slice)


def _undone_since(one: PhaseFacts) -> bool:
    """Whether somebody has opened a pull request that takes the merge back, however that ended."""
    merged = (one.pull.ended if one.pull else None) or 0.0
    whole = (undoing.pull for undoing in one.undoing if undoing.batch is None)
    return any(pull.ended is None or pull.ended >= merged for pull in whole)


def _auto_merge(facts: Facts, plan: Plan, phase: PhaseStatus) -> Iterator[AutoMerge]:
    pull = phase.pull
    if plan.merge != "auto" or phase.state is not State.OPEN or pull is None or pull.draft or pull.auto_merge:
        return
    if phase.facts.trial is not None and not tried(facts, phase):
        return
    if not _told(facts, "merge", str(pull.number)):
        yield AutoMerge(phase.number, pull.number, phase.facts.slice)
