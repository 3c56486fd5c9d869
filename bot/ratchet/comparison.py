"""What a head has that its base had not, and the rewrite of that."""

from __future__ import annotations

from bot.decide.ratchet import RatchetFindings, RatchetWatch, Subject
from bot.git.mirror import Mirror
from bot.github import Invalid, Unavailable
from bot.migration.context import TurnContext
from bot.ratchet.fix import FixRequest, LocalFix, build_fix
from bot.rewrite.uses import uses_added


async def compare_uses(
    context: TurnContext, subject: Subject, watched: RatchetWatch
) -> tuple[list[RatchetFindings], LocalFix]:
    base = subject.base or await _merge_base(context, subject.head)
    head, index = subject.head, context.shared.index

    def do(mirror: Mirror) -> tuple[list[RatchetFindings], LocalFix]:
        mirror.remote.ensure(base, head)
        found = [uses_added(mirror, guard, base, head, index) for guard in watched.migrations]
        return found, build_fix(
            mirror, found, FixRequest(head, context.info.full_name, context.identity), index
        )

    return await context.with_mirror(do)


async def _merge_base(context: TurnContext, head: str) -> str:
    """
    GitHub knows it without a history, but refuses to compare what differs a lot: git decides then. Where there is
    none in common, all that differs is new.
    """
    try:
        comparison = await context.repo.commits.compare(context.head, head)
    except (Invalid, Unavailable):
        found = await context.with_mirror(lambda mirror: mirror.remote.merge_base(context.head, head))
        return found or context.head
    return comparison.merge_base if comparison else context.head
