"""What is left of each phase at a commit."""

from __future__ import annotations

import hashlib
import pickle
import zlib
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.audit.account import account_of, kept_mentions
from bot.decide.facts import KeptMentions, RemainingReference, RemainingWork
from bot.decide.ratchet import DeprecatedUse
from bot.git.mirror import CommitTree
from bot.git.repository import Repository
from bot.migration.owners import owners_at
from bot.plan.codeowners import Owners
from bot.plan.digest import plan_digests
from bot.plan.phase_files import assign_phases, assign_settling_phases, retired_files
from bot.plan.plan import Phase, Plan
from bot.plan.slices import Slice, files_by_slice
from bot.rewrite.blob_index import BlobIndex
from bot.rewrite.file_result import FileSites
from bot.rewrite.incremental_scan import ScanResult, scan_incrementally
from bot.rewrite.rewrite import rewrite
from bot.rewrite.uses import allowed_uses
from codemods.model.pickles import load_pickle
from codemods.model.rules import Rules
from codemods.model.tree import Entry

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class MigrationCount:
    commit: str
    phases: Mapping[int, RemainingWork]
    unmatched_files: Mapping[str, int]
    """Files that belong to no phase, with their references."""
    unparsable_files: Mapping[str, str]
    files_with_references: frozenset[str] = frozenset()
    """Files with something left to migrate."""
    allowed_uses: tuple[DeprecatedUse, ...] = ()
    """Uses that somebody allowed with a reason. They count as the others do."""
    slices: Mapping[int, Mapping[Slice, RemainingWork]] = field(default_factory=dict)
    """Of the phases that are split, what is left of each slice."""
    fingerprints: Mapping[int, str] = field(default_factory=dict)
    """Of each phase, what its sites are and where: another one where something else would be made of a file, which
    need not have changed itself."""
    kept_mentions: tuple[KeptMentions, ...] = ()
    """What stays of the old names, and why."""
    by_owner: Mapping[str, int] | None = None
    """The references in the files of each owner; None without CODEOWNERS."""


@dataclass(frozen=True)
class FileCount:
    remaining: RemainingWork
    fingerprint: int = 0
    """What was found in it, and where."""


Tally = dict[int, dict[str, FileCount]]
"""What is left of each phase, file by file."""


@dataclass(frozen=True)
class KeptCount:
    """A count as it is kept, for the one after it."""

    commit: str
    tally: Tally
    unmatched_files: Mapping[str, int]
    unparsable_files: Mapping[str, str]
    files_with_references: frozenset[str]
    allowed_uses: tuple[DeprecatedUse, ...]
    retired_files: frozenset[str]
    """The files of the modules to retire: after a change in them, everything is counted again."""


def count_references(
    repository: Repository,
    plan: Plan,
    commit: str,
    *,
    processes: int = 1,
    progress: Progress | None = None,
    index: BlobIndex | None = None,
) -> MigrationCount:
    """One scan for references, one more if aliases are to be settled; retirements file by file."""
    tree = CommitTree(repository, commit)
    scanned = scan_incrementally(tree, _rules(plan), processes=processes, progress=progress, index=index)
    before = _last_count(index, plan)
    followed = _updated_count(tree, plan, before, scanned) if before else None
    result = followed or _full_count(tree, plan, scanned.sites_by_file, index, processes)
    if index is not None and result != before:
        index.put(_key(plan), pickle.dumps(result))
    owners = owners_at(repository, commit)
    return MigrationCount(
        commit,
        {number: _sum(each) for number, each in result.tally.items()},
        dict(sorted(result.unmatched_files.items())),
        {path: result.unparsable_files[path] for path in sorted(result.unparsable_files)},
        result.files_with_references,
        tuple(sorted(result.allowed_uses, key=lambda use: (use.path, use.line, use.column))),
        {
            phase.number: _remaining_by_slice(phase, result.tally[phase.number], owners)
            for phase in plan.phases
            if phase.split
        },
        {number: _fingerprint(each) for number, each in result.tally.items()},
        kept_mentions(account_of(tree, _rules(plan), scanned, index)),
        _by_owner(result, owners) if owners else None,
    )


def _by_owner(kept: KeptCount, owners: Owners) -> Mapping[str, int]:
    """The most first; a file with several owners counts for each of them."""
    found: Counter[str] = Counter()
    for files in (kept.unmatched_files, *map(_references, kept.tally.values())):
        for path, references in files.items():
            for owner in owners.of(path) or ("",):
                found[owner] += references
    return {owner: many for owner, many in found.most_common() if many}


def _references(tally: Mapping[str, FileCount]) -> Mapping[str, int]:
    return {path: one.remaining.references for path, one in tally.items() if one.remaining.references}


def _fingerprint(tally: Mapping[str, FileCount]) -> str:
    fingerprints = [(path, tally[path].fingerprint) for path in sorted(tally)]
    return hashlib.sha256(repr(fingerprints).encode(errors="surrogatepass")).hexdigest()


def _full_count(
    tree: CommitTree, plan: Plan, found: Mapping[str, FileSites], index: BlobIndex | None, processes: int
) -> KeptCount:
    paths = [entry.path for entry in tree.entries()]
    tally: Tally = {phase.number: {} for phase in plan.phases}
    unmatched, unparsable = _sort_into_phases(plan, found, tally)
    _count_aliases(tree, plan, tally, found, paths, index, processes)
    retiring: set[str] = set()
    for phase in plan.phases:
        if phase.retire:
            retiring.update(
                _count_retirements(tree, plan, phase, tally[phase.number], paths, index, processes)
            )
    files = frozenset(path for path, sites in found.items() if sites.sites)
    allowed = allowed_uses(tree, found)
    return KeptCount(tree.commit, tally, unmatched, unparsable, files, allowed, frozenset(retiring))


def _sort_into_phases(
    plan: Plan, found: Mapping[str, FileSites], tally: Tally
) -> tuple[dict[str, int], dict[str, str]]:
    """Each file into its phase's tally; those that no phase takes, and those that can't be read."""
    taken = assign_phases(plan, found)
    unmatched, unparsable = {}, {}
    for path, sites in found.items():
        if sites.unparsable:
            unparsable[path] = sites.unparsable
        elif sites.sites and path in taken:
            tally[taken[path]][path] = _file_count(path, sites)
        elif sites.sites:
            unmatched[path] = len(sites.sites)
    return unmatched, unparsable


# What changed since the count before


def _key(plan: Plan) -> bytes:
    return b"count 4 " + plan_digests(plan)[0].encode()


def _last_count(index: BlobIndex | None, plan: Plan) -> KeptCount | None:
    return load_pickle(index.get(_key(plan)), KeptCount) if index is not None else None


def _updated_count(tree: CommitTree, plan: Plan, before: KeptCount, scanned: ScanResult) -> KeptCount | None:
    """None if more than the files that changed may count otherwise now."""
    if (
        scanned.changes is None
        or before.commit != scanned.previous_commit
        or any(one.settle for one in plan.phases)
    ):
        return None
    changed = {
        change.path: Entry(change.path, change.new_blob, change.new_mode) for change in scanned.changes
    }
    if not changed.keys().isdisjoint(before.retired_files):
        return None
    now = {path: scanned.sites_by_file[path] for path in changed if path in scanned.sites_by_file}
    tally = {
        number: {path: one for path, one in each.items() if path not in changed}
        for number, each in before.tally.items()
    }
    unmatched, unparsable = _sort_into_phases(plan, now, tally)
    return KeptCount(
        tree.commit,
        tally,
        {path: many for path, many in before.unmatched_files.items() if path not in changed} | unmatched,
        {path: why for path, why in before.unparsable_files.items() if path not in changed} | unparsable,
        before.files_with_references - changed.keys() | {path for path, sites in now.items() if sites.sites},
        (
            *(use for use in before.allowed_uses if use.path not in changed),
            *allowed_uses(tree, now, [changed[path] for path in now]),
        ),
        before.retired_files,
    )


def _sum(tally: Mapping[str, FileCount]) -> RemainingWork:
    each = [tally[path].remaining for path in sorted(tally)]
    return RemainingWork(
        sum(one.files for one in each),
        sum(one.automatic for one in each),
        tuple(reference for one in each for reference in one.manual),
        sum(one.tasks for one in each),
    )


def _remaining_by_slice(
    phase: Phase, tally: Mapping[str, FileCount], owners: Owners | None
) -> Mapping[Slice, RemainingWork]:
    shares = files_by_slice(phase, tally, owners)
    return {one: _sum({path: tally[path] for path in paths}) for one, paths in shares.items()}


def _rules(plan: Plan) -> Rules:
    return replace(plan.rules(Phase(0, "")), codemods=())


def _file_count(path: str, found: FileSites) -> FileCount:
    safe = sum(1 for site in found.sites if site.safe)
    manual = tuple(
        RemainingReference(path, site.line, site.kind, site.note, site.symbol)
        for site in found.sites
        if not site.safe
    )
    return FileCount(
        RemainingWork(1, safe, manual), zlib.crc32(repr(found.sites).encode(errors="surrogatepass"))
    )


def _count_aliases(
    tree: CommitTree,
    plan: Plan,
    tally: Tally,
    references: Mapping[str, FileSites],
    paths: Sequence[str],
    index: BlobIndex | None,
    processes: int,
) -> None:
    """What `as` and `alias` left behind is left for the phase that settles it; references are counted already."""
    if not any(phase.settle for phase in plan.phases):
        return
    taken = assign_settling_phases(plan, paths)
    rules = replace(_rules(plan), settle=True)
    found = scan_incrementally(tree, rules, processes=processes, index=index).sites_by_file
    for path, sites in found.items():
        number, known = taken.get(path), references[path].sites if path in references else ()
        left = tuple(site for site in sites.sites if site not in known)
        if number is not None and left and not sites.unparsable:
            one = _file_count(path, replace(sites, sites=left))
            tally[number][path] = replace(one, remaining=replace(one.remaining, tasks=one.remaining.total))


def _count_retirements(
    tree: CommitTree,
    plan: Plan,
    phase: Phase,
    tally: dict[str, FileCount],
    paths: Sequence[str],
    index: BlobIndex | None,
    processes: int,
) -> Collection[str]:
    """A module that isn't a redirect yet, or isn't removed yet, counts as one more thing left."""
    files = retired_files(plan, phase, paths)
    if not files:
        return files
    for result in rewrite(tree, plan.rules(phase), files, processes=processes, index=index):
        if result.status == "changed" or result.reason:
            known = tally.get(result.path, FileCount(RemainingWork()))
            before = known.remaining
            count = replace(before, files=1, automatic=before.automatic + 1, tasks=before.tasks + 1)
            tally[result.path] = FileCount(count, known.fingerprint)
    return files
