"""`m.Old` in all the forms in which a module can be named, and modules that are migrated as a whole."""

from __future__ import annotations

from codemods.edit.file_rewrite import FileRewrite
from codemods.edit.file_view import ImportBinding
from codemods.edit.module_or_none import is_module_or_none
from codemods.edit.module_uses import (
    ModuleUse,
    is_reached_elsewhere,
    module_uses,
    report_use,
    trouble_of,
    without_trouble,
)
from codemods.model.facts import STORE, Mention
from codemods.read.run_time_names.evaluated_names import is_word_in_strings
from codemods.rewrites.call_changes.retarget import calls_another
from codemods.rewrites.dotted_imports import move_dotted
from codemods.rewrites.examples import attributes as attributes_examples
from codemods.rewrites.module_aliases import can_replace, import_beside, keep_named, module_reached
from codemods.rewrites.rename import is_in_doctest, is_quoted_below


def decide(file: FileRewrite) -> None:
    for (scope, name), bindings in file.bindings_by_name.items():
        group = [b for b in bindings if not is_symbol(file, b)]
        if scope and name in file.facts.scopes[scope].declared and not moves_under_its_name(group):
            report_declared(file, scope, name, group)
        elif group:
            decide_group(file, scope, name, group)


def moves_under_its_name(group: list[ImportBinding]) -> bool:
    """Whether a whole module moves whose name stays: nothing that is taken of it has to change."""
    return all(one.match is not None and one.match.new_name is None and not one.binds_root for one in group)


def report_declared(file: FileRewrite, scope: int, name: str, group: list[ImportBinding]) -> None:
    """`def f(): global m; import m`: what is used elsewhere is there only once the function has run."""
    trouble = f"{name} is imported in a function that declares it {file.facts.scopes[scope].declared[name]}"
    for one in group:
        if one.match is not None and one.match.new_name is None:
            file.add_alias_site(one, one.match, trouble)
    home = file.facts.binding_scope(name, scope)
    if (home, name) not in file.bindings_by_name:
        for use in module_uses(file, home, name, group[0].origin)[0]:
            report_use(file, use, trouble)


def is_symbol(file: FileRewrite, binding: ImportBinding) -> bool:
    """Those are decided by their names, not by what is reached through them."""
    return not binding.binds_root and binding.match is not None and binding.match.new_name is not None


def decide_group(file: FileRewrite, scope: int, name: str, group: list[ImportBinding]) -> None:
    parts = group[0].origin
    uses, others = module_uses(file, scope, name, parts)
    for origin in {one.origin for one in group} - {parts} if not uses else ():
        uses += module_uses(file, scope, name, origin)[0]
    whole_module = [
        binding for binding in group if binding.match is not None and binding.match.new_name is None
    ]
    if not uses and not whole_module:
        return
    trouble = ""
    if any((binding.origin, binding.binds_root) != (parts, group[0].binds_root) for binding in group) or len(
        group
    ) < len(file.bindings_by_name[(scope, name)]):
        trouble = f"{name} is imported from several modules"
    elif is_quoted_below(file, scope, name, [use.mention for use in uses]):
        trouble = f"a string names {name}, which the module binds as well"
    elif (not whole_module or group[0].binds_root) and is_read_below(
        file, scope, name, [use.mention for use in uses]
    ):
        trouble = f"a string names {name}, which a function around it imports"
    elif whole_module and group[0].binds_root and file.is_used_in_code(name):
        trouble = f"code in a string names {name}"
        for binding in whole_module:
            file.add_alias_site(binding, binding.match, trouble)  # type: ignore[arg-type]
    elif not whole_module and STORE in file.roles(scope, name):
        if stays_module_or_none(file, group, uses, others):
            keep_named(file, group, uses, stay=False)
            return
        trouble = f"other statements assign {name} too"
    elif report_blocked(file, whole_module) or any(trouble_of(file, use) for use in uses):
        movable_uses = without_trouble(file, uses)
        if movable_uses:
            keep_named(file, group, movable_uses, stay=True)
        return
    if trouble:
        for use in uses:
            report_use(file, use, trouble)
        return
    uses = without_other_targets(file, group, uses)
    if scope == 0 and is_in_doctest(file, name):
        import_beside(file, group, uses)
    elif group[0].binds_root and not is_kept_name(file, group[0], bool(whole_module)):
        move_dotted(file, group, uses, others)
    else:
        stays = bool(others) or file.is_used_in_code(name)
        keep_named(file, group, uses, stay=stays and not whole_module)


def stays_module_or_none(
    file: FileRewrite, group: list[ImportBinding], uses: list[ModuleUse], others: list[Mention]
) -> bool:
    """Whether the name can become another module's, and what else is there asks only whether it has one."""
    own = group[0]
    return (
        (not own.binds_root or file.alias(own).name == own.name)
        and len({module_reached(use) for use in uses}) == 1
        and all(can_replace(file, use) and use.match.new_module == module_reached(use) for use in uses)
        and not any(trouble_of(file, use) or calls_another(file, use.match) for use in uses)
        and not is_reached_elsewhere(file, own.scope, own.name)
        and not file.is_used_in_code(own.name)
        and not file.keeps_names
        and not is_in_doctest(file, own.name)
        and is_module_or_none(file, own.name, others)
    )


def is_read_below(file: FileRewrite, scope: int, name: str, uses: list[Mention]) -> bool:
    """Whether what a string names may reach a function only since other code in it uses it: `exec("x.Old()"); x.Old`"""
    is_inner = file.facts.scopes[scope].kind == "function" and any(use.scope != scope for use in uses)
    return is_inner and is_word_in_strings(file.source, name)


def report_blocked(file: FileRewrite, whole_module: list[ImportBinding]) -> bool:
    """Whether the module itself can't be replaced here; then it's said."""
    blocked = [(one, one.match) for one in whole_module if one.match and one.match.trouble]
    for binding, match in blocked:
        file.add_alias_site(binding, match, match.trouble)
    return bool(blocked)


def without_other_targets(
    file: FileRewrite, group: list[ImportBinding], uses: list[ModuleUse]
) -> list[ModuleUse]:
    """Calls of something in another module than the new symbol's get an import of their own beside the others."""
    elsewhere = [use for use in uses if use.match.new_module != file.links.rule_of(use.match).new.module]
    elsewhere = [use for use in elsewhere if calls_another(file, use.match)]
    if not elsewhere or len(elsewhere) == len(uses):
        return uses
    import_beside(file, group, elsewhere)
    return [use for use in uses if use not in elsewhere]


def is_kept_name(file: FileRewrite, binding: ImportBinding, moves_whole: bool) -> bool:
    """`import m` becomes `import n as m` if the module is migrated and other files reach it as a name of this file."""
    return (
        moves_whole
        and len(file.alias(binding).name.split(".")) == 1
        and is_reached_elsewhere(file, binding.scope, binding.name)
    )


EXAMPLES = attributes_examples.EXAMPLES
