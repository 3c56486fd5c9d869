"""What happened lately: merges, reverts, labels."""

from __future__ import annotations

from bot.decide.events import MigrationEvent, recent_events
from bot.decide.facts import Facts
from bot.report.check_lines import moment
from bot.report.text import code, fold, plain

MOST = 12


def history_section(facts: Facts) -> str:
    lines = [f"- {moment(event.at)}: {_event(event)}" for event in recent_events(facts, MOST)]
    return fold("History", "\n".join(lines)) if lines else ""


def _event(event: MigrationEvent) -> str:
    parts = (
        code(event.label) if event.label else "",
        plain(event.what),
        f"by {plain(event.by)}" if event.by else "",
        f"(#{event.pull})" if event.pull else "",
        f"({code(event.commit)})" if event.commit else "",
    )
    return " ".join(part for part in parts if part)
