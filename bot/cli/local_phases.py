"""Build a plan's phases as local branches, one on top of the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from bot.audit.outlines import Outlines
from bot.cli.errors import CommandError
from bot.cli.local_repository import LocalCheckout, may_move
from bot.decide.phase_result import PhaseResult
from bot.git.mirror import CommitTree
from bot.git.repository import Repository
from bot.markers.trailers import migration_trailer
from bot.plan.codeowners import Owners
from bot.plan.phase_files import check_plan, files_of, retired_files
from bot.plan.plan import Phase, Plan, PlanErrors
from bot.plan.slices import WHOLE_PHASE, Slice, files_by_slice
from bot.publish.phase_commits import BuiltPhase, Finish, PhaseRequest, build_phase
from bot.report.text import inert
from bot.rewrite.blob_index import BlobIndex
from bot.rewrite.scan import scan
from codemods.model.modules import find_modules
from codemods.model.rules import modules_of

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class AppliedPhase:
    phase: Phase
    branch: str
    built: BuiltPhase
    ending: Literal["made", "the same as before", "nothing to change"]


def branch_of(slug: str, made: PhaseResult) -> str:
    of = f"-{made.slice.key}" if made.slice.key else ""
    return f"drover/{slug}/phase-{made.phase.number}{of}"


def plan_errors(
    local: LocalCheckout, plan: Plan, numbers: Sequence[int], index: BlobIndex | None
) -> PlanErrors | None:
    tree = local.tree
    paths = [entry.path for entry in tree.entries()]
    outlines = Outlines(tree, find_modules(paths, plan.roots, modules_of(plan.replace)), index)
    return check_plan(plan, paths, outlines.is_defined, numbers)


def make_phases(
    local: LocalCheckout,
    plan: Plan,
    numbers: Sequence[int],
    *,
    processes: int = 1,
    index: BlobIndex | None = None,
    progress: Callable[[Phase], Progress | None] = lambda phase: None,
    finish: Finish | None = None,
) -> tuple[BuiltPhase, ...]:
    """Every phase's commits, each on top of the one before; raises `CommandError` if a branch can't be set.

    The slices of a phase are side by side, and the next phase is on top of all of them. No branch is set yet.
    """
    built_phases: list[BuiltPhase] = []
    head = local.commit
    for phase in (phase for phase in plan.phases if phase.number in numbers):
        owners = local.owners() if phase.split else None
        slices = [
            build_phase(
                local.repository,
                PhaseRequest(
                    plan, phase, head, plan.slug, local.identity, slice=part, owners=owners, finish=finish
                ),
                processes=processes,
                index=index,
                progress=progress(phase),
            )
            for part in slices_of(local.repository, plan, phase, head, owners, index)
        ]
        built_phases += slices
        head = all_of(local, plan, head, [one for one in slices if one.commits])
    for built in built_phases:
        branch = branch_of(plan.slug, built.made)
        why = may_move(local.repository, f"refs/heads/{branch}", local.commit) if built.commits else ""
        if why:
            raise CommandError(f"the branch {branch} can't be set: {why}")
    return tuple(built_phases)


def slices_of(
    repository: Repository,
    plan: Plan,
    phase: Phase,
    head: str,
    owners: Owners | None,
    index: BlobIndex | None,
) -> Sequence[Slice]:
    """Those that have something to migrate, or something that needs manual work."""
    if owners is None:
        return (WHOLE_PHASE,)
    paths = files_of(plan, phase, [entry.path for entry in repository.entries(head)])
    shares = files_by_slice(phase, paths, owners)
    tree, rules = CommitTree(repository, head), plan.rules(phase)
    found = {
        path for path, one in scan(tree, rules, paths, index=index).items() if one.sites or one.unparsable
    }
    found |= set(retired_files(plan, phase, paths))
    return [one for one, mine in shares.items() if found.intersection(mine)] or (WHOLE_PHASE,)


def all_of(local: LocalCheckout, plan: Plan, base: str, slices: Sequence[BuiltPhase]) -> str:
    """The commit that the next phase starts from: a merge of all slices, if there are several."""
    if len(slices) < 2:
        return slices[0].head if slices else base
    repository, tree = local.repository, base
    for one in slices:
        tree = repository.merge_tree(base, tree, one.head).tree
    subject = inert(f"{plan.title}: all of {slices[0].made.phase.name}")
    message = f"{subject}\n\n{migration_trailer(plan.slug)}\n"
    return repository.commit_tree(
        tree, [one.head for one in slices], message, local.identity.at(repository, base)
    )


def set_branch(local: LocalCheckout, plan: Plan, built: BuiltPhase) -> AppliedPhase:
    phase = built.made.phase
    branch = branch_of(plan.slug, built.made)
    ref = f"refs/heads/{branch}"
    if not built.commits:
        return AppliedPhase(phase, branch, built, "nothing to change")
    old = local.repository.refs(ref).get(ref)
    if old == built.head:
        return AppliedPhase(phase, branch, built, "the same as before")
    if not local.repository.update_ref(ref, built.head, old):
        raise RuntimeError(f"{ref} was moved by another program just now")
    return AppliedPhase(phase, branch, built, "made")
