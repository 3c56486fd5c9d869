"""Files through which a module is reached under another name, and that hold none of the words themselves:
`from a import b` in `p`, and elsewhere `p.b.Old`."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from codemods.link.import_meanings import dotted_meanings, origins_of
from codemods.link.links import Links
from codemods.model.facts import FileFacts, Mention

Parts = tuple[str, ...]


def unread_facades(
    links: Links, facts: Mapping[str, FileFacts], words: Collection[str], read: Collection[str]
) -> Iterator[str]:
    """The modules through which files take something that is called like a symbol. `read`: those that are known."""
    for path, one in facts.items():
        for mention in takers(one, words):
            for parts in dotted_meanings(links.modules, path, one, mention):
                if links.find(parts) is None:
                    yield from unread_on_the_way(links, facts, parts, read)


def takers(facts: FileFacts, words: Collection[str]) -> Iterator[Mention]:
    """`b.Old`, `getattr(b, "Old")`"""
    owners = {text.owner_start for text in facts.strings if text.value in words}
    for mention in facts.mentions:
        if mention.start in owners or any(attribute.name in words for attribute in mention.attributes):
            yield mention


def unread_on_the_way(
    links: Links, facts: Mapping[str, FileFacts], parts: Parts, read: Collection[str]
) -> Iterator[str]:
    """Follows the imports that a dotted name leads through, up to a module whose imports aren't known yet."""
    modules, waiting, passed = links.modules, [parts], {parts}
    while waiting:
        at = waiting.pop()
        count = next((one for one in range(len(at) - 1, 0, -1) if modules.is_known(".".join(at[:one]))), 0)
        module, rest = ".".join(at[:count]), at[count:]
        for path in modules.paths_by_name.get(module, ()):
            known = facts.get(path, FileFacts())
            if known == FileFacts() and path not in read:
                yield module
            for origin in origins_of(modules, path, known, rest[0], 0):
                further = modules.meaning(path, (*origin, *rest[1:]))
                if further not in passed:
                    passed.add(further)
                    waiting.append(further)
