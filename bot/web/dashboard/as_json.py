"""A migration as JSON. docs/dashboard.md describes the keys."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from bot.decide.pace import Pace
from bot.store.decisions import Decision
from bot.store.overview import EventOverview, Need, PhaseOverview
from bot.store.overviews import StoredOverview
from bot.web.dashboard.words import iso


def summary_json(stored: StoredOverview) -> dict[str, Any]:
    """What the list of all migrations has of each."""
    one = stored.overview
    return {
        "repository": stored.full_name,
        "issue": stored.issue,
        "title": one.title,
        "url": f"{one.repo_url}/issues/{stored.issue}",
        "waits_for": str(one.waits_for),
        "needs": [_need(need) for need in one.needs],
        "references": {"left": one.left, "most": one.whole},
        "updated_at": iso(stored.at),
    }


def migration_json(
    stored: StoredOverview, pace: Pace | None, decisions: Iterable[Decision]
) -> dict[str, Any]:
    one = stored.overview
    return {
        **summary_json(stored),
        "default_branch": one.default_branch,
        "commit": one.head,
        "phases": [_phase(row) for row in one.phases],
        "burndown": [{"at": iso(at), "left": left} for at, left in one.burndown],
        "owners": [{"owner": owner.owner or None, "references": owner.references} for owner in one.owners],
        "pace": _pace(pace) if pace else None,
        "events": [_event(event) for event in one.events],
        "manual_work": [asdict(row) for row in one.manual],
        "decisions": [{"at": iso(one.at), "what": one.what, "why": one.why} for one in decisions],
    }


def _need(need: Need) -> dict[str, Any]:
    return {
        "waits_for": str(need.waits_for),
        "says": need.says,
        "phase": need.phase or None,
        "pull_request": need.pull or None,
        "owner": need.owner or None,
    }


def _phase(row: PhaseOverview) -> dict[str, Any]:
    return {
        "number": row.number,
        "name": row.name,
        "owner": row.owner or None,
        "state": row.state,
        "done": row.done,
        "total": row.total,
        "pull_request": row.pull or None,
        "checks": row.checks or None,
    }


def _pace(pace: Pace) -> dict[str, Any]:
    return {
        "since": iso(pace.since),
        "references_per_day": round(pace.per_day, 2),
        "days_left": round(pace.days_left, 1),
    }


def _event(event: EventOverview) -> dict[str, Any]:
    return {
        "at": iso(event.at),
        "what": event.what,
        "by": event.by or None,
        "pull_request": event.pull or None,
    }
