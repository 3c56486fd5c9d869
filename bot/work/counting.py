"""What is left of each phase at a commit: the count that everything on the issue is told from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.decide.facts import Count, Left
from bot.decide.owners import Owners
from bot.decide.phases import assign, settling
from bot.decide.plan import Phase, Plan
from bot.decide.ratchet import Use
from bot.decide.slices import Slice, sliced
from bot.mirror import CommitTree, Repository
from bot.work.again import scan_again
from bot.work.index import BlobIndex
from bot.work.making import retired_files
from bot.work.owners import owners_for
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
    slices: Mapping[int, Mapping[Slice, Count]] = field(default_factory=dict)
    """Of the phases that are split, what is left of each slice."""


Tally = dict[int, dict[str, Count]]
"""What is left of each phase, file by file."""


def count(
    repository: Repository, plan: Plan, commit: str, *, processes: int = 1, index: BlobIndex | None = None
) -> Counted:
    """One scan for what is to be moved, one more where aliases are to be settled; retirements file by file."""
    tree = CommitTree(repository, commit)
    paths = [entry.path for entry in tree.entries()]
    rules = _rules(plan)
    found = scan_again(tree, rules, processes=processes, index=index).found
    taken = assign(plan, paths)
    tally: Tally = {phase.number: {} for phase in plan.phases}
    unmatched, unparsable = [], {}
    for path, sites in found.items():
        if sites.unparsable:
            unparsable[path] = sites.unparsable
        elif sites.sites and path in taken:
            tally[taken[path]][path] = _counted(path, sites)
        elif sites.sites:
            unmatched.append(path)
    _settling(tree, plan, tally, paths, index, processes)
    for phase in plan.phases:
        if phase.retire:
            _retiring(tree, plan, phase, tally[phase.number], paths, index)
    files = frozenset(path for path, sites in found.items() if sites.sites)
    owners = owners_for(repository, commit, plan)
    return Counted(
        commit,
        {number: _sum(each.values()) for number, each in tally.items()},
        tuple(sorted(unmatched)),
        unparsable,
        files,
        allowed_uses(tree, found),
        {phase.number: _by_slice(phase, tally[phase.number], owners) for phase in plan.phases if phase.split},
    )


def _sum(counts: Iterable[Count]) -> Count:
    each = list(counts)
    human = tuple(left for one in each for left in one.human)
    return Count(sum(one.files for one in each), sum(one.sites for one in each), human)


def _by_slice(phase: Phase, tally: Mapping[str, Count], owners: Owners | None) -> Mapping[Slice, Count]:
    shares = sliced(phase, tally, owners)
    return {one: _sum(tally[path] for path in paths) for one, paths in shares.items()}


def _rules(plan: Plan) -> Rules:
    return replace(plan.rules(Phase(0, "")), codemods=())


def _counted(path: str, found: FileSites) -> Count:
    safe = sum(1 for site in found.sites if site.safe)
    human = tuple(Left(path, site.line, site.kind, site.note) for site in found.sites if not site.safe)
    return Count(1, safe, human)


def _settling(
    tree: CommitTree,
    plan: Plan,
    tally: Tally,
    paths: Sequence[str],
    index: BlobIndex | None,
    processes: int,
) -> None:
    """What `as` and `alias` left behind is left for the phase that settles it."""
    if not any(phase.settle for phase in plan.phases):
        return
    taken = settling(plan, paths)
    rules = replace(_rules(plan), settle=True)
    found = scan_again(tree, rules, processes=processes, index=index).found
    for path, sites in found.items():
        number = taken.get(path)
        if number is not None and sites.sites and not sites.unparsable:
            tally[number][path] = _counted(path, sites)


def _retiring(
    tree: CommitTree,
    plan: Plan,
    phase: Phase,
    tally: dict[str, Count],
    paths: Sequence[str],
    index: BlobIndex | None,
) -> None:
    """A module that is to be a redirect and is none yet, or that is to go and is there, is one more thing left."""
    files = retired_files(plan, phase, paths)
    if not files:
        return
    for result in rewrite(tree, plan.rules(phase), files, index=index):
        if result.status == "changed" or result.reason:
            before = tally.get(result.path, Count())
            tally[result.path] = Count(before.files + 1, before.sites + 1, before.human)
