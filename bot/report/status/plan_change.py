"""What a changed plan means for each phase."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from bot.decide.facts import Facts
from bot.decide.plan_change import MovedFiles, PhaseChange, PlanChange, PlanShape, moved_files, phase_changes
from bot.decide.status import State, Status, label_of
from bot.report.text import bounded_list, code, count_of, plain

FILES = 5


def plan_change_section(
    facts: Facts, status: Status, now: PlanShape | None, change: PlanChange | None, most: int
) -> str:
    if now is None or change is None or not status.phases:
        return ""
    lines = [_meaning(one, status) for one in phase_changes(facts, status, now, change.before)]
    lines += list(_moves(moved_files(facts, change.before)))
    if not lines:
        return ""
    at = datetime.fromtimestamp(change.at, UTC).strftime("%Y-%m-%d %H:%M UTC")
    return f"**The plan changed** ({at}). What is merged stays as it is.\n\n" + bounded_list(lines, most)


def _meaning(one: PhaseChange, status: Status) -> str:
    name = f"- Phase {one.number} ({plain(one.name)})"
    match one.state:
        case None:
            return f"{name} was removed; if its pull request was open, it is closed."
        case State.MERGED:
            return f"{name} is merged and stays as it is.{_join_changes(one)}"
        case State.OPEN:
            return f"{name} is being regenerated: {_pulls(one.number, status)}."
        case State.STARTING | State.FAILED:
            return f"{name} is being built with the new plan."
        case State.EMPTY:
            return f"{name} has nothing to migrate."
    return f"{name} is new." if one.new else f"{name} uses the new plan when it starts."


def _join_changes(one: PhaseChange) -> str:
    if not one.added_files:
        return ""
    files, single = count_of(len(one.added_files), "file"), len(one.added_files) == 1
    return (
        f" {files} with references {'belongs' if single else 'belong'} to it now: {_paths(one.added_files)}. "
        f"Next: add the label {code(label_of(one.number))} again to migrate {'it' if single else 'them'}."
    )


def _pulls(number: int, status: Status) -> str:
    phase = status.phase(number)
    pulls = [part.pull for part in phase.parts if part.state is State.OPEN and part.pull] if phase else []
    return ", ".join(f"#{pull.number}" for pull in pulls[:10]) + (" …" if len(pulls) > 10 else "")


def _moves(found: Sequence[MovedFiles]) -> Iterator[str]:
    for one in found:
        yield f"- {count_of(len(one.paths), 'file')} {_way(one)}: {_paths(one.paths)}"


def _way(one: MovedFiles) -> str:
    if not one.to_phase:
        return f"left phase {one.from_phase} and {'belongs' if len(one.paths) == 1 else 'belong'} to none"
    return (
        f"moved from phase {one.from_phase} to phase {one.to_phase}"
        if one.from_phase
        else f"joined phase {one.to_phase}"
    )


def _paths(paths: Sequence[str]) -> str:
    more = f" and {len(paths) - FILES:,} more" if len(paths) > FILES else ""
    return ", ".join(code(path) for path in paths[:FILES]) + more
