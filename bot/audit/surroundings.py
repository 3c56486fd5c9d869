"""What surrounds the references of a migration: deprecated modules, misleading names, interface differences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from bot.audit.guesses import Guesses, guess_changes
from bot.audit.interfaces import Difference, Interface, MemberUse, compare_interfaces
from bot.audit.member_uses import member_uses
from bot.audit.misleading_names import DanglingImport, Namesake, dangling, namesakes
from bot.audit.outlines import Outlines
from bot.plan.plan import Plan
from bot.rewrite.blob_index import BlobIndex
from bot.rewrite.file_result import FileSites
from codemods.model.modules import find_modules
from codemods.model.rules import Replacement, Rules, modules_of
from codemods.model.tree import Tree


@dataclass(frozen=True)
class ModuleState:
    """The current state of a deprecated module."""

    name: str
    path: str
    state: Literal["implementation", "redirect", "not in this tree"]
    lines: int = 0
    classes: int = 0
    functions: int = 0


@dataclass(frozen=True)
class Surroundings:
    """What was found around the references, and what it was read from."""

    modules: tuple[ModuleState, ...]
    namesakes: tuple[Namesake, ...]
    dangling: tuple[DanglingImport, ...]
    interfaces: tuple[Interface, ...]
    guesses: tuple[Guesses, ...]
    """What calls and members probably become."""
    files_read: frozenset[str]
    """The files whose definitions it rests on."""
    files_to_retire: Mapping[str, tuple[str, ...]]
    """The files of the modules to retire."""


def find_surroundings(
    tree: Tree, rules: Rules, plan: Plan | None, files: Sequence[FileSites], index: BlobIndex | None
) -> Surroundings:
    paths = [entry.path for entry in tree.entries()]
    outlines = Outlines(tree, find_modules(paths, rules.roots, modules_of(rules.replace)), index)
    retired = [one.module for phase in plan.phases for one in phase.retire] if plan else []
    return Surroundings(
        modules=tuple(module_states(outlines, rules)),
        namesakes=namesakes(tree, outlines, rules),
        dangling=dangling(tree, outlines, rules, index),
        interfaces=tuple(interfaces(tree, outlines, rules, files)),
        guesses=tuple(all_guesses(tree, outlines, rules)),
        files_read=outlines.files_read,
        files_to_retire={module: outlines.modules.paths_by_name.get(module, ()) for module in retired},
    )


def module_states(outlines: Outlines, rules: Rules) -> Iterable[ModuleState]:
    for name in dict.fromkeys(one.old.module for one in rules.replace):
        module = outlines.module_outline(name)
        if module is None:
            yield ModuleState(name, "", "not in this tree")
            continue
        path, outline = module
        functions = sum(member.kind == "function" for member in outline.members)
        state: Literal["implementation", "redirect"] = "redirect" if outline.is_redirect else "implementation"
        yield ModuleState(name, path, state, outline.lines, len(outline.classes), functions)


def interfaces(
    tree: Tree, outlines: Outlines, rules: Rules, files: Sequence[FileSites]
) -> Iterable[Interface]:
    for one in rules.replace:
        compared = compare_interfaces(outlines, one)
        if compared:
            yield with_member_uses(tree, one, compared, files)


def all_guesses(tree: Tree, outlines: Outlines, rules: Rules) -> Iterable[Guesses]:
    found = (guess_changes(tree, outlines, one) for one in rules.replace)
    return (one for one in found if one is not None)


def with_member_uses(
    tree: Tree, replacement: Replacement, compared: Interface, files: Sequence[FileSites]
) -> Interface:
    """Only files that hold one of the members' names are read for it."""
    members = sorted({each.member for each in compared.differences} - {"", "__init__"})
    if not members:
        return compared
    callers = {file.path for file in files if any(site.symbol == str(replacement.old) for site in file.sites)}
    entries = [entry for entry in tree.entries() if entry.path in callers and entry.path.endswith(".py")]
    holding = tree.grep([f".{name}".encode() for name in members], entries)
    uses: dict[str, list[MemberUse]] = {}
    for entry, data in tree.read(entry for entry in entries if entry.path in holding):
        for name, lines in member_uses(data, replacement.old, members).items():
            uses.setdefault(name, []).extend(MemberUse(entry.path, line) for line in sorted(set(lines)))
    return replace(compared, differences=tuple(with_found_uses(each, uses) for each in compared.differences))


def with_found_uses(difference: Difference, uses: Mapping[str, list[MemberUse]]) -> Difference:
    return replace(difference, uses=tuple(uses.get(difference.member, ())))
