"""A proposed plan: phases by risk, derived from the tree; valid as printed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from bot.audit.cycles import imported_files
from bot.audit.doubts import Doubts, quote_yaml, scalar
from bot.audit.guesses import guess_changes
from bot.audit.misleading_names import importers as names_taken
from bot.audit.outlines import Outlines
from bot.audit.undefined_names import undefined_names
from bot.plan.batches import cut_batches
from bot.plan.codeowners import Owners
from bot.plan.file_kinds import APPLICATION, kind_of_file
from bot.plan.plan import Phase, Plan
from bot.plan.propose_phases import ProposedPhase, proposed_phases
from bot.plan.pull_size import PullSize, exceeded_limits
from bot.rewrite.blob_index import BlobIndex
from bot.rewrite.cached_tree import CachedTree
from bot.rewrite.file_result import FileSites
from bot.rewrite.scan import scan
from codemods.model.modules import Modules, find_modules
from codemods.model.rules import Replacement, Rules, modules_of
from codemods.model.tree import Entry, Tree

Progress = Callable[[int, int], None]


def propose(
    tree: Tree,
    replacements: Sequence[Replacement],
    *,
    roots: tuple[str, ...] | None = None,
    owners: Owners | None = None,
    processes: int = 1,
    progress: Progress | None = None,
    index: BlobIndex | None = None,
) -> str:
    """1. the sites  2. how much depends on each file  3. phases  4. what can be retired  5. all of it as YAML"""
    tree = CachedTree(tree, index) if index else tree
    paths = [entry.path for entry in tree.entries()]
    modules = find_modules(paths, roots, modules_of(replacements))
    outlines = Outlines(tree, modules, index)
    names = undefined_names(tree, outlines, replacements, index)
    every = (*replacements, *(one.replacement for one in names if one.replacement))
    rules = Rules.of(every, strings=True, docs=True, roots=roots)
    sites_by_file = {
        path: one
        for path, one in scan(tree, rules, processes=processes, progress=progress, index=index).items()
        if one.sites
    }
    phases = proposed_phases(sites_by_file, importers(tree, modules, sites_by_file, index), paths)
    retired = retirements(tree, outlines, rules, index)
    known = (guess_changes(tree, outlines, one) for one in rules.replace)
    doubts = Doubts({one.old: one for one in known if one is not None}, names)
    return "\n".join(plan_lines(rules, sites_by_file, phases, retired, owners, doubts)) + "\n"


def importers(
    tree: Tree, modules: Modules, files: Iterable[str], index: BlobIndex | None = None
) -> Mapping[str, int]:
    """How many modules of the application import each of these files."""
    counts = dict.fromkeys(files, 0)
    for _, targets in imports_of(tree, modules, index):
        for target in targets & counts.keys():
            counts[target] += 1
    return counts


def imports_of(tree: Tree, modules: Modules, index: BlobIndex | None) -> Iterator[tuple[Entry, set[str]]]:
    sources = [
        entry
        for entry in tree.entries()
        if entry.path.endswith(".py") and kind_of_file(entry.path) == APPLICATION
    ]
    for entry, data in tree.read(sources):
        yield entry, imported_files(data, entry, modules)


def retirements(
    tree: Tree, outlines: Outlines, rules: Rules, index: BlobIndex | None
) -> list[tuple[str, str]]:
    """Each deprecated module of the tree with what may become of it: redirect, removed, or why neither. A name that
    it merely imports counts where others import it from there."""
    found = []
    for module in dict.fromkeys(one.old.module for one in rules.replace):
        module_outline = outlines.module_outline(module)
        if module_outline is None:
            continue
        replaced = {one.old.name for one in rules.replace if one.old.module == module}
        public = [
            m.name for m in module_outline[1].members if m.kind != "import" and not m.name.startswith("_")
        ]
        imported = {name for names in names_taken(tree, outlines, module, index).values() for name in names}
        others = sorted({*public, *imported} - replaced)
        if None not in replaced and others:
            names = ", ".join(others[:5]) + (f" and {len(others) - 5} more" if len(others) > 5 else "")
            found.append((module, f"can't be retired yet: nothing replaces {names}"))
        else:
            found.append((module, "removed" if module_outline[1].is_redirect else "redirect"))
    return found


def plan_lines(
    rules: Rules,
    sites_by_file: Mapping[str, FileSites],
    phases: Sequence[ProposedPhase],
    retired: Sequence[tuple[str, str]],
    owners: Owners | None,
    doubts: Doubts,
) -> Iterator[str]:
    yield f"title: {scalar(title(rules))}"
    yield "replace:"
    for one in rules.replace:
        yield f"  - old: {scalar(str(one.old))}{doubts.why(one.old)}"
        yield f"    new: {scalar(str(one.new))}"
        yield f"    style: {one.style}"
        yield from doubts.guess_lines(one.old)
    for member in rules.members:
        yield f"  - old: {scalar(str(member))}"
        yield f"    new: {scalar(f'{member.owner}.{member.new}')}"
    yield from doubts.unclear_lines()
    also = [
        name for name, kinds in ALSO.items() if any(has_kind(file, kinds) for file in sites_by_file.values())
    ]
    if also:
        yield f"also: [{', '.join(also)}]"
    if rules.roots is not None:
        yield f"roots: [{', '.join(quote_yaml(root or '.') for root in rules.roots)}]"
    references = sum(len(file.sites) for file in sites_by_file.values())
    yield f"# {counted_noun(len(sites_by_file), 'file')} with {counted_noun(references, 'reference')}"
    yield "phases:"
    for number, phase in enumerate(phases, 1):
        yield from phase_lines(number, phase, rules, sites_by_file, owners)
    if not phases:
        yield "  - name: Everything"
        yield '    paths: ["**"]'
    yield from retirement_lines(retired)
    yield from doubts.dead_lines()


ALSO = {"strings": ("string", "patch"), "docs": ("doc",)}


def has_kind(file: FileSites, kinds: tuple[str, ...]) -> bool:
    return any(site.kind in kinds for site in file.sites)


def phase_lines(
    number: int,
    phase: ProposedPhase,
    rules: Rules,
    sites_by_file: Mapping[str, FileSites],
    owners: Owners | None,
) -> Iterator[str]:
    size = 10 if len(phase.files) <= 100 else 25
    shown = Phase(number, phase.name, phase.patterns, size)
    count = len(cut_batches(Plan("", "", rules.replace, (shown,)), shown, phase.files, owners))
    sites = sum(len(sites_by_file[path].sites) for path in phase.files)
    yield f"  - name: {scalar(phase.name)}"
    if phase.why:
        yield f"    # {phase.why}"
    amounts = {"file": len(phase.files), "reference": sites, "commit": count}
    yield f"    # {', '.join(counted_noun(number, word) for word, number in amounts.items())}"
    lines = {(path, site.line) for path in phase.files for site in sites_by_file[path].sites if site.safe}
    for why in exceeded_limits(PullSize(len(phase.files), 2 * len(lines), commits=count)):
        yield f"    # {why}"
    yield from pattern_lines(phase.patterns)
    if size != 10:
        yield f"    batch: {size}"
    whose = {owners.of(path) for path in phase.files} if owners else set()
    if len(whose) > 1:
        yield f"    # split: owners   # one pull request for each of {len(whose)} owners in CODEOWNERS"


def pattern_lines(patterns: Sequence[str]) -> Iterator[str]:
    line = ", ".join(quote_yaml(pattern) for pattern in patterns)
    if len(line) <= 90:
        yield f"    paths: [{line}]"
        return
    yield "    paths:"
    yield from (f"      - {quote_yaml(pattern)}" for pattern in patterns)


def retirement_lines(retired: Sequence[tuple[str, str]]) -> Iterator[str]:
    ready = [(module, to) for module, to in retired if to in ("redirect", "removed")]
    if ready:
        yield "  - name: Retirement"
        yield "    retire:"
        for module, to in ready:
            yield f"      - {{module: {scalar(module)}, to: {to}}}"
    for module, why in retired:
        if (module, why) not in ready:
            yield f"# {module} {why}"


def title(rules: Rules) -> str:
    changes = [change_title(one) for one in rules.replace]
    changes += [f"{one.owner.name}.{one.old} → {one.new}" for one in rules.members]
    line = ", ".join(changes)
    return line if len(line) <= 120 else f"{changes[0]} and {len(changes) - 1} more"


def change_title(one: Replacement) -> str:
    """By the plain names, or, where these are the same, with their modules."""
    old, new = one.old.name or one.old.module, one.new.name or one.new.module
    if old == new:
        old, new = (str(symbol).replace(":", ".") for symbol in (one.old, one.new))
    return f"{old} → {new}"


def counted_noun(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def slug_of(name: str) -> str:
    """A plan's short name, from its file."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", PurePosixPath(name).stem).strip("-.") or "plan"
