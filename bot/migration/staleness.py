"""Whether a phase's open pull request is out of date, and why."""

from __future__ import annotations

from collections.abc import Collection

from bot.decide.facts import PhaseFacts
from bot.git.mirror import Mirror
from bot.git.repository import Repository
from bot.migration.branch_origin import BranchOrigin
from bot.migration.context import TurnContext
from bot.migration.owners import owners_at
from bot.migration.plan_source import LoadedPlan
from bot.migration.retirement import breaking_uses_at
from bot.plan.codeowners import CODEOWNERS_PATHS, Owners
from bot.plan.phase_files import files_of, phase_files, retired_files
from bot.plan.plan import Phase, Plan
from bot.plan.slices import Slice, slice_of

FILES_CHANGED = "its files changed on the default branch"
USES_CHANGED = "what still uses its modules changed"


async def outdated_reason(
    context: TurnContext, planned: LoadedPlan, facts: PhaseFacts, origin: BranchOrigin | None
) -> str:
    """Why the branch is to be regenerated; empty if a reviewer would see the same."""
    plan, pull = planned.plan, facts.pull
    if origin is None or not isinstance(plan, Plan):
        return ""
    if origin.plan_digest not in planned.digests_of(facts.phase):
        return "the plan changed"
    if pull is not None and pull.base_branch != context.info.default_branch:
        return "the default branch is another one"
    if origin.base == context.head:
        return ""
    if pull is not None and pull.mergeable is False:
        return "it has conflicts"
    known, key = context.shared.cache.changed_files, _key(context, planned, facts, origin)
    if key not in known:
        known[key] = await _have_files_changed(context, planned, plan, facts, origin)
    if known[key]:
        return FILES_CHANGED
    if (*key, "uses") not in known:
        known[(*key, "uses")] = await _have_uses_changed(context, planned, plan, facts.phase, origin)
    return USES_CHANGED if known[(*key, "uses")] else ""


def note_unchanged(
    context: TurnContext, planned: LoadedPlan, facts: PhaseFacts, origin: BranchOrigin
) -> None:
    """A regeneration would give the same branch: it stays, and with it people's approvals."""
    known, key = context.shared.cache.changed_files, _key(context, planned, facts, origin)
    known[key] = known[(*key, "uses")] = False


def _key(
    context: TurnContext, planned: LoadedPlan, facts: PhaseFacts, origin: BranchOrigin
) -> tuple[object, ...]:
    part = (facts.phase.number, facts.slice, origin.last_own_commit)
    return (context.info.id, origin.base, context.head, planned.digest, *part)


async def _have_files_changed(
    context: TurnContext, planned: LoadedPlan, plan: Plan, facts: PhaseFacts, origin: BranchOrigin
) -> bool:
    """Whether its own files changed, or other files so that something else is found in its own."""
    phase, one = facts.phase, facts.slice
    now = await context.count(planned, plan)
    commits = (origin.base, context.head, origin.last_own_commit)

    def is_touched(mirror: Mirror) -> bool:
        mirror.remote.ensure(origin.base, origin.last_own_commit)
        if not phase_is_touched(mirror, plan, phase, now.files_with_references, *commits):
            return False
        return not one.key or slice_is_touched(mirror, plan, phase, one, *commits)

    if await context.with_mirror(is_touched):
        return True
    before = await context.count(planned, plan, origin.base)
    return now.fingerprints.get(phase.number) != before.fingerprints.get(phase.number)


async def _have_uses_changed(
    context: TurnContext, planned: LoadedPlan, plan: Plan, phase: Phase, origin: BranchOrigin
) -> bool:
    """Whether retiring its modules would break something else than when its branch was built."""
    if not phase.retire:
        return False
    before, now = [
        await breaking_uses_at(context, planned, plan, phase, commit)
        for commit in (origin.base, context.head)
    ]
    return before != now


def phase_is_touched(
    repository: Repository, plan: Plan, phase: Phase, left: Collection[str], base: str, head: str, ours: str
) -> bool:
    """Whether a file that the phase changed, or has left to change, differs between two commits."""
    changed = {change.path for change in repository.diff(base, head)}
    made = {change.path for change in repository.diff(base, ours)}
    if changed & (made | set(CODEOWNERS_PATHS)):
        return True
    if phase.settle or plan.rules(phase).codemods:
        return not changed.isdisjoint(files_of(plan, phase, sorted(changed)))
    retired = retired_files(plan, phase, [entry.path for entry in repository.entries(head)])
    return not changed.isdisjoint((*phase_files(plan, phase, changed & set(left)), *retired))


def slice_is_touched(
    repository: Repository, plan: Plan, phase: Phase, one: Slice, base: str, head: str, ours: str
) -> bool:
    """Whether a file of the slice changed between two commits, or the slice got others; `ours` is what was made of it."""
    changed = [change.path for change in repository.diff(base, head)]
    owners = owners_at(repository, head) or Owners(())
    if any(slice_of(owners.of(path)) == one for path in phase_files(plan, phase, changed)):
        return True
    if not set(CODEOWNERS_PATHS) & set(changed):
        return False
    before = owners_at(repository, base) or Owners(())
    lost = (change.path for change in repository.diff(base, ours))
    if any(slice_of(owners.of(path)) != one for path in lost):
        return True
    paths = phase_files(plan, phase, [entry.path for entry in repository.entries(head)])
    return any(slice_of(owners.of(path)) == one != slice_of(before.of(path)) for path in paths)
