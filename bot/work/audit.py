"""What a person would spend days on: all that is known of a migration before anything is changed, as data."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from bot.decide.batches import batches
from bot.decide.owners import Owners
from bot.decide.phases import assign, settling
from bot.decide.plan import Phase, Plan
from bot.work.broken import Dangling, Namesake, dangling, namesakes
from bot.work.cycles import Cycle, cycles
from bot.work.index import BlobIndex
from bot.work.interfaces import Difference, Interface, Use, interface
from bot.work.member_uses import member_uses
from bot.work.outlines import Outlines
from bot.work.remembered import RememberedTree
from bot.work.rewrite import FileSites, scan
from codemods.modules import find_modules
from codemods.replacement import Replacement, Rules
from codemods.tree import Tree

Progress = Callable[[int, int], None]
MOST_FILES, MOST_LINES = 300, 20_000
"""What GitHub shows of a pull request."""


@dataclass(frozen=True)
class ModuleState:
    """A deprecated module as it stands."""

    name: str
    path: str
    state: Literal["implementation", "redirect", "not in this tree"]
    lines: int = 0
    classes: int = 0
    functions: int = 0


@dataclass(frozen=True)
class PhaseSize:
    number: int
    name: str
    files: int
    sites: int
    """That can be moved."""
    human: int
    batches: int
    lines: int
    """Changed, about: each site's line goes and comes."""

    @property
    def too_large(self) -> str:
        if self.files > MOST_FILES:
            return f"GitHub shows {MOST_FILES} files of a pull request"
        return f"GitHub shows {MOST_LINES:,} lines of a pull request" if self.lines > MOST_LINES else ""


@dataclass(frozen=True)
class Audit:
    title: str
    commit: str
    replace: tuple[Replacement, ...]
    tree_files: int
    python_files: int
    files: tuple[FileSites, ...]
    """Those with sites, by path."""
    unparsable: Mapping[str, str]
    modules: tuple[ModuleState, ...] = ()
    namesakes: tuple[Namesake, ...] = ()
    dangling: tuple[Dangling, ...] = ()
    interfaces: tuple[Interface, ...] = ()
    cycles: tuple[Cycle, ...] = ()
    cycles_whole: bool = True
    """False: so much is behind the new module that not all of it was looked at."""
    phases: tuple[PhaseSize, ...] = ()
    unmatched: tuple[str, ...] = ()
    """Files with sites that no phase has."""
    seconds: float = field(default=0.0, compare=False)

    @property
    def kinds(self) -> Counter[str]:
        return Counter(site.kind for file in self.files for site in file.sites)

    @property
    def sites(self) -> int:
        return sum(len(file.sites) for file in self.files)

    @property
    def human(self) -> int:
        return sum(not site.safe for file in self.files for site in file.sites)

    @property
    def by_folder(self) -> Counter[str]:
        return Counter({folder: sum(sizes.values()) for folder, sizes in self.folders().items()})

    @property
    def needs_human(self) -> bool:
        return bool(self.human or self.unparsable or self.dangling or self.cycles or self.unmatched)

    def folders(self) -> dict[str, dict[str, int]]:
        """Sites by folder and file."""
        found: dict[str, dict[str, int]] = {}
        for file in self.files:
            folder, _, name = file.path.rpartition("/")
            found.setdefault(folder, {})[name] = len(file.sites)
        return found


def plan_rules(plan: Plan) -> Rules:
    """All that the plan moves, whatever the phase."""
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
    """1. the sites  2. the modules and names around them  3. what callers would miss  4. cycles  5. the phases"""
    started = time.monotonic()
    tree = RememberedTree(tree, index) if index else tree
    found = scan(tree, rules, processes=processes, progress=progress, index=index)
    paths = [entry.path for entry in tree.entries()]
    outlines = Outlines(tree, find_modules(paths, rules.roots), index)
    files = tuple(found[path] for path in sorted(found) if found[path].sites)
    made, whole = new_cycles(tree, outlines, rules, files)
    return Audit(
        title=plan.title if plan else ", ".join(f"{one.old} becomes {one.new}" for one in rules.replace),
        commit=commit,
        replace=rules.replace,
        tree_files=len(paths),
        python_files=sum(path.endswith((".py", ".pyi")) for path in paths),
        files=files,
        unparsable={path: one.unparsable for path, one in sorted(found.items()) if one.unparsable},
        modules=tuple(module_states(outlines, rules)),
        namesakes=namesakes(tree, outlines, rules),
        dangling=dangling(tree, outlines, rules, index),
        interfaces=tuple(interfaces(tree, outlines, rules, files)),
        cycles=made,
        cycles_whole=whole,
        phases=tuple(phase_sizes(plan, files, paths, outlines, owners)) if plan else (),
        unmatched=unmatched_files(plan, files) if plan else (),
        seconds=time.monotonic() - started,
    )


def module_states(outlines: Outlines, rules: Rules) -> Iterable[ModuleState]:
    for name in dict.fromkeys(one.old.module for one in rules.replace):
        found = outlines.module(name)
        if found is None:
            yield ModuleState(name, "", "not in this tree")
            continue
        path, read = found
        functions = sum(member.kind == "function" for member in read.members)
        state: Literal["implementation", "redirect"] = "redirect" if read.redirect else "implementation"
        yield ModuleState(name, path, state, read.lines, len(read.classes), functions)


def new_cycles(
    tree: Tree, outlines: Outlines, rules: Rules, files: Sequence[FileSites]
) -> tuple[tuple[Cycle, ...], bool]:
    """A file that gets an import of the new module where the new module already leads to that file."""
    made: dict[tuple[str, ...], Cycle] = {}
    whole = True
    for one in rules.replace:
        target = outlines.module(one.new.module)
        callers = {file.path for file in files if moves_import(file, one)}
        if target and callers:
            found, complete = cycles(tree, outlines, target[0], callers)
            made.update({cycle.paths: cycle for cycle in found})
            whole = whole and complete
    return tuple(made.values()), whole


def moves_import(file: FileSites, one: Replacement) -> bool:
    old = str(one.old)
    return any(
        site.kind in ("import", "star") and (site.symbol == old or site.symbol.startswith(f"{old}:"))
        for site in file.sites
    )


def interfaces(
    tree: Tree, outlines: Outlines, rules: Rules, files: Sequence[FileSites]
) -> Iterable[Interface]:
    for one in rules.replace:
        compared = interface(outlines, one)
        if compared:
            yield with_uses(tree, outlines, one, compared, files)


def with_uses(
    tree: Tree, outlines: Outlines, one: Replacement, compared: Interface, files: Sequence[FileSites]
) -> Interface:
    """Only files that hold one of the members' names are read for it."""
    members = sorted({each.member for each in compared.differences} - {"", "__init__"})
    if not members:
        return compared
    callers = {file.path for file in files if any(site.symbol == str(one.old) for site in file.sites)}
    entries = [entry for entry in tree.entries() if entry.path in callers and entry.path.endswith(".py")]
    holding = tree.grep([f".{name}".encode() for name in members], entries)
    uses: dict[str, list[Use]] = {}
    for entry, data in tree.read(entry for entry in entries if entry.path in holding):
        bound = bound_names(outlines, entry.path, one)
        for name, lines in member_uses(data, one.old, bound, members).items():
            uses.setdefault(name, []).extend(Use(entry.path, line) for line in sorted(set(lines)))
    return replace(compared, differences=tuple(used(each, uses) for each in compared.differences))


def used(difference: Difference, uses: Mapping[str, list[Use]]) -> Difference:
    return replace(difference, uses=tuple(uses.get(difference.member, ())))


def bound_names(outlines: Outlines, path: str, one: Replacement) -> set[str]:
    """What the file calls the old one: by its imports, and where it defines it by its own name."""
    read = outlines.of([path])[path]
    return {brought.bound for brought in read.imports if brought.name == one.old.name} | {one.old.name or ""}


def phase_sizes(
    plan: Plan, files: Sequence[FileSites], paths: Sequence[str], outlines: Outlines, owners: Owners | None
) -> Iterable[PhaseSize]:
    found = {file.path: file for file in files}
    taken, settled = assign(plan, found), settling(plan, found)
    for phase in plan.phases:
        numbers = settled if phase.settle else taken
        mine = [found[path] for path, number in numbers.items() if number == phase.number]
        retired = [path for one in phase.retire for path in outlines.modules.paths.get(one.module, ())]
        cut = batches(plan, phase, [file.path for file in mine] + retired, owners)
        safe = [site for file in mine for site in file.sites if site.safe]
        lines = {(file.path, site.line) for file in mine for site in file.sites if site.safe}
        human = sum(len(file.sites) for file in mine) - len(safe)
        size = len({*(file.path for file in mine), *retired})
        yield PhaseSize(phase.number, phase.name, size, len(safe), human, len(cut), 2 * len(lines))


def unmatched_files(plan: Plan, files: Sequence[FileSites]) -> tuple[str, ...]:
    taken = assign(plan, [file.path for file in files])
    return tuple(file.path for file in files if file.path not in taken)
