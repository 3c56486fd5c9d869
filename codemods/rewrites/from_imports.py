"""`from m import Old` and what it binds: in the style `as`, in the style `alias`, and where `rename` can't be."""

from __future__ import annotations

from codemods.edit.alias_assignment import is_above_imports
from codemods.edit.file_rewrite import FileRewrite
from codemods.edit.file_view import ImportBinding
from codemods.edit.imports.import_statements import NewAlias
from codemods.link.symbol_match import SymbolMatch
from codemods.model.facts import IN_TRY, ONLY_IN_BLOCK, RUNS_LATER, Import, Mention
from codemods.model.rules import Replacement
from codemods.rewrites.call_changes.retarget import (
    calls_alone_follow,
    keep_name,
    retarget_calls,
    retarget_trouble,
    uses_that_stay,
)
from codemods.rewrites.examples import from_imports as from_imports_examples
from codemods.rewrites.late_imports import import_late
from codemods.rewrites.new_module import use_bare_name
from codemods.rewrites.rename import alias_trouble, rename_trouble, rename_uses

OTHER_MEANING = "renaming it would change what another name means"


def decide(file: FileRewrite) -> None:
    report_broken(file)
    for binding in file.bindings:
        if binding.match is None or binding.binds_root or binding.match.new_name is None:
            continue
        if file.statement(binding).module is None:
            continue
        decide_binding(file, binding, binding.match)


def report_broken(file: FileRewrite) -> None:
    """Imports that can't work: beyond the top package, or of a name that the deprecated module does not have."""
    names = {rule.old.name for rule in file.links.rules.replace}
    for statement in file.facts.imports:
        if statement.module is None:
            continue
        module = file.links.modules.absolute(file.path, statement.level, statement.module)
        for alias in statement.aliases:
            line, column = alias.line, alias.column
            if module is None:
                last = (statement.module or alias.name).rpartition(".")[2]
                old_names = {old.rpartition(".")[2] for old in file.links.old_modules}
                if alias.name in names or last in old_names:
                    file.add_site(
                        line,
                        column,
                        "import",
                        alias.name,
                        False,
                        "the relative import goes beyond the top-level package",
                    )
                continue
            trouble = file.links.dangling_trouble(module, alias.name)
            if trouble and file.find((*module.split("."), alias.name)) is None:
                file.add_site(line, column, "dangling", f"{module}:{alias.name}", False, trouble)


def decide_binding(file: FileRewrite, binding: ImportBinding, match: SymbolMatch) -> None:
    rule = file.links.rule_of(match)
    trouble = (
        match.trouble or file.blocked_reexport(binding.name, binding.scope) or hidden_by_module(file, binding)
    )
    trouble = trouble or retarget_trouble(file, binding, match)
    if trouble:
        file.add_alias_site(binding, match, trouble)
    elif uses_that_stay(file, match, file.mentions(binding.scope, binding.name)):
        keep_name(file, binding, match)
    elif match.new_module in file.module_names and rule.old.name:
        use_bare_name(file, binding, match)
    elif not import_late(file, binding, match):
        replace_import(file, binding, match, rule)


def hidden_by_module(file: FileRewrite, binding: ImportBinding) -> str:
    """`from .Old import Old` in a package: once the module is loaded later, it takes the place of the name."""
    modules, statement = file.links.modules, file.statement(binding)
    module = modules.absolute(file.path, statement.level, statement.module) or ""
    if binding.scope or not modules.is_package(file.path):
        return ""
    if any(module == f"{own}.{binding.name}" for own in file.module_names):
        return f"{module} is a module as well, and would take the place of the name when it is loaded"
    return ""


def replace_import(file: FileRewrite, binding: ImportBinding, match: SymbolMatch, rule: Replacement) -> None:
    alias, statement = file.alias(binding), file.statement(binding)
    module, name = file.module_as_written(match.new_module, statement), match.new_name or ""
    retarget_calls(file, binding, match)
    uses = file.mentions(binding.scope, binding.name)
    note, local, trouble = "", alias.bound_name, ""
    is_offered = alias.asname == alias.name and not (rule.style == "as" and file.path.endswith(".pyi"))
    if alias.name != name and (is_offered or (alias.asname is None and rule.style != "as")):
        trouble = OTHER_MEANING if file.keeps_names else ""
        trouble = trouble or (
            rename_trouble(file, binding, match, uses)
            if rule.style == "rename" and not is_offered
            else alias_trouble(file, binding, name) or assignment_trouble(file, binding)
        )
        note = f"keeps its old name: {trouble}" if trouble else ""
        if not trouble:
            local = name
    note = note or ("imported through a re-export" if match.via_reexport else "")
    file.add_alias_site(binding, match, "", note)
    if calls_alone_follow(file, binding, match):
        file.set_outcome(binding, "drop")
        return
    new = NewAlias(module, name, local)
    twin = None if file.keeps_names else same_import(file, binding, match, local, uses)
    if twin:
        file.set_outcome(binding, "drop")
    elif local != name or file.keeps_names or not file.join(binding, new, uses):
        file.set_outcome(binding, new)
    if local != alias.bound_name and (is_offered or rule.style == "alias"):
        file.add_assignment(binding, local)
    elif local != alias.bound_name:
        rename_uses(file, binding.scope, alias.bound_name, name, match)
    file.add_calls(uses, match)


def assignment_trouble(file: FileRewrite, binding: ImportBinding) -> str:
    """Why the name is kept by the import itself."""
    if file.is_read_between_imports(binding):
        return "it's read before the last import"
    if binding.match and binding.match.rule_number in file.links.tests:
        return "a test runner would find it twice"
    scope, style = file.facts.scopes[binding.scope].kind, file.style
    statement = file.statement(binding)
    if style.is_formatted and statement.column:
        return "the formatter wants a blank line between imports and what follows"
    if style.sorter and statement.column and is_above_imports(file.source, statement.end):
        return "other imports follow it in its block"
    if style.lowercase_variables and scope == "function" and not binding.name.islower():
        return "the linter would find a variable that is spelled like a class"
    if style.imports_alone_in_packages and file.path.endswith("__init__.py"):
        return "the linter wants nothing but imports here"
    return ""


def same_import(
    file: FileRewrite, binding: ImportBinding, match: SymbolMatch, local: str, uses: list[Mention]
) -> ImportBinding | None:
    """Another statement of the same block that already binds this name to this symbol, in time for every use."""
    own_statement = file.statement(binding)
    for other in file.bindings_by_name.get((binding.scope, local), ()):
        if (
            other.statement == binding.statement
            and other.alias >= binding.alias
            and not (other.match is None and other.brings(match))
        ):
            continue
        statement = file.statement(other)
        same = other.brings(match) or (
            other.match is not None
            and other.match.new_dotted == match.new_dotted
            and file.alias(other).bound_name == local
            and (other.statement, other.alias) < (binding.statement, binding.alias)
            and (other.match.new_module, other.match.new_name) == (match.new_module, match.new_name)
        )
        level = (statement.column, statement.flags & ~ONLY_IN_BLOCK) == (
            own_statement.column,
            own_statement.flags & ~ONLY_IN_BLOCK,
        )
        if not same or other.binds_root or not level or own_statement.flags & IN_TRY:
            continue
        if not share_block(file.source.text, statement, own_statement):
            continue
        early = statement.start <= own_statement.start or not any(
            own_statement.start < use.start < statement.start and not use.flags & RUNS_LATER for use in uses
        )
        if early and other != binding:
            return other
    return None


def share_block(text: bytes, one: Import, other: Import) -> bool:
    """Whether nothing between two statements of the same column ends their block, or begins another branch of it."""
    first, second = sorted((one, other), key=lambda statement: statement.start)
    between = text[first.end : second.start].splitlines()[1:-1]
    columns = [(len(line) - len(line.lstrip(b" \t")), line) for line in between if line.strip()]
    return all(column >= first.column or line.lstrip().startswith(b"#") for column, line in columns)


EXAMPLES = from_imports_examples.EXAMPLES
