"""What would break at a commit once a phase has retired its modules."""

from __future__ import annotations

from bot.audit.breaking_uses import retirement_uses
from bot.decide.facts import BreakingUse
from bot.git.mirror import CommitTree, Mirror
from bot.migration.context import TurnContext
from bot.migration.plan_source import LoadedPlan
from bot.plan.plan import Phase, Plan


async def breaking_uses_at(
    context: TurnContext, planned: LoadedPlan, plan: Plan, phase: Phase, commit: str
) -> tuple[BreakingUse, ...]:
    found, key = context.shared.cache.breaking_uses, (context.info.id, commit, planned.digest, phase.number)
    if key not in found:
        count = await context.count(planned, plan, commit)

        def read(mirror: Mirror) -> tuple[BreakingUse, ...]:
            mirror.remote.ensure(commit)
            tree = CommitTree(mirror, commit)
            uses = retirement_uses(tree, plan, phase, context.shared.index, count.files_with_references)
            return uses.breaking

        found[key] = await context.with_mirror(read)
    return found[key]
