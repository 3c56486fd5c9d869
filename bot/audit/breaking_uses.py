"""What would break when a module is retired: calls and members that its replacement can't serve, file by file."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from bot.decide.facts import BreakingUse
from bot.plan.plan import Phase, Plan
from bot.rewrite.blob_index import BlobIndex
from codemods.edit.file_rewrite import FileRewrite
from codemods.link.callees import Callees
from codemods.link.interfaces.interface_change import compare_interfaces
from codemods.link.misfits.all_misfits import LATER_KINDS, may_misfit, misfits_in
from codemods.link.misfits.names_in_file import names_of_definition
from codemods.model.facts import BASE_CLASS
from codemods.model.modules import Modules, find_modules
from codemods.model.rules import Replacement, Rules, modules_of, resolve_chains
from codemods.model.tree import Tree
from codemods.read.source import Unreadable, read_source
from codemods.rewrites.new_interfaces import MISFIT
from codemods.scan.definitions import ParsedModules
from codemods.scan.joint_changes import link_joint_changes
from codemods.scan.survey import survey_tree


@dataclass(frozen=True)
class RetirementUses:
    """What still uses the modules that a phase retires."""

    references: tuple[tuple[str, int], ...] = ()
    """File and line of what still refers to what they replace."""
    breaking: tuple[BreakingUse, ...] = ()
    """What would fail."""


def retirement_uses(
    tree: Tree,
    plan: Plan,
    phase: Phase,
    index: BlobIndex | None = None,
    files_with_references: Collection[str] | None = None,
) -> RetirementUses:
    """`files_with_references`: those that still use something deprecated, if they are known already."""
    retired = {one.module for one in phase.retire}
    rules = [replace(one, calls=None) for one in resolve_chains(plan.replace) if one.old.module in retired]
    paths = [entry.path for entry in tree.entries()]
    modules = find_modules(paths, plan.roots, modules_of(plan.replace))
    own = {path for module in retired for path in modules.paths_by_name.get(module, ())}
    references: list[tuple[str, int]] = []
    found: list[BreakingUse] = []
    if files_with_references is None or not own.issuperset(files_with_references):
        references, found = uses_left(tree, Rules(tuple(rules), roots=plan.roots), index, own)
    found += [use for use in uses_of_new_classes(tree, rules, modules) if use.path not in own]
    by_place = sorted(set(found), key=lambda use: (use.path, use.line, use.problem))
    return RetirementUses(tuple(sorted(set(references))), tuple(by_place))


def uses_left(
    tree: Tree, rules: Rules, index: BlobIndex | None, own: Collection[str]
) -> tuple[list[tuple[str, int]], list[BreakingUse]]:
    """A redirect adapts no calls: each has to fit the new symbol as it is."""
    survey = survey_tree(tree, rules, index, check=index is not None)
    links = link_joint_changes(survey)
    references: list[tuple[str, int]] = []
    found: list[BreakingUse] = []
    for path in sorted(survey.facts.keys() - own):
        if survey.facts[path].unreadable or not (sites := survey.sites_in(path, links)):
            continue
        references += [(path, site.line) for site in sites]
        file = survey.decide(path, links)
        found += breaking_in(file)
    return references, found


def breaking_in(file: FileRewrite) -> Iterator[BreakingUse]:
    for misfit in (*file.misfits, *file.interface_misfits):
        where, _, problem = misfit.partition(": ")
        yield BreakingUse(file.path, int(where.removeprefix("line ")), problem)
    calling = {
        (one.line, one.column)
        for one in file.facts.mentions
        if one.call is not None or one.flags & BASE_CLASS
    }
    for site in file.sites:
        if not site.safe and (site.kind == MISFIT or (site.line, site.column) in calling):
            yield BreakingUse(file.path, site.line, site.note)


def uses_of_new_classes(tree: Tree, rules: Sequence[Replacement], modules: Modules) -> Iterator[BreakingUse]:
    """Where the uses have come to the new class already, under whatever name, and can't be served by it."""
    python = [entry for entry in tree.entries() if entry.path.endswith(".py")]
    parsed = ParsedModules(tree, {entry.path: entry for entry in python}, modules)
    callees = Callees(parsed, modules)
    for change in compare_interfaces(Rules(tuple(rules)), callees).changes.values():
        name = change.new_symbol.name or ""
        naming = tree.grep([name.encode()], python)
        for entry, data in tree.read(entry for entry in python if entry.path in naming):
            source = read_source(data)
            if isinstance(source, Unreadable) or not may_misfit(source.text, change):
                continue
            names = names_of_definition(source.tree, entry.path, callees, change.new_symbol)
            for misfit in misfits_in(source.tree, change, names, LATER_KINDS) if names else ():
                if misfit.is_certain:
                    yield BreakingUse(entry.path, misfit.line, misfit.problem)
