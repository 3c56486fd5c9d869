"""A module's name and the attributes behind it, as far as they reach a deprecated symbol; and putting another there."""

from __future__ import annotations

from dataclasses import dataclass

from codemods.link.links import Found
from codemods.model.facts import IMPORT, Mention, Text
from codemods.rewrites.calls import adapt_trouble
from codemods.rewrites.file import Binding, Called, File
from codemods.rewrites.import_statements import NewName


@dataclass(frozen=True)
class Reach:
    """A mention whose chain reaches a deprecated symbol or module."""

    mention: Mention
    found: Found
    depth: int
    """How many attributes belong to what is replaced."""
    text: Text | None = None
    """The string of `getattr(m, "Old")`."""


def trouble_of(file: File, item: Reach) -> str:
    """Why it can't be moved: nothing is there, or a call that can't be adapted."""
    mention = item.mention
    called = mention.call is not None and item.depth == len(mention.attributes) and item.text is None
    return item.found.trouble or (adapt_trouble(file.links.rule(item.found), mention) if called else "")


def without_trouble(file: File, reached: list[Reach]) -> list[Reach]:
    """Those that can be moved; the others are reported."""
    troubles = [trouble_of(file, item) for item in reached]
    for item, trouble in zip(reached, troubles, strict=True):
        if trouble:
            report(file, item, trouble)
    return [item for item, trouble in zip(reached, troubles, strict=True) if not trouble]


def report(file: File, item: Reach, trouble: str = "", note: str = "") -> None:
    kind = "dangling" if item.found.trouble else "attribute"
    file.site_of(item.mention, kind, item.found, trouble, note)


def reach(file: File, scope: int, name: str, parts: tuple[str, ...]) -> tuple[list[Reach], list[Mention]]:
    reached: list[Reach] = []
    others: list[Mention] = []
    for mention in file.mentions(scope, name):
        item = reach_of(file, mention, parts)
        if item is not None:
            reached.append(item)
        elif mention.role != IMPORT:
            others.append(mention)
    return reached, others


def reach_of(file: File, mention: Mention, parts: tuple[str, ...]) -> Reach | None:
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
        return Reach(mention, found, len(attributes), text)
    return Reach(mention, found, depth)


def root_is_free(file: File, root: str, home: int, mentions: list[Mention]) -> bool:
    if file.hidden(root, mentions, home):
        return False
    same = file.bound.get((home, root))
    if same and file.roles(home, root) == {IMPORT}:
        return all(binding.parts == (root,) for binding in same)
    return file.free(root, home)


def import_names(file: File, anchor: Binding, items: list[Reach]) -> None:
    """Where the new module's first name is taken: the symbol itself is imported."""
    by_name: dict[str, list[Reach]] = {}
    for item in items:
        by_name.setdefault(item.found.dotted, []).append(item)
    for group in by_name.values():
        found = group[0].found
        mentions = [item.mention for item in group]
        local = free_name(file, anchor.scope, mentions, found)
        if not local or any(item.text for item in group):
            for item in group:
                report(
                    file,
                    item,
                    f"{found.module.partition('.')[0]} and {found.name or found.module} are taken here",
                )
            continue
        done = [replace_chain(file, item, local) for item in group]
        if any(done):
            new = import_of(found, local)
            file.add(anchor, new.statement, new)


def import_of(found: Found, local: str) -> NewName:
    if found.name:
        return NewName(found.module, found.name, local)
    parent, _, last = found.module.rpartition(".")
    return NewName(parent or None, last, local)


def free_name(file: File, home: int, mentions: list[Mention], found: Found) -> str:
    new = found.name or found.module.rpartition(".")[2]
    for candidate in (new, found.old.rpartition(":")[2].rpartition(".")[2]):
        already = file.bound.get((home, candidate), [])
        same = bool(already) and all(
            b.parts == tuple(found.dotted.split(".")) and not b.root for b in already
        )
        if (same or file.free(candidate, home)) and not file.hidden(candidate, mentions, home):
            return candidate
    return ""


def replace_chain(file: File, item: Reach, new: str) -> bool:
    mention, depth = item.mention, item.depth
    text = item.text
    if not file.is_plain(mention, depth) or (text is not None and text.body < 0):
        report(file, item, "it is written in a way that can't be replaced in place")
        return False
    report(file, item)
    file.edit(mention.start, file.chain_end(mention, depth), new)
    if text is not None:
        file.edit(text.body, text.body + len(text.value.encode()), item.found.name or text.value)
    elif mention.call and depth == len(mention.attributes) and item.found.name:
        file.called.append(Called(mention, item.found, depth))
    return True


def name_is_free(file: File, name: str, home: int, mentions: list[Mention], module: str) -> bool:
    if file.hidden(name, mentions, home):
        return False
    already = file.bound.get((home, name), [])
    if already and file.roles(home, name) == {IMPORT}:
        return all(b.parts == tuple(module.split(".")) and not b.root for b in already)
    return file.free(name, home)
