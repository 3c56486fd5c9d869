"""Calls that call something else than the new symbol, and those that can follow while other uses of the name can't."""

from __future__ import annotations

from collections.abc import Sequence

from codemods.edit.calls.call_plan import use_trouble
from codemods.edit.file_rewrite import FileRewrite
from codemods.edit.file_view import ImportBinding
from codemods.edit.imports.import_statements import NewAlias
from codemods.link.symbol_match import CallTarget, SymbolMatch, call_target
from codemods.model.facts import ANNOTATION, IMPORT, Mention
from codemods.rewrites.rename import is_public, is_reexported


def calls_another(file: FileRewrite, match: SymbolMatch) -> bool:
    """Whether calls go to a function or a class beside the new symbol."""
    target = call_target(file.links.rule_of(match))
    return target is not None and not target.is_new_symbol


def is_call(use: Mention) -> bool:
    return use.call is not None and not use.attributes


def calls_of(file: FileRewrite, binding: ImportBinding) -> list[Mention]:
    return [use for use in file.mentions(binding.scope, binding.name) if is_call(use)]


def retarget_trouble(file: FileRewrite, binding: ImportBinding, match: SymbolMatch) -> str:
    target, calls = call_target(file.links.rule_of(match)), calls_of(file, binding)
    if target is None or not calls or target.is_new_symbol or local_target(file, binding, target, calls):
        return ""
    return f"{target.name} already means something else here"


def local_target(
    file: FileRewrite, binding: ImportBinding, target: CallTarget, calls: Sequence[Mention]
) -> str:
    """The name that the target can have where it is called; empty where that means something else."""
    name = target.name
    if file.is_shadowed(name, calls, binding.scope):
        return ""
    if target.module in file.module_names:
        return name if name in file.facts.scopes[0].bindings else ""
    same = imports_of_target(file, binding, target)
    return name if same or file.is_free(name, binding.scope) else ""


def imports_of_target(file: FileRewrite, binding: ImportBinding, target: CallTarget) -> list[ImportBinding]:
    """Imports of the very symbol in the same block, before the one that is replaced."""
    same = file.bindings_by_name.get((binding.scope, target.name), [])
    origin = (*target.module.split("."), target.name)
    here = file.statement(binding)
    return [
        other
        for other in same
        if len(same) == 1
        and other.origin == origin
        and not other.binds_root
        and file.roles(binding.scope, target.name) == {IMPORT}
        and file.statement(other).column == here.column
        and file.statement(other).flags == here.flags
    ]


def retarget_calls(file: FileRewrite, binding: ImportBinding, match: SymbolMatch) -> None:
    if calls_another(file, match):
        move_calls(file, binding, match, calls_of(file, binding))


def move_calls(
    file: FileRewrite, binding: ImportBinding, match: SymbolMatch, calls: Sequence[Mention]
) -> None:
    """These calls call the target by its own name, which is imported beside the old one."""
    target = call_target(file.links.rule_of(match))
    if target is None or not calls:
        return
    for use in calls:
        file.retargeted.add(use.start)
        file.replace(use.start, use.end, target.name)
    if target.module not in file.module_names and not imports_of_target(file, binding, target):
        new = NewAlias(file.module_as_written(target.module, file.statement(binding)), target.name)
        file.add_statement(binding, new.statement, new)


def calls_alone_follow(file: FileRewrite, binding: ImportBinding, match: SymbolMatch) -> bool:
    """Whether the name is used for nothing but calls, which call something else."""
    if not calls_another(file, match) or not calls_of(file, binding):
        return False
    uses = [use for use in file.mentions(binding.scope, binding.name) if use.role != IMPORT]
    offered = binding.scope == 0 and (is_reexported(file, binding.name) or is_public(file, binding.name))
    if offered or not all(is_call(use) for use in uses):
        return False
    file.add_calls(uses, match)
    return True


# ---- uses that stay


def uses_that_stay(
    file: FileRewrite, match: SymbolMatch, uses: Sequence[Mention]
) -> list[tuple[Mention, str]]:
    """The uses that need manual work, each with the reason."""
    troubles = [(use, use_trouble(file, match, use, 0)) for use in uses if use.role != IMPORT]
    return [(use, trouble) for use, trouble in troubles if trouble]


def has_members_to_change(file: FileRewrite, match: SymbolMatch) -> bool:
    """Whether what calls give is used by members that have another name in the new class: they stay with the old one."""
    found = (file.links.rules.members[use.rule_number] for use in file.links.members.get(file.path, ()))
    old = file.links.rule_of(match).old
    return any(one.owner == old and one.new_owner is not None for one in found)


def keep_name(file: FileRewrite, binding: ImportBinding, match: SymbolMatch) -> None:
    """The name stays for uses that need manual work, which are reported in its place. Its other calls follow if it is
    used for nothing else, and what they give needs no other change."""
    uses = [use for use in file.mentions(binding.scope, binding.name) if use.role != IMPORT]
    staying = uses_that_stay(file, match, uses)
    for use, trouble in staying:
        file.add_site_at(use, "call" if use.call else "use", match, trouble)
    stuck = [use for use, _ in staying]
    calls = [use for use in uses if is_call(use) and use not in stuck]
    others = [use for use in uses if not is_call(use) and use not in stuck and not use.flags & ANNOTATION]
    target = call_target(file.links.rule_of(match))
    may_move = bool(calls) and not others and not has_members_to_change(file, match)
    if may_move and target is not None and local_target(file, binding, target, calls):
        move_calls(file, binding, match, calls)
        file.add_calls(calls, match)
