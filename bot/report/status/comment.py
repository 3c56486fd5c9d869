"""The status comment: one comment on the tracking issue, edited in place. The checkboxes are the last to be cut."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from bot.decide.facts import Facts
from bot.decide.history import StatusHistory
from bot.decide.standing_labels import STANDING
from bot.decide.status import Status
from bot.markers.hidden import STATUS_MARKER, state_marker
from bot.plan.plan import Plan
from bot.report.audit.kept_mentions import kept_mentions_section
from bot.report.branch_problems import unmerged_commits
from bot.report.outages import missing_features
from bot.report.ratchet import allowed_section
from bot.report.status.burndown import burndown_section
from bot.report.status.check_results import checks_section
from bot.report.status.checkboxes import checkboxes_section
from bot.report.status.criteria import criteria_section, loose_ends_section
from bot.report.status.history import history_section
from bot.report.status.manual_work import manual_work_section, unmatched_section
from bot.report.status.phase_table import phase_table
from bot.report.status.plan_change import plan_change_section
from bot.report.status.plan_origin import plan_origin_lines, unapproved_plan_section
from bot.report.status.proofs import proofs_section
from bot.report.status.sentence import state_sentence
from bot.report.text import bar, code, count_of, fit, plain

MOST_SKIPS_KEPT = 100
"""Requests to skip files that count, for as long as their comments are there, also without whoever wrote them."""


def status_comment(
    facts: Facts, status: Status, history: StatusHistory, working_on: Collection[int] = ()
) -> str:
    """`working_on`: the phases whose branches are being built right now."""
    head = _head(facts, status, history, working_on)
    parts = [
        (head, head),
        (phase_table(facts, status, working_on, 60), phase_table(facts, status, working_on, 5)),
        (checkboxes_section(facts, status), checkboxes_section(facts, status)),
        (unapproved_plan_section(facts, 40), unapproved_plan_section(facts, 5)),
        (
            plan_change_section(facts, status, history.plan_shape, history.plan_change, 40),
            plan_change_section(facts, status, history.plan_shape, history.plan_change, 5),
        ),
        (checks_section(facts, status), ""),
        (loose_ends_section(facts, 40), loose_ends_section(facts, 5)),
        (manual_work_section(facts, status, 60), manual_work_section(facts, status, 8)),
        (unmatched_section(facts, 40), unmatched_section(facts, 5)),
        (kept_mentions_section(facts.kept_mentions, facts.repo_url, facts.head, 12), ""),
        (proofs_section(status, history.proofs, 16_000), proofs_section(status, history.proofs, 3_000)),
        (burndown_section(history.burndown, history.most_remaining), ""),
        (criteria_section(facts), ""),
        (allowed_section(facts, 40), allowed_section(facts, 5)),
        (history_section(facts), ""),
        (_foot(facts, history), _foot(facts, history)),
    ]
    return fit(parts)


def _head(facts: Facts, status: Status, history: StatusHistory, working_on: Collection[int]) -> str:
    title = facts.plan.title if isinstance(facts.plan, Plan) else facts.title
    lines = [STATUS_MARKER, f"## {plain(title)}", state_sentence(facts, status, working_on)]
    if status.phases:
        whole = max(history.most_remaining, facts.references)
        lines.append(
            f"**{facts.references:,} of {count_of(whole, 'reference')} left** "
            f"on {code(facts.default_branch)} at {code(facts.head[:10])}  \n"
            f"{bar(whole - facts.references, whole)}"
        )
    lines += ["⚠️ " + unmerged_commits(branch) for branch in facts.branches_to_keep]
    lines += plan_origin_lines(facts, status)
    if facts.missing_features:
        lines.append("ℹ️ " + missing_features(facts.missing_features))
    return "\n\n".join(lines)


def _foot(facts: Facts, history: StatusHistory) -> str:
    points = [[round(point.at), point.remaining] for point in history.burndown]
    standing = [label for label in STANDING if label in facts.labels]
    return (
        "<sub>Drover keeps this comment up to date. Comment `/migrate help` for the commands.</sub>\n"
        + state_marker(
            {
                "burndown": points,
                "whole": history.most_remaining,
                "labels": standing,
                "open": facts.open,
                **({"skips": facts.skip_ids[-MOST_SKIPS_KEPT:]} if facts.skip_ids else {}),
                **_kept_source(history),
                **_kept_plan(history),
            }
        )
    )


def _kept_source(history: StatusHistory) -> Mapping[str, object]:
    kept = history.kept_plan.as_json()
    return {"source": kept} if kept else {}


def _kept_plan(history: StatusHistory) -> Mapping[str, object]:
    """What the next plan is compared with."""
    plan = {"plan": history.plan_shape.as_json()} if history.plan_shape else {}
    if history.plan_change is None:
        return plan
    return {**plan, "was": history.plan_change.before.as_json(), "changed": round(history.plan_change.at)}
