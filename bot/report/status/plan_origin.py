"""Whose plan is in use, what of it doesn't count, and a plan that waits for somebody's approval."""

from __future__ import annotations

from bot.decide.facts import Facts, PlanProblem, UnapprovedPlan
from bot.decide.status import State, Status
from bot.plan.plan import Plan
from bot.report.text import bounded_list, code, count_of, fold, plain, short_digest


def plan_origin_lines(facts: Facts, status: Status) -> list[str]:
    origin, lines = facts.plan_origin, []
    if origin.unapproved is not None and isinstance(facts.plan, Plan):
        lines.append(f"⚠️ {_edited_text(facts, status, origin.unapproved)}")
    if origin.ignored_keys:
        keys = ", ".join(map(code, origin.ignored_keys))
        lines.append(
            f"ℹ️ {keys} {'counts' if len(origin.ignored_keys) == 1 else 'count'} only in a plan file. "
            "Next: put the plan into `.github/migrations/<name>.yml` on the default branch."
        )
    if origin.file and origin.ignores_block:
        lines.append(f"ℹ️ The plan is {code(origin.file)}: the block in this issue's text doesn't count.")
    return lines


def _edited_text(facts: Facts, status: Status, unapproved: UnapprovedPlan) -> str:
    approval = facts.plan_origin.approval
    by = f" that @{approval.by} approved" if approval else ""
    numbers = [phase.number for phase in status.phases if phase.state in (State.OPEN, State.STARTING)]
    who = f"phase {numbers[0]}" if len(numbers) == 1 else "the migration"
    if not unapproved.digest:
        return f"@{unapproved.by} removed the plan from this issue's text; {who} goes on with the plan{by}."
    if isinstance(unapproved.plan, PlanProblem):
        return f"@{unapproved.by} edited the plan, and it has errors now; {who} goes on with the plan{by}."
    return (
        f"@{unapproved.by} edited the plan; {who} goes on with the plan{by}. "
        "`/migrate approve` takes the new one."
    )


def unapproved_plan_section(facts: Facts, most: int) -> str:
    """What the plan says, for whoever is to approve it."""
    unapproved = facts.plan_origin.unapproved
    if unapproved is None or unapproved.plan is None:
        return ""
    if isinstance(unapproved.plan, PlanProblem):
        return fold(f"The plan that @{unapproved.by} wrote has errors", unapproved.plan.text)
    summary = f"The plan that @{unapproved.by} wrote, {short_digest(unapproved.digest)}"
    return fold(summary, "\n\n".join(_plan_text(unapproved.plan, most)))


def _plan_text(plan: Plan, most: int) -> list[str]:
    replaced = [f"- {code(str(one.old))} → {code(str(one.new))}" for one in plan.replace]
    phases = [
        f"- Phase {one.number} ({plain(one.name)}): "
        + (", ".join(map(code, one.paths[:10])) or count_of(len(one.retire), "module") + " to retire")
        for one in plan.phases
    ]
    codemods = [f"- the codemod {code(one.name)}" for one in plan.codemods]
    return [
        f"**{plain(plan.title)}**",
        bounded_list([*replaced, *codemods], most),
        bounded_list(phases, most),
    ]
