"""What `as` and `alias` left behind: the alias is removed, its uses are renamed."""

from __future__ import annotations

from codemods.edit.file_rewrite import FileRewrite
from codemods.edit.file_view import ImportBinding
from codemods.edit.imports.import_statements import NewAlias
from codemods.link.symbol_match import SymbolMatch
from codemods.model.example import Example
from codemods.model.facts import IMPORT, LOAD, ONLY_IN_BLOCK, STORE, AliasAssignment, Mention
from codemods.rewrites.from_imports import same_import
from codemods.rewrites.rename import (
    alias_trouble,
    export_strings,
    hidden_trouble,
    imports_same_symbol,
    is_public,
    named_trouble,
    rename_uses,
)


def decide(file: FileRewrite) -> None:
    if file.links.rules.settle:
        settle(file)


def settle(file: FileRewrite) -> None:
    for number, rule in enumerate(file.links.rules.replace):
        if rule.old.name is None or rule.new.name is None or rule.old.name == rule.new.name:
            continue
        match = SymbolMatch(number, rule.new.module, 0, rule.new.module, rule.new.name, str(rule.old))
        for binding in file.bindings:
            if (
                imports_same_symbol(binding, with_match(binding, match))
                and file.alias(binding).asname == rule.old.name
            ):
                settle_import(file, with_match(binding, match), match)
        for binding in file.bindings:
            key = (".".join(binding.origin[:-1]), binding.origin[-1])
            if (
                file.links.aliases.get(key) == number
                and not binding.binds_root
                and key[0] not in file.module_names
            ):
                settle_import(file, with_match(binding, match), match)
        for renaming in file.facts.alias_assignments:
            if renaming.name == rule.old.name and renaming.value == rule.new.name:
                settle_alias(file, renaming, match)


def rule_name(match: SymbolMatch) -> str:
    return match.old_symbol.rpartition(":")[2]


def with_match(binding: ImportBinding, match: SymbolMatch) -> ImportBinding:
    return ImportBinding(
        binding.statement,
        binding.alias,
        binding.name,
        binding.scope,
        binding.origin,
        binding.binds_root,
        match,
    )


def settle_import(file: FileRewrite, binding: ImportBinding, match: SymbolMatch) -> None:
    uses = file.mentions(binding.scope, binding.name)
    own_alias = file.alias(binding).asname
    own_alias = own_alias if own_alias != rule_name(match) else None
    if not own_alias and binding.scope == 0 and is_public(file, binding.name):
        return
    trouble = "" if own_alias else settle_trouble(file, binding, match, uses)
    file.add_alias_site(binding, match, trouble)
    if trouble:
        return
    if own_alias:
        file.set_outcome(
            binding,
            NewAlias(
                file.module_as_written(match.new_module, file.statement(binding)),
                match.new_name or "",
                own_alias,
            ),
        )
        return
    twin = same_import(file, binding, match, match.new_name or "", uses)
    module = file.module_as_written(match.new_module, file.statement(binding))
    file.set_outcome(binding, "drop" if twin else NewAlias(module, match.new_name or ""))
    rename_uses(file, binding.scope, binding.name, match.new_name or "", match)


def settle_trouble(file: FileRewrite, binding: ImportBinding, match: SymbolMatch, uses: list[Mention]) -> str:
    scope, old, new = binding.scope, binding.name, match.new_name or ""
    if file.facts.scopes[scope].kind == "class":
        return "it's an attribute of a class"
    if file.roles(scope, old) != {IMPORT} or len(file.bindings_by_name.get((scope, old), ())) > 1:
        return f"other statements assign {old} too"
    if any(use.role != LOAD or use.position_unknown for use in uses):
        return f"{old} is also assigned or declared elsewhere"
    if scope == 0 and is_used_elsewhere(file, old):
        return f"other files use {old} through this module"
    return (
        alias_trouble(file, binding, new)
        or hidden_trouble(file, scope, new, uses)
        or named_trouble(file, scope, old, new, uses)
    )


def is_used_elsewhere(file: FileRewrite, name: str) -> bool:
    links = file.links
    return any(
        ((module, name) in links.referenced and (module, name) not in links.settled_aliases)
        or (module, name) in links.named_in_strings
        or name in links.names_of_frames
        for module in file.module_names
    )


def settle_alias(file: FileRewrite, renaming: AliasAssignment, match: SymbolMatch) -> None:
    """`Old = New` is removed if `New` is the new symbol and nothing else assigns `Old`."""
    scope, old, new = renaming.scope, renaming.name, renaming.value
    sources = file.bindings_by_name.get((file.facts.binding_scope(new, scope), new), [])
    target = (*match.new_module.split("."), new)
    if not sources or any(source.origin != target for source in sources):
        return
    if scope == 0 and is_public(file, old):
        return
    uses = [use for use in file.mentions(scope, old) if not renaming.start <= use.start < renaming.end]
    trouble = ""
    if file.facts.scopes[scope].kind == "class":
        trouble = "it's an attribute of a class"
    elif file.roles(scope, old) != {STORE} or any(use.role != LOAD or use.position_unknown for use in uses):
        trouble = f"other statements assign {old} too"
    elif scope == 0 and is_used_elsewhere(file, old):
        trouble = f"other files use {old} through this module"
    trouble = trouble or hidden_trouble(file, scope, new, uses) or named_trouble(file, scope, old, new, uses)
    file.add_site(renaming.line, 0, "use", match.old_symbol, not trouble, trouble)
    if trouble:
        return
    for use in uses:
        file.add_site_at(use, "use", match)
        file.replace(use.start, use.end, new)
    for text in export_strings(file, old) if scope == 0 else ():
        file.replace(text.content_start, text.content_start + len(old.encode()), new)
    file.remove_statement(renaming.start, renaming.end, bool(renaming.flags & ONLY_IN_BLOCK))


EXAMPLES = (
    Example("an alias of another name is somebody's own", "from n import New as X\n\nX()\n", settle=True),
    Example(
        "the new name is taken: the alias needs manual work",
        "from n import New as Old\n\nNew = 1\nOld()\n",
        settle=True,
        note="New already means something else here",
    ),
    Example(
        "a public name stays importable",
        "from n import New as Old\n\n__all__ = ['Old']\n\nOld()\n",
        settle=True,
    ),
    Example(
        "names are read by strings: the alias needs manual work",
        "from n import New as Old\n\nglobals()['Old']\n",
        settle=True,
        note="names are read by strings",
    ),
    Example(
        "an example in a docstring uses the alias",
        'from n import New\nOld = New\n\ndef f():\n    """\n    >>> Old()\n    """\n',
        settle=True,
        note="an example in a docstring uses Old",
    ),
    Example(
        "a formatted string shows the name of the alias",
        'from n import New as Old\n\nf"{Old.x=}"\n',
        settle=True,
        note="shows the text of Old",
    ),
    Example(
        "a star import below brings another one of the name of the alias",
        "from n import New as Old\nfrom z import *\n\nOld()\n",
        other_files={"z.py": "class Old: ...\n"},
        settle=True,
        note="may bring another Old",
    ),
    Example(
        "what `as` left",
        "from n import New as Old\n\nx: 'Old' = Old()\n",
        "from n import New\n\nx: 'New' = New()\n",
        settle=True,
    ),
    Example(
        "what `alias` left",
        "from n import New\nOld = New  # kept while uses of the old name are moved\n\nOld()\n",
        "from n import New\n\nNew()\n",
        settle=True,
    ),
    Example(
        "beside an import of the new name",
        "from n import New\nfrom n import New as Old\n\nOld(), New()\n",
        "from n import New\n\nNew(), New()\n",
        settle=True,
    ),
)
