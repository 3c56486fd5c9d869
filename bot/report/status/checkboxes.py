"""The checkboxes that act: the likely next one first, the reverts folded."""

from __future__ import annotations

from collections.abc import Iterator

from bot.decide.facts import Facts
from bot.decide.status import Overall, PhaseStatus, State, Status
from bot.markers.hidden import box_marker
from bot.plan.plan import Plan
from bot.report.text import code, fold, plain, short_digest


def checkboxes_section(facts: Facts, status: Status) -> str:
    if status.overall is Overall.PAUSED:
        return _section([_box("resume", "Resume (removes the label `migration:paused`)")], [])
    approvals = list(_approvals(facts)) if facts.open else []
    if status.overall not in (Overall.RUNNING, Overall.FINISHED):
        return _section(approvals, [])
    boxes = approvals + [box for of_kind in (_starts, _retries, _cancels) for box in of_kind(status)]
    return _section(boxes, list(_reverts(status)))


def _section(boxes: list[str], reverts: list[str]) -> str:
    parts = ["**Tick to act**\n\n" + "\n".join(boxes)] if boxes else []
    if reverts:
        parts.append(fold("Revert", "\n".join(reverts)))
    return "\n\n".join(parts)


def _approvals(facts: Facts) -> Iterator[str]:
    unapproved = facts.plan_origin.unapproved
    if unapproved is not None and isinstance(unapproved.plan, Plan):
        words = f"Approve the plan {code(short_digest(unapproved.digest))} that @{unapproved.by} wrote"
        yield _box(f"approve-{unapproved.digest}", words)


def _starts(status: Status) -> Iterator[str]:
    for phase in status.phases:
        if phase.state in (State.READY, State.REVERTED) and not phase.gate:
            yield _box(f"start-{phase.number}", f"Start {_name(phase)}")


def _retries(status: Status) -> Iterator[str]:
    for phase in status.phases:
        if any(part.state is State.FAILED for part in phase.parts):
            yield _box(f"retry-{phase.number}", f"Retry {_name(phase)}")


def _cancels(status: Status) -> Iterator[str]:
    for phase in status.phases:
        if phase.state is State.OPEN:
            yield _box(f"cancel-{phase.number}", f"Cancel {_name(phase)}")


def _reverts(status: Status) -> Iterator[str]:
    for phase in status.phases:
        if any(part.state is State.MERGED for part in phase.parts) and not phase.open_revert:
            partly = "" if phase.state is State.MERGED else ", the part that is merged"
            later = any(one.number > phase.number and one.state is State.MERGED for one in status.phases)
            also = " (with later phases that were built on it)" if later else ""
            yield _box(f"revert-{phase.number}", f"Revert {_name(phase)}{partly}{also}")


def _name(phase: PhaseStatus) -> str:
    return f"phase {phase.number}, {plain(phase.phase.name)}"


def _box(name: str, words: str) -> str:
    return f"- [ ] {words} {box_marker(name)}"
