"""What the status comment shows besides the facts: the burndown, and the plan as it was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.decide.facts import Facts
from bot.decide.history import RemainingAt, StatusHistory
from bot.decide.plan_change import PlanChange, PlanShape, latest_plan_change, plan_shape, with_current_digests
from bot.github import Comment
from bot.markers.hidden import state_in
from bot.migration.plan_source import LoadedPlan
from bot.plan.plan import Plan
from bot.store import BurndownPoint, Migration, Store, thin_out


def burndown_history(
    store: Store, migration: Migration, facts: Facts, comment: Comment | None
) -> StatusHistory:
    """The store's, and after a lost database what the status comment still holds."""
    hidden = state_in(comment.body) if comment else {}
    if facts.phases:
        store.burndown.record(migration, facts.head, facts.references, facts.now)
    points = _points(hidden, store.burndown.points(migration))
    most = max([int(hidden.get("whole") or 0), *(point.remaining for point in points)], default=0)
    return StatusHistory(tuple(points), most)


def labels_in(comment: Comment | None) -> frozenset[str] | None:
    """The labels that kept the migration going or paused when the status comment was written; None if an older
    version wrote it."""
    if comment is None:
        return frozenset()
    labels = state_in(comment.body).get("labels")
    return frozenset(map(str, labels)) if isinstance(labels, list) else None


def with_plan_change(
    history: StatusHistory, planned: LoadedPlan, facts: Facts, comment: Comment | None
) -> StatusHistory:
    """The plan beside the one that the status comment was last written from."""
    hidden = state_in(comment.body) if comment else {}
    before, previous = PlanShape.from_json(hidden.get("plan")), PlanShape.from_json(hidden.get("was"))
    at = hidden.get("changed")
    reported = PlanChange(previous, float(at)) if previous is not None and isinstance(at, int) else None
    if not isinstance(planned.plan, Plan):
        return replace(history, plan_shape=before, plan_change=reported)
    alone = replace(planned, skipped_patterns=())
    digests = {phase.number: alone.digests_of(phase) for phase in planned.plan.phases}
    before, previous = with_current_digests(before, digests), with_current_digests(previous, digests)
    reported = PlanChange(previous, float(at)) if previous is not None and isinstance(at, int) else None
    now = plan_shape(planned.plan, {number: each[0] for number, each in digests.items()})
    return replace(history, plan_shape=now, plan_change=latest_plan_change(now, before, reported, facts.now))


def _points(hidden: Mapping[str, object], stored: Sequence[BurndownPoint]) -> list[RemainingAt]:
    reported = hidden.get("burndown")
    found = {}
    if isinstance(reported, list):
        pairs = [pair for pair in reported if isinstance(pair, list) and len(pair) == 2]
        found = {float(at): int(left) for at, left in pairs if isinstance(at, int) and isinstance(left, int)}
    first_stored = min((one.at for one in stored), default=float("inf"))
    merged = {at: left for at, left in found.items() if at < first_stored - 1}
    merged |= {one.at: one.remaining for one in stored}
    counts = [BurndownPoint("", at, left) for at, left in sorted(merged.items())]
    return [RemainingAt(one.at, one.remaining) for one in thin_out(counts, 40)]
