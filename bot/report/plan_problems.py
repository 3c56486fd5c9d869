"""Why an issue has no plan that can be used, though there is one: whose word it is, or whose plan."""

from __future__ import annotations

from collections.abc import Sequence

from bot.decide.facts import PlanProblem, UnapprovedPlan
from bot.decide.plan_file import OtherIssuesFile
from bot.markers.hidden import PlanApproval
from bot.report.text import code, short_digest


def several_files(paths: Sequence[str]) -> PlanProblem:
    listed = ", ".join(map(code, paths))
    return PlanProblem(f"There are several plans: {listed}. Name one of them in this issue's text.")


def taken_file(taken: OtherIssuesFile, issue: int) -> PlanProblem:
    return PlanProblem(
        f"Next: name another file in this issue's text, or write `issue: {issue}` into {code(taken.path)} to use it here.",
        f"**#{taken.owner} has the plan {code(taken.path)}.** A plan belongs to one issue, so nothing runs here.",
    )


def awaits_approval(unapproved: UnapprovedPlan) -> PlanProblem:
    return PlanProblem(
        "Next: somebody with write access reads it and comments `/migrate approve`, or ticks the box below.",
        f"**The plan isn't approved.** @{unapproved.by} wrote it and can't write to this repository, so nothing of it runs.",
    )


def lost_plan(approval: PlanApproval) -> PlanProblem:
    plan = f"The plan {code(short_digest(approval.digest))} that @{approval.by} approved"
    return PlanProblem(
        "Next: write the plan into this issue's text again, or into a file in `.github/migrations/`.",
        f"**{plan} isn't in this issue's text or history any more.**",
    )
