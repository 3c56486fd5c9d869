"""Uses of a deprecated symbol through its module (`m.Old`), and replacing them."""

from __future__ import annotations

from dataclasses import replace

from codemods.edit.calls.call_plan import use_trouble
from codemods.edit.file_rewrite import FileRewrite
from codemods.edit.file_view import ImportBinding
from codemods.edit.imports.import_statements import NewAlias
from codemods.link.symbol_match import SymbolMatch, call_target
from codemods.model.facts import ASSIGNED, IMPORT, Mention, StringLiteral
from codemods.model.records import record
from codemods.read.formatted_strings import shows_its_text


@record
class ModuleUse:
    """A mention that reaches a deprecated symbol or module through its attributes."""

    mention: Mention
    match: SymbolMatch
    depth: int
    """How many attributes belong to the part that is replaced."""
    string: StringLiteral | None = None
    """The string of `getattr(m, "Old")`."""


def trouble_of(file: FileRewrite, use: ModuleUse) -> str:
    """Why the use can't be migrated: the target is missing, or a call can't be adapted."""
    if use.match.trouble or use.string is not None or use.match.new_name is None:
        return use.match.trouble
    if shows_its_text(file.source.text, use.mention.start):
        return "a formatted string shows the text of the expression"
    return use_trouble(file, use.match, use.mention, use.depth)


def without_trouble(file: FileRewrite, uses: list[ModuleUse]) -> list[ModuleUse]:
    """The uses that can be migrated; the others are reported."""
    troubles = [trouble_of(file, use) for use in uses]
    for use, trouble in zip(uses, troubles, strict=True):
        if trouble:
            report_use(file, use, trouble)
    return [use for use, trouble in zip(uses, troubles, strict=True) if not trouble]


def report_use(file: FileRewrite, use: ModuleUse, trouble: str = "", note: str = "") -> None:
    kind = "dangling" if "doesn't define" in use.match.trouble else "attribute"
    file.add_site_at(use.mention, kind, use.match, trouble, note)


def module_uses(
    file: FileRewrite, scope: int, name: str, parts: tuple[str, ...]
) -> tuple[list[ModuleUse], list[Mention]]:
    reached: list[ModuleUse] = []
    others: list[Mention] = []
    for mention in file.mentions(scope, name):
        use = module_use_of(file, mention, parts)
        if use is not None:
            reached.append(use)
        elif mention.role != IMPORT:
            others.append(mention)
    return reached, others


def module_use_of(file: FileRewrite, mention: Mention, parts: tuple[str, ...]) -> ModuleUse | None:
    attributes = tuple(attribute.name for attribute in mention.attributes)
    text = file.strings_by_owner.get(mention.start)
    full = (*parts, *attributes, text.value) if text else (*parts, *attributes)
    match = file.find(full)
    if match and is_module_here(file, match, full):
        match = file.find(full, match.length)
    if match is None and (text or mention.flags & ASSIGNED):
        match = file.find_patched(full)
    if match is None:
        return None
    depth = match.length - len(parts)
    if depth < 0 or (depth == 0 and match.new_name is not None):
        return None
    if text and depth == len(attributes) + 1:
        match = replace(match, trouble=match.trouble or file.patch_trouble(text, match))
        return ModuleUse(mention, match, len(attributes), text) if names_symbol(file, match, text) else None
    if match.via_reexport and is_patched_on_the_way(file, match, full[match.length - 1]):
        return None
    if file.links.rule_of(match).old.name:
        match = replace(match, trouble=match.trouble or replaced_trouble(file, mention, full[: match.length]))
    target = call_target(file.links.rule_of(match))
    if mention.call and depth == len(attributes) and target is not None and not target.is_new_symbol:
        match = replace(match, new_module=target.module, new_name=target.name)
    return ModuleUse(mention, match, depth)


def is_module_here(file: FileRewrite, match: SymbolMatch, full: tuple[str, ...]) -> bool:
    """Whether a file imports the module that is called as a name of its package, and takes something of it."""
    dotted = ".".join(full[: match.length])
    return (
        match.via_reexport
        and match.length < len(full)
        and dotted != file.links.rule_of(match).old.module
        and any(
            statement.module is None and dotted in {one.name for one in statement.aliases}
            for statement in file.facts.imports
        )
    )


def is_patched_on_the_way(file: FileRewrite, match: SymbolMatch, name: str) -> bool:
    """Whether a re-export and its source may differ for a while, since some file replaces one of them."""
    source = file.links.rule_of(match).old
    keys = {(match.reached_through, name), (source.module, source.name or name)}
    return not keys.isdisjoint(file.links.patched)


def replaced_trouble(file: FileRewrite, mention: Mention, full: tuple[str, ...]) -> str:
    """Why what is taken of a module can't be taken of another one, where some file puts a fake in the module's place."""
    if not file.links.replaced_modules:
        return ""
    keys = [(".".join(full[:count]), full[count]) for count in range(1, len(full))]
    if file.facts.binding_scope(mention.name, mention.scope) == 0:
        keys += [(module, mention.name) for module in file.module_names]
    for module, name in keys:
        if (module, name) in file.links.replaced_modules:
            return f"another file replaces {name} of {module}, which would no longer change this"
    return ""


def names_symbol(file: FileRewrite, match: SymbolMatch, text: StringLiteral) -> bool:
    """Whether `patch.object(m, "Old")` means the symbol itself. In a file that imports it, it means that file's own name."""
    return (
        not match.via_reexport
        or (match.reached_through, text.value) in file.links.own_symbols
        or match.reached_through in file.links.whole_modules
    )


def root_is_free(file: FileRewrite, root: str, home: int, mentions: list[Mention]) -> bool:
    if file.is_shadowed(root, mentions, home):
        return False
    same = file.bindings_by_name.get((home, root))
    if same and file.roles(home, root) == {IMPORT}:
        return all(binding.origin == (root,) for binding in same)
    return file.is_free(root, home)


def import_names(file: FileRewrite, anchor: ImportBinding, uses: list[ModuleUse]) -> None:
    """Import the symbol itself, because the new module's first name is in use here."""
    by_name: dict[str, list[ModuleUse]] = {}
    for use in uses:
        by_name.setdefault(use.match.new_dotted, []).append(use)
    for group in by_name.values():
        match = group[0].match
        mentions = [use.mention for use in group]
        local = free_name(file, anchor.scope, mentions, match)
        if not local or any(use.string for use in group):
            for use in group:
                report_use(
                    file,
                    use,
                    f"{match.new_module.partition('.')[0]} and {match.new_name or match.new_module} are already in use here",
                )
            continue
        replaced = [replace_chain(file, use, local) for use in group]
        if any(replaced):
            new = import_of(match, local)
            file.add_statement(anchor, new.statement, new)


def import_of(match: SymbolMatch, local: str) -> NewAlias:
    if match.new_name:
        return NewAlias(match.new_module, match.new_name, local)
    parent, _, last = match.new_module.rpartition(".")
    return NewAlias(parent or None, last, local)


def free_name(file: FileRewrite, home: int, mentions: list[Mention], match: SymbolMatch) -> str:
    new = match.new_name or match.new_module.rpartition(".")[2]
    for candidate in (new, match.old_symbol.rpartition(":")[2].rpartition(".")[2]):
        already = file.bindings_by_name.get((home, candidate), [])
        same = bool(already) and all(
            b.origin == tuple(match.new_dotted.split(".")) and not b.binds_root for b in already
        )
        if (same or file.is_free(candidate, home)) and not file.is_shadowed(candidate, mentions, home):
            return candidate
    return ""


def replace_chain(file: FileRewrite, use: ModuleUse, new: str) -> bool:
    mention, depth = use.mention, use.depth
    text = use.string
    if not file.is_plain(mention, depth) or (text is not None and text.content_start < 0):
        report_use(file, use, "it is written in a way that can't be replaced in place")
        return False
    report_use(file, use)
    file.replace(mention.start, file.chain_end(mention, depth), new)
    if text is not None:
        file.replace(
            text.content_start,
            text.content_start + len(text.value.encode()),
            use.match.new_name or text.value,
        )
    elif depth == len(mention.attributes) and use.match.new_name:
        file.add_calls([mention], use.match, depth)
    return True


def name_is_free(file: FileRewrite, name: str, home: int, mentions: list[Mention], module: str) -> bool:
    if file.is_shadowed(name, mentions, home):
        return False
    already = file.bindings_by_name.get((home, name), [])
    if already and file.roles(home, name) == {IMPORT}:
        return all(b.origin == tuple(module.split(".")) and not b.binds_root for b in already)
    return file.is_free(name, home)


def is_reached_elsewhere(file: FileRewrite, home: int, name: str) -> bool:
    """Whether other files reach a module through its name here, or it is a module of this very package."""
    if home != 0:
        return False
    links, keys = file.links, [(module, name) for module in file.module_names]
    return any(
        key in links.referenced
        or key in links.named_in_strings
        or (links.modules.is_package(file.path) and links.modules.is_known(".".join(key)))
        for key in keys
    )
