"""What the pages show of a migration: bounded, whatever the migration holds."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from bot.decide.events import MigrationEvent, recent_events
from bot.decide.facts import Facts
from bot.decide.history import StatusHistory
from bot.decide.status import PhaseStatus, State, Status
from bot.plan.plan import Plan
from bot.report.audit.manual_steps import manual_step, replacements_of
from bot.report.overview.needs import needs
from bot.report.overview.plain_text import one_line
from bot.report.status.phase_table import work_done
from bot.store.overview import EventOverview, ManualOverview, Overview, OwnerLeft, PhaseOverview

MOST_ROWS, MOST_SLICES, MOST_OWNERS, MOST_EVENTS = 100, 12, 12, 20
MOST_MANUAL = 40
NAME, PATH, NOTE = 120, 300, 250
"""Characters of a name, of a path, of a reason."""


def migration_overview(
    facts: Facts, status: Status, history: StatusHistory, working_on: Collection[int] = ()
) -> Overview:
    by_owner, left = facts.references_by_owner, _references_left(facts, status, history)
    return Overview(
        title=one_line(facts.plan.title if isinstance(facts.plan, Plan) else facts.title, 200),
        repo_url=facts.repo_url,
        default_branch=one_line(facts.default_branch, NAME),
        head=facts.head,
        left=left,
        whole=max(history.most_remaining, left),
        needs=needs(facts, status, working_on),
        phases=tuple(_rows(status, working_on))[:MOST_ROWS],
        burndown=tuple((point.at, point.remaining) for point in history.burndown),
        owners=tuple(
            OwnerLeft(one_line(owner, NAME), many)
            for owner, many in [*(by_owner or {}).items()][:MOST_OWNERS]
        ),
        has_owners=by_owner is not None,
        events=tuple(_event(event) for event in recent_events(facts, MOST_EVENTS)),
        manual=tuple(_manual(facts, status))[:MOST_MANUAL],
        manual_total=sum(len(phase.facts.remaining.manual) for phase in status.phases),
    )


def _manual(facts: Facts, status: Status) -> Iterator[ManualOverview]:
    instead = replacements_of(facts.plan)
    for phase in status.phases:
        for one in phase.facts.remaining.manual[:MOST_MANUAL]:
            step = manual_step(one.kind, one.note, instead(one.symbol))
            yield ManualOverview(
                one_line(one.path, PATH), one.line, one_line(one.note, NOTE), one_line(step, NOTE)
            )


def _references_left(facts: Facts, status: Status, history: StatusHistory) -> int:
    """As last counted, while there is no plan to count by."""
    if status.phases or not history.burndown:
        return facts.references
    return history.burndown[-1].remaining


def _rows(status: Status, working_on: Collection[int]) -> Iterator[PhaseOverview]:
    for phase in status.phases:
        yield _row(phase, "working" if phase.number in working_on else "")
        for part in phase.slices[:MOST_SLICES]:
            yield _row(part)


def _row(phase: PhaseStatus, instead: str = "") -> PhaseOverview:
    done, total = work_done(phase.facts)
    checked = phase.state in (State.OPEN, State.MERGED)
    return PhaseOverview(
        phase.number,
        one_line(phase.phase.name, NAME),
        instead or ("revert open" if phase.open_revert else str(phase.state)),
        done,
        total,
        phase.pull.number if phase.pull else 0,
        str(phase.verdict) if checked else "",
        one_line(phase.facts.slice.title, NAME),
    )


def _event(event: MigrationEvent) -> EventOverview:
    what = f"label {event.label} {event.what}" if event.label else event.what
    commit = f" ({event.commit})" if event.commit else ""
    return EventOverview(event.at, one_line(f"{what}{commit}", 200), one_line(event.by, NAME), event.pull)
