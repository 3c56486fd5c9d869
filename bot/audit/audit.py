"""The audit of a migration: everything known about it before anything is changed, as data."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.audit.account import Account, account_of
from bot.audit.cache import KeptAudit, keep_audit, reusable_audit, updated_sizes
from bot.audit.guesses import Guesses
from bot.audit.interfaces import Interface
from bot.audit.misleading_names import DanglingImport, Namesake
from bot.audit.surroundings import ModuleState, find_surroundings
from bot.git.mirror import CommitTree
from bot.plan.batches import cut_batches
from bot.plan.codeowners import Owners
from bot.plan.phase_files import assign_phases, assign_settling_phases
from bot.plan.plan import Phase, Plan
from bot.plan.pull_size import PullSize, exceeded_limits
from bot.plan.slices import files_by_slice
from bot.rewrite.blob_index import BlobIndex
from bot.rewrite.cached_tree import CachedTree
from bot.rewrite.file_result import FileSites
from bot.rewrite.incremental_scan import ScanResult, scan_incrementally
from codemods.model.rules import Replacement, Rules
from codemods.model.tree import Tree
from codemods.scan.mentions import MentionGroup

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class PhaseSize:
    number: int
    name: str
    files: int
    sites: int
    """Those of a settling phase are counted in the phase that migrates them."""
    manual: int
    """Of these, those that need manual work."""
    batches: int
    lines: int
    """Changed lines, estimated: each reference's line is removed and added."""
    pulls: int = 1
    """Pull requests: more than one where owners split it."""
    largest: PullSize = field(default_factory=lambda: PullSize(0, 0))
    """The pull request that exceeds most of GitHub's limits, or has the most files."""

    @property
    def too_large(self) -> str:
        return "; ".join(exceeded_limits(self.largest))


@dataclass(frozen=True)
class Audit:
    title: str
    commit: str
    replace: tuple[Replacement, ...]
    tree_files: int
    python_files: int
    files: tuple[FileSites, ...]
    """Files with references, by path."""
    unparsable: Mapping[str, str]
    modules: tuple[ModuleState, ...] = ()
    namesakes: tuple[Namesake, ...] = ()
    dangling: tuple[DanglingImport, ...] = ()
    interfaces: tuple[Interface, ...] = ()
    guesses: tuple[Guesses, ...] = ()
    phases: tuple[PhaseSize, ...] = ()
    unmatched: tuple[str, ...] = ()
    """Files with references that belong to no phase."""
    account: Account = field(default_factory=dict)
    """What is left of the old names, and why."""
    seconds: float = field(default=0.0, compare=False)

    @property
    def kinds(self) -> Counter[str]:
        return Counter(site.kind for file in self.files for site in file.sites)

    @property
    def sites(self) -> int:
        return sum(len(file.sites) for file in self.files)

    @property
    def manual_sites(self) -> int:
        return sum(not site.safe for file in self.files for site in file.sites)

    @property
    def needs_manual_work(self) -> bool:
        return bool(self.manual_sites or self.unparsable or self.dangling or self.unmatched)

    @property
    def cycles(self) -> tuple[tuple[str, ...], ...]:
        """The import cycles that files would close: each imports the next, and the last the first."""
        return tuple(dict.fromkeys(file.import_cycle for file in self.files if file.import_cycle))

    @property
    def mentions(self) -> tuple[MentionGroup, ...]:
        return tuple(group for groups in self.account.values() for group in groups)

    @property
    def mentions_by_outcome(self) -> Counter[str]:
        counts: Counter[str] = Counter()
        for group in self.mentions:
            counts[group.outcome] += group.count
        return counts

    def folders(self) -> dict[str, dict[str, int]]:
        """References by folder and file."""
        found: dict[str, dict[str, int]] = {}
        for file in self.files:
            folder, _, name = file.path.rpartition("/")
            found.setdefault(folder, {})[name] = len(file.sites)
        return found


def describe_rules(rules: Rules) -> str:
    """What is replaced by what."""
    return ", ".join(
        [f"{one.old} → {one.new}" for one in rules.replace] + [f"{one} → {one.new}" for one in rules.members]
    )


def plan_rules(plan: Plan) -> Rules:
    """The rules of all phases together."""
    return replace(plan.rules(Phase(0, "")), settle=False, retire=(), codemods=())


def audit(
    tree: Tree,
    rules: Rules,
    plan: Plan | None = None,
    *,
    commit: str = "",
    owners: Owners | None = None,
    processes: int = 1,
    progress: Progress | None = None,
    index: BlobIndex | None = None,
) -> Audit:
    """1. the sites  2. what is around them: modules, names, interfaces  3. the phases

    With an index, what did not change since the audit before is not looked at again.
    """
    started = time.monotonic()
    scanned = scan_incrementally(tree, rules, processes=processes, progress=progress, index=index)
    files = tuple(one for _, one in sorted(scanned.sites_by_file.items()) if one.sites)
    kept = audit_to_keep(tree, rules, plan, scanned, files, index)
    surroundings = kept.surroundings
    if index and isinstance(tree, CommitTree):
        keep_audit(rules, plan, kept, index)
    return Audit(
        title=plan.title if plan else describe_rules(rules),
        commit=commit,
        replace=rules.replace,
        tree_files=kept.sizes[0],
        python_files=kept.sizes[1],
        files=files,
        unparsable={
            path: one.unparsable for path, one in sorted(scanned.sites_by_file.items()) if one.unparsable
        },
        modules=surroundings.modules,
        namesakes=surroundings.namesakes,
        dangling=surroundings.dangling,
        interfaces=surroundings.interfaces,
        guesses=surroundings.guesses,
        phases=tuple(phase_sizes(plan, files, surroundings.files_to_retire, owners)) if plan else (),
        unmatched=unmatched_files(plan, files) if plan else (),
        account=account_of(tree, rules, scanned, index),
        seconds=time.monotonic() - started,
    )


def audit_to_keep(
    tree: Tree,
    rules: Rules,
    plan: Plan | None,
    scanned: ScanResult,
    files: Sequence[FileSites],
    index: BlobIndex | None,
) -> KeptAudit:
    """The last audit's findings if no later change affects them, else new ones."""
    commit = tree.commit if isinstance(tree, CommitTree) else ""
    last = reusable_audit(tree, rules, plan, scanned, index) if index else None
    if last is not None and scanned.changes is not None:
        return KeptAudit(commit, last.surroundings, updated_sizes(last.sizes, scanned.changes))
    searched = scanned.searched_tree or (CachedTree(tree, index) if index else tree)
    surroundings = find_surroundings(searched, rules, plan, files, index)
    return KeptAudit(commit, surroundings, tree_sizes(tree))


def tree_sizes(tree: Tree) -> tuple[int, int]:
    """Files, and Python files among them."""
    paths = [entry.path for entry in tree.entries()]
    return len(paths), sum(path.endswith((".py", ".pyi")) for path in paths)


def phase_sizes(
    plan: Plan, files: Sequence[FileSites], retiring: Mapping[str, Sequence[str]], owners: Owners | None
) -> Iterable[PhaseSize]:
    files_by_path = {file.path: file for file in files}
    assigned, settled = assign_phases(plan, files_by_path), assign_settling_phases(plan, files_by_path)
    for phase in plan.phases:
        numbers = settled if phase.settle else assigned
        phase_files = [files_by_path[path] for path, number in numbers.items() if number == phase.number]
        retired = [path for one in phase.retire for path in retiring.get(one.module, ())]
        paths = [*(file.path for file in phase_files), *retired]
        shares = files_by_slice(phase, paths, owners)
        parts = [part_size(plan, phase, files_by_path, share) for share in shares.values()]
        counted = () if phase.settle else tuple(site for file in phase_files for site in file.sites)
        manual = sum(not site.safe for site in counted)
        yield PhaseSize(
            phase.number,
            phase.name,
            len(set(paths)),
            len(counted),
            manual,
            sum(part.commits for part in parts),
            sum(part.lines for part in parts),
            max(len(parts), 1),
            max(parts, key=lambda part: (len(exceeded_limits(part)), part.files), default=PullSize(0, 0)),
        )


def part_size(
    plan: Plan, phase: Phase, sites_by_file: Mapping[str, FileSites], paths: Sequence[str]
) -> PullSize:
    sites = (
        (path, site)
        for path in paths
        if path in sites_by_file
        for site in sites_by_file[path].sites
        if site.safe
    )
    lines = {(path, site.line) for path, site in sites}
    return PullSize(len(paths), 2 * len(lines), commits=len(cut_batches(plan, phase, paths)))


def unmatched_files(plan: Plan, files: Sequence[FileSites]) -> tuple[str, ...]:
    phases = assign_phases(plan, [file.path for file in files])
    return tuple(file.path for file in files if file.path not in phases)
