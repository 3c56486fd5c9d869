"""Files through which a module is reached under another name, and that hold none of the words themselves:
`from a import b` in `p`, and elsewhere `p.b.Old`."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from codemods.link.import_meanings import dotted_meanings, origins_of
from codemods.link.links import Links
from codemods.link.symbol_match import Key
from codemods.model.facts import FileFacts, Mention
from codemods.model.modules import Modules

Parts = tuple[str, ...]
DOTTED = re.compile(r"\w+(?:[.:]\w+)+")


def unread_facades(
    links: Links, facts: Mapping[str, FileFacts], words: frozenset[str], read: Collection[str]
) -> Iterator[Key]:
    """The modules through which files take something that is called like a symbol, with the name on the way there.
    `read`: those that are known."""
    for path, one in facts.items():
        for parts in (*taken_by(links.modules, path, one, words), *named_by(links.modules, path, one, words)):
            if links.find(parts) is None:
                yield from unread_on_the_way(links, facts, parts, read)


def taken_by(modules: Modules, path: str, facts: FileFacts, words: frozenset[str]) -> Iterator[Parts]:
    for mention in takers(facts, words):
        yield from dotted_meanings(modules, path, facts, mention)


def named_by(modules: Modules, path: str, facts: FileFacts, words: frozenset[str]) -> Iterator[Parts]:
    """`patch("p.b.Old")`"""
    for text in facts.strings:
        if text.owner_start < 0 and DOTTED.fullmatch(text.value):
            parts = tuple(re.split("[.:]", text.value))
            if not words.isdisjoint(parts):
                yield modules.meaning(path, parts)


def takers(facts: FileFacts, words: frozenset[str]) -> Iterator[Mention]:
    """`b.Old`, `getattr(b, "Old")`"""
    owners = {text.owner_start for text in facts.strings if text.value in words}
    for mention in facts.mentions:
        if mention.start in owners or any(attribute.name in words for attribute in mention.attributes):
            yield mention


def unread_on_the_way(
    links: Links, facts: Mapping[str, FileFacts], parts: Parts, read: Collection[str]
) -> Iterator[Key]:
    """Follows the imports that a dotted name leads through, up to a module whose imports aren't known yet."""
    modules, waiting, passed = links.modules, [parts], {parts}
    while waiting:
        at = waiting.pop()
        count = next((one for one in range(len(at) - 1, 0, -1) if modules.is_known(".".join(at[:one]))), 0)
        module, rest = ".".join(at[:count]), at[count:]
        for path in modules.paths_by_name.get(module, ()):
            known = facts.get(path, FileFacts())
            if known == FileFacts() and path not in read:
                yield module, rest[0]
            for origin in origins_of(modules, path, known, rest[0], 0):
                further = modules.meaning(path, (*origin, *rest[1:]))
                if further not in passed:
                    passed.add(further)
                    waiting.append(further)
