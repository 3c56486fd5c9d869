"""What is left of each phase at a commit: the count that everything on the issue is told from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot.decide.facts import Count, Left
from bot.decide.phases import assign, settling
from bot.decide.plan import Phase, Plan
from bot.decide.ratchet import Use
from bot.mirror import CommitTree, Repository
from bot.work.again import scan_again
from bot.work.index import BlobIndex
from bot.work.making import retired_files
from bot.work.rewrite import FileSites, rewrite
from bot.work.uses import allowed_uses
from codemods.replacement import Rules


@dataclass(frozen=True)
class Counted:
    commit: str
    phases: Mapping[int, Count]
    unmatched: tuple[str, ...]
    unparsable: Mapping[str, str]
    files: frozenset[str] = frozenset()
    """Those with something left."""
    allowed: tuple[Use, ...] = ()
    """Uses that somebody allowed with a reason. They count as the others do."""


def count(
    repository: Repository, plan: Plan, commit: str, *, processes: int = 1, index: BlobIndex | None = None
) -> Counted:
    """One scan for what is to be moved, one more where aliases are to be settled; retirements file by file."""
    tree = CommitTree(repository, commit)
    paths = [entry.path for entry in tree.entries()]
    rules = _rules(plan)
    found = scan_again(tree, rules, processes=processes, index=index).found
    taken = assign(plan, paths)
    counts = {phase.number: Count() for phase in plan.phases}
    unmatched, unparsable = [], {}
    for path, sites in found.items():
        if sites.unparsable:
            unparsable[path] = sites.unparsable
        elif sites.sites and path in taken:
            counts[taken[path]] = _added(counts[taken[path]], path, sites)
        elif sites.sites:
            unmatched.append(path)
    counts = _settling(tree, plan, counts, paths, index, processes)
    for phase in plan.phases:
        if phase.retire:
            counts[phase.number] = _retiring(tree, plan, phase, counts[phase.number], paths, index)
    files = frozenset(path for path, sites in found.items() if sites.sites)
    return Counted(commit, counts, tuple(sorted(unmatched)), unparsable, files, allowed_uses(tree, found))


def _rules(plan: Plan) -> Rules:
    return replace(plan.rules(Phase(0, "")), codemods=())


def _added(count: Count, path: str, found: FileSites) -> Count:
    safe = sum(1 for site in found.sites if site.safe)
    human = tuple(Left(path, site.line, site.kind, site.note) for site in found.sites if not site.safe)
    return Count(count.files + 1, count.sites + safe, count.human + human)


def _settling(
    tree: CommitTree,
    plan: Plan,
    counts: dict[int, Count],
    paths: Sequence[str],
    index: BlobIndex | None,
    processes: int,
) -> dict[int, Count]:
    """What `as` and `alias` left behind is left for the phase that settles it."""
    if not any(phase.settle for phase in plan.phases):
        return counts
    taken = settling(plan, paths)
    rules = replace(_rules(plan), settle=True)
    found = scan_again(tree, rules, processes=processes, index=index).found
    for path, sites in found.items():
        number = taken.get(path)
        if number is not None and sites.sites and not sites.unparsable:
            counts[number] = _added(counts[number], path, sites)
    return counts


def _retiring(
    tree: CommitTree, plan: Plan, phase: Phase, so_far: Count, paths: Sequence[str], index: BlobIndex | None
) -> Count:
    """A module that is to be a redirect and is none yet, or that is to go and is there, is one more thing left."""
    files = retired_files(plan, phase, paths)
    if not files:
        return so_far
    results = rewrite(tree, plan.rules(phase), files, index=index)
    waiting = [result for result in results if result.status == "changed" or result.reason]
    return Count(so_far.files + len(waiting), so_far.sites + len(waiting), so_far.human)
