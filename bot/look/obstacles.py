"""Obstacles to the end of a migration in a tree without references."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.audit.audit import plan_rules
from bot.audit.cycles import confirmed_path, reachable, really_imports
from bot.audit.misleading_names import dangling, namesakes
from bot.audit.outlines import Outlines
from bot.decide.facts import PhaseFacts, RemainingReference
from bot.git.mirror import CommitTree, Mirror
from bot.migration.context import TurnContext
from bot.plan.plan import Plan
from bot.revert.merge_step import merge_step
from bot.rewrite.blob_index import BlobIndex
from codemods.model.modules import find_modules
from codemods.model.rules import modules_of


async def find_obstacles(
    context: TurnContext, plan: Plan, digest: str, parts: Sequence[PhaseFacts]
) -> tuple[RemainingReference, ...]:
    """Once nothing is left to migrate: broken imports, second definitions, and new import cycles."""
    key = (context.info.id, context.head, digest)
    if key not in context.shared.cache.obstacles:
        before = await _before_all(context, parts)
        context.shared.cache.obstacles[key] = await context.with_mirror(
            lambda mirror: tuple(obstacles_in(mirror, plan, context.head, before, context.shared.index))
        )
    return context.shared.cache.obstacles[key]


async def _before_all(context: TurnContext, parts: Sequence[PhaseFacts]) -> str | None:
    """The commit that the first phase landed on."""
    merged = [one.pull for one in parts if one.pull is not None and one.pull.merge_sha]
    first = min(merged, key=lambda pull: (pull.ended_at or 0.0, pull.number), default=None)
    if first is None or first.merge_sha is None:
        return None
    return (await merge_step(context, first.number, first.merge_sha, None, "")).before


def obstacles_in(
    mirror: Mirror, plan: Plan, head: str, before: str | None, index: BlobIndex
) -> Iterator[RemainingReference]:
    rules = plan_rules(plan)
    tree, outlines = _outline_tree(mirror, plan, head, index)
    for import_ in dangling(tree, outlines, rules, index):
        there = f"; it is defined in {', '.join(import_.lives)}" if import_.lives else ""
        yield RemainingReference(
            import_.path,
            import_.line,
            "dangling import",
            f"{import_.module} doesn't define {import_.name}{there}",
        )
    for other in namesakes(tree, outlines, rules):
        yield RemainingReference(
            other.path, other.line, "second definition", f"{other.name} is also defined here"
        )
    cycles = _cycles(tree, outlines, plan)
    if cycles and before:
        mirror.remote.ensure(before)
        cycles -= _cycles(*_outline_tree(mirror, plan, before, index), plan)
    for cycle in sorted(cycles):
        yield RemainingReference(
            cycle[0], 1, "import cycle", "new since the migration began: " + " → ".join((*cycle, cycle[0]))
        )


def _outline_tree(mirror: Mirror, plan: Plan, commit: str, index: BlobIndex) -> tuple[CommitTree, Outlines]:
    tree = CommitTree(mirror, commit)
    modules = find_modules([entry.path for entry in tree.entries()], plan.roots, modules_of(plan.replace))
    return tree, Outlines(tree, modules, index)


def _cycles(tree: CommitTree, outlines: Outlines, plan: Plan) -> set[tuple[str, ...]]:
    """Those that a new module is part of."""
    targets = {outlines.module_outline(one.new.module) for one in plan.replace}
    return {way for target in targets if target for way in _cycles_through(tree, outlines, target[0])}


def _cycles_through(
    tree: CommitTree, outlines: Outlines, target: str, limit: int = 3000
) -> Iterator[tuple[str, ...]]:
    """From a module at module level to one that imports it; the shortest way to each."""
    graph, _ = reachable(tree, outlines.modules, target, limit)
    for path in sorted(graph):
        back = path != target and target in graph[path] and really_imports(outlines, path, target)
        if back and (way := confirmed_path(graph, outlines, target, path)):
            yield way
