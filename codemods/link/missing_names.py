"""Names imported from modules that don't define them, and the modules of the tree that do."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from codemods.link.import_meanings import dotted_meanings, from_imports
from codemods.link.links import Links
from codemods.model.facts import FileFacts
from codemods.model.rival_modules import spell_module
from codemods.model.tree import Entry, Tree


def missing_names(links: Links, facts: Mapping[str, FileFacts]) -> frozenset[str]:
    """The names whose import or use can't be migrated because the module doesn't define them."""
    rules = links.rules.replace
    found: set[str | None] = {rule.new.name for rule in rules if links.target_trouble(rule)}
    lasts = {old.rpartition(".")[2] for old in links.old_modules}
    for path, one in facts.items():
        if links.whole_modules or any((s.module or "").rpartition(".")[2] in lasts for s in one.imports):
            found.update(missing_in(links, path, one))
    return frozenset(name for name in found if name)


def missing_in(links: Links, path: str, facts: FileFacts) -> Iterator[str | None]:
    for statement, module in from_imports(links.modules, path, facts):
        if module in links.old_modules:
            for alias in statement.aliases:
                match = links.find((*module.split("."), alias.name))
                if match.trouble if match else links.dangling_trouble(module, alias.name):
                    yield alias.name
    for mention in facts.mentions if links.whole_modules else ():
        for parts in dotted_meanings(links.modules, path, facts, mention) if mention.attributes else ():
            match = links.find(parts)
            if match and match.trouble:
                yield match.new_name


def definers(
    tree: Tree, python: Sequence[Entry], links: Links, names: Collection[str]
) -> dict[str, tuple[str, ...]]:
    """Found by a search of lines: they are hints for people, and decide nothing."""
    found: dict[str, list[str]] = {}
    if not names:
        return {}
    listed = b"|".join(re.escape(name.encode()) for name in sorted(names))
    pattern = re.compile(
        rb"^(?:(?:async[ \t]+)?def|class)[ \t]+(" + listed + rb")\b"
        rb"|^(" + listed + rb")[ \t]*(?::[^=\r\n]+)?=(?!=)",
        re.M,
    )
    holding = tree.grep([name.encode() for name in sorted(names)], python)
    for entry, data in tree.read([entry for entry in python if entry.path in holding]):
        for match in pattern.finditer(data):
            module = spell_module(links.modules.name_of(entry.path))
            if module:
                found.setdefault((match.group(1) or match.group(2)).decode(), []).append(module)
    return {name: tuple(sorted(set(modules))) for name, modules in found.items()}
