"""What Drover writes on the tracking issue about the whole migration."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from bot.decide.facts import Facts, PhaseFacts, PlanProblem
from bot.decide.ratchet import NewUse
from bot.plan.plan import Plan
from bot.report.slices import slice_title
from bot.report.status.criteria import criteria
from bot.report.text import bounded_list, code, count_of, line_url, link, plain, table


def migration_finished(facts: Facts) -> str:
    """What was done, phase by phase."""
    rows = [
        (
            str(one.phase.number),
            plain(f"{one.phase.name}{slice_title(one.slice)}"),
            f"#{one.pull.number}" if one.pull else "–",
            _merged_line(one),
        )
        for one in facts.parts
    ]
    return (
        f"**Finished.** Nothing uses what was deprecated any more, as of {code(facts.head[:10])}.\n\n"
        + "\n".join(criteria(facts))
        + f"\n\n{table(('#', 'Phase', 'Pull request', 'Merged'), rows)}\n\n"
        + _watched_line(facts.plan)
    )


def _watched_line(plan: Plan | PlanProblem | None) -> str:
    if not isinstance(plan, Plan) or plan.watch_days == 0:
        return "The issue is closed."
    days = count_of(plan.watch_days, "day")
    return f"The issue is closed. If a reference comes back within {days}, Drover reopens it."


def _merged_line(one: PhaseFacts) -> str:
    pull = one.pull
    if pull is None or pull.ended_at is None:
        return "nothing to do"
    day = datetime.fromtimestamp(pull.ended_at, UTC).strftime("%Y-%m-%d")
    return day + (f" by {plain(pull.merged_by)}" if pull.merged_by else "")


def issue_reopened(facts: Facts) -> str:
    lines = [
        f"- phase {one.phase.number}: {one.remaining.references:,}"
        for one in facts.phases
        if one.remaining.references
    ]
    return (
        f"**Reopened:** {count_of(facts.references, 'reference')} came back to {code(facts.default_branch)}.\n\n"
        + "\n".join(lines)
        + "\n\nStart the phase again to migrate them."
    )


def new_uses(found: Sequence[NewUse], repo_url: str, head: str) -> str:
    lines = [f"- {_new_use(one, repo_url, head)}" for one in found]
    return (
        f"**The last push added {count_of(len(found), 'new use')} of deprecated symbols:**\n\n"
        + bounded_list(lines, 30)
        + "\n\nThe phase that their file belongs to migrates them."
    )


def _new_use(one: NewUse, repo_url: str, head: str) -> str:
    place = link(code(f"{one.use.path}:{one.use.line}"), line_url(repo_url, head, one.use.path, one.use.line))
    by = f", by {plain(one.author)} in {one.commit}" if one.commit else ""
    return f"{place} ({code(one.use.symbol)}){by}"
