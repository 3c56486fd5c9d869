"""A plan's phases made as local branches, one on top of the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from bot.decide.phases import check_plan
from bot.decide.plan import Phase, Plan, PlanErrors
from bot.work.index import BlobIndex
from bot.work.local import Local, may_move
from bot.work.making import Making, make_phase
from bot.work.outlines import Outlines
from codemods.modules import find_modules
from codemods.replacement import modules_of

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Applied:
    phase: Phase
    branch: str
    making: Making
    ending: Literal["made", "the same as before", "nothing to change"]


@dataclass(frozen=True)
class Refused:
    """Nothing was changed."""

    why: str


def branch_of(slug: str, phase: int) -> str:
    return f"drover/{slug}/phase-{phase}"


def plan_errors(
    local: Local, plan: Plan, numbers: Sequence[int], index: BlobIndex | None
) -> PlanErrors | None:
    tree = local.tree
    paths = [entry.path for entry in tree.entries()]
    outlines = Outlines(tree, find_modules(paths, plan.roots, modules_of(plan.replace)), index)
    return check_plan(plan, paths, outlines.defined, numbers)


def make_phases(
    local: Local,
    plan: Plan,
    numbers: Sequence[int],
    *,
    processes: int = 1,
    index: BlobIndex | None = None,
    progress: Callable[[Phase], Progress | None] = lambda phase: None,
) -> tuple[Making, ...] | Refused:
    """1. every phase's commits, each on the one before  2. may their branches be set?

    Only objects are written, that no branch leads to.
    """
    makings: list[Making] = []
    head = local.commit
    for phase in (phase for phase in plan.phases if phase.number in numbers):
        making = make_phase(
            local.repository,
            plan,
            phase,
            head,
            origin=plan.slug,
            processes=processes,
            index=index,
            progress=progress(phase),
            owners=local.owners() if phase.split else None,
        )
        makings.append(making)
        head = making.head
    for making in makings:
        branch = branch_of(plan.slug, making.made.phase.number)
        why = may_move(local.repository, f"refs/heads/{branch}", local.commit) if making.commits else ""
        if why:
            return Refused(f"the branch {branch} can't be set: {why}")
    return tuple(makings)


def set_branch(local: Local, plan: Plan, making: Making) -> Applied:
    phase = making.made.phase
    branch = branch_of(plan.slug, phase.number)
    ref = f"refs/heads/{branch}"
    if not making.commits:
        return Applied(phase, branch, making, "nothing to change")
    old = local.repository.refs(ref).get(ref)
    if old == making.head:
        return Applied(phase, branch, making, "the same as before")
    if not local.repository.update_ref(ref, making.head, old):
        raise RuntimeError(f"{ref} was moved by somebody else just now")
    return Applied(phase, branch, making, "made")
