"""The audit of an issue: of its plan, or else of the replacements that it names, with a proposed plan."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.audit.audit import Progress, audit, plan_rules
from bot.audit.proposal import propose
from bot.decide.facts import PlanProblem
from bot.git.mirror import CommitTree, Mirror
from bot.migration.context import TurnContext
from bot.migration.owners import owners_at
from bot.migration.plan_source import LoadedPlan
from bot.plan.plan import Plan
from bot.report.audit.comment import audit_text
from codemods.model.rules import Replacement, Rules, Symbol

_PAIR = re.compile(r"(?<![\w.:])(?P<old>[\w.]+(?::\w+)?)=(?P<new>[\w.]+(?::\w+)?)(?![\w.:=])")


@dataclass(frozen=True)
class AuditText:
    text: str


@dataclass(frozen=True)
class NoReplacementNamed:
    """No plan, and nothing that says what replaces what."""


async def audit_issue(
    context: TurnContext, planned: LoadedPlan, body: str, progress: Progress | None = None
) -> AuditText | NoReplacementNamed | PlanProblem:
    plan, unapproved = planned.plan, planned.origin.unapproved
    if isinstance(plan, PlanProblem) and unapproved is not None:
        plan = unapproved.plan or plan  # to read it by, before it is approved
    if isinstance(plan, PlanProblem):
        return plan
    pairs = named_pairs(body)
    if plan is None and not pairs:
        return NoReplacementNamed()
    return AuditText(await context.with_mirror(lambda mirror: _text(mirror, context, plan, pairs, progress)))


def named_pairs(text: str) -> tuple[Replacement, ...]:
    """`pkg.mod:Old=pkg.new:New` anywhere in the text."""
    found = (_symbols(match["old"], match["new"]) for match in _PAIR.finditer(text))
    return tuple(dict.fromkeys(one for one in found if one is not None))


def _symbols(old: str, new: str) -> Replacement | None:
    if ("." not in old and ":" not in old) or (":" in old) != (":" in new):
        return None
    return Replacement(_symbol(old), _symbol(new))


def _symbol(text: str) -> Symbol:
    module, _, name = text.partition(":")
    return Symbol(module, name or None)


def _text(
    mirror: Mirror,
    context: TurnContext,
    plan: Plan | None,
    pairs: tuple[Replacement, ...],
    progress: Progress | None,
) -> str:
    tree, index = CommitTree(mirror, context.head), context.shared.index
    rules = plan_rules(plan) if plan else Rules.of(pairs)
    owners = owners_at(mirror, context.head)
    found = audit(tree, rules, plan, commit=context.head, owners=owners, progress=progress, index=index)
    proposed = None if plan else propose(tree, pairs, owners=owners, index=index)
    return audit_text(found, repo_url=context.info.html_url, proposed=proposed)
