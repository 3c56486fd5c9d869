"""A module's name and the attributes behind it, as far as they reach a deprecated symbol; and putting another there."""

from __future__ import annotations

from dataclasses import dataclass

from codemods.edit.call_trouble import adapt_trouble
from codemods.edit.file_rewrite import FileRewrite, ImportBinding, ReplacedCall
from codemods.edit.import_statements import NewAlias
from codemods.link.links import SymbolMatch
from codemods.model.facts import IMPORT, Mention, StringLiteral


@dataclass(frozen=True)
class ModuleUse:
    """A mention whose chain reaches a deprecated symbol or module."""

    mention: Mention
    found: SymbolMatch
    depth: int
    """How many attributes belong to what is replaced."""
    text: StringLiteral | None = None
    """The string of `getattr(m, "Old")`."""


def trouble_of(file: FileRewrite, item: ModuleUse) -> str:
    """Why it can't be moved: nothing is there, or a call that can't be adapted."""
    mention = item.mention
    called = mention.call is not None and item.depth == len(mention.attributes) and item.text is None
    return item.found.trouble or (adapt_trouble(file.links.rule(item.found), mention) if called else "")


def without_trouble(file: FileRewrite, reached: list[ModuleUse]) -> list[ModuleUse]:
    """Those that can be moved; the others are reported."""
    troubles = [trouble_of(file, item) for item in reached]
    for item, trouble in zip(reached, troubles, strict=True):
        if trouble:
            report_use(file, item, trouble)
    return [item for item, trouble in zip(reached, troubles, strict=True) if not trouble]


def report_use(file: FileRewrite, item: ModuleUse, trouble: str = "", note: str = "") -> None:
    kind = "dangling" if item.found.trouble else "attribute"
    file.site_of(item.mention, kind, item.found, trouble, note)


def module_uses(
    file: FileRewrite, scope: int, name: str, parts: tuple[str, ...]
) -> tuple[list[ModuleUse], list[Mention]]:
    reached: list[ModuleUse] = []
    others: list[Mention] = []
    for mention in file.mentions(scope, name):
        item = module_use_of(file, mention, parts)
        if item is not None:
            reached.append(item)
        elif mention.role != IMPORT:
            others.append(mention)
    return reached, others


def module_use_of(file: FileRewrite, mention: Mention, parts: tuple[str, ...]) -> ModuleUse | None:
    attributes = tuple(attribute.name for attribute in mention.attributes)
    text = file.strings_of.get(mention.start)
    full = (*parts, *attributes, text.value) if text else (*parts, *attributes)
    found = file.links.find(full)
    if found is None:
        return None
    depth = found.consumed - len(parts)
    if depth < 0 or (depth == 0 and found.name is not None):
        return None
    if text and depth == len(attributes) + 1:
        return ModuleUse(mention, found, len(attributes), text)
    return ModuleUse(mention, found, depth)


def root_is_free(file: FileRewrite, root: str, home: int, mentions: list[Mention]) -> bool:
    if file.hidden(root, mentions, home):
        return False
    same = file.bound.get((home, root))
    if same and file.roles(home, root) == {IMPORT}:
        return all(binding.parts == (root,) for binding in same)
    return file.free(root, home)


def import_names(file: FileRewrite, anchor: ImportBinding, items: list[ModuleUse]) -> None:
    """Where the new module's first name is taken: the symbol itself is imported."""
    by_name: dict[str, list[ModuleUse]] = {}
    for item in items:
        by_name.setdefault(item.found.dotted, []).append(item)
    for group in by_name.values():
        found = group[0].found
        mentions = [item.mention for item in group]
        local = free_name(file, anchor.scope, mentions, found)
        if not local or any(item.text for item in group):
            for item in group:
                report_use(
                    file,
                    item,
                    f"{found.module.partition('.')[0]} and {found.name or found.module} are taken here",
                )
            continue
        done = [replace_chain(file, item, local) for item in group]
        if any(done):
            new = import_of(found, local)
            file.add(anchor, new.statement, new)


def import_of(found: SymbolMatch, local: str) -> NewAlias:
    if found.name:
        return NewAlias(found.module, found.name, local)
    parent, _, last = found.module.rpartition(".")
    return NewAlias(parent or None, last, local)


def free_name(file: FileRewrite, home: int, mentions: list[Mention], found: SymbolMatch) -> str:
    new = found.name or found.module.rpartition(".")[2]
    for candidate in (new, found.old.rpartition(":")[2].rpartition(".")[2]):
        already = file.bound.get((home, candidate), [])
        same = bool(already) and all(
            b.parts == tuple(found.dotted.split(".")) and not b.root for b in already
        )
        if (same or file.free(candidate, home)) and not file.hidden(candidate, mentions, home):
            return candidate
    return ""


def replace_chain(file: FileRewrite, item: ModuleUse, new: str) -> bool:
    mention, depth = item.mention, item.depth
    text = item.text
    if not file.is_plain(mention, depth) or (text is not None and text.body < 0):
        report_use(file, item, "it is written in a way that can't be replaced in place")
        return False
    report_use(file, item)
    file.edit(mention.start, file.chain_end(mention, depth), new)
    if text is not None:
        file.edit(text.body, text.body + len(text.value.encode()), item.found.name or text.value)
    elif mention.call and depth == len(mention.attributes) and item.found.name:
        file.called.append(ReplacedCall(mention, item.found, depth))
    return True


def name_is_free(file: FileRewrite, name: str, home: int, mentions: list[Mention], module: str) -> bool:
    if file.hidden(name, mentions, home):
        return False
    already = file.bound.get((home, name), [])
    if already and file.roles(home, name) == {IMPORT}:
        return all(b.parts == tuple(module.split(".")) and not b.root for b in already)
    return file.free(name, home)
