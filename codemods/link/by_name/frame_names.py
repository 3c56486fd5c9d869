"""Names that a file takes of whatever runs or calls it: `sys.modules["__main__"].Old`, `sys._getframe(1).f_globals["Old"]`.

Which file that is isn't known, so that every file keeps such a name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from codemods.model.facts import ASSIGNED, PATCHED, FileFacts
from codemods.model.patterns import lazy_pattern

MAIN = "__main__"
IMPORT_OF_MAIN = lazy_pattern(rf"\bfrom\s+{MAIN}\s+import\b([^;\n]*)|\b{MAIN}\.(\w+)")


def names_of_frames(facts: FileFacts) -> Iterator[str]:
    for text in facts.strings:
        if text.context == "frame":
            yield text.value
        elif MAIN in text.value:
            for imported, taken in IMPORT_OF_MAIN.findall(text.value):
                yield from re.findall(r"\w+", imported or taken)
    if has_main(facts):
        yield from (alias.name for statement in facts.imports for alias in statement.aliases)
        yield from (one.name for mention in facts.mentions for one in mention.attributes)
        yield from (one.name for one in facts.loose_attributes)
        yield from (text.value for text in facts.strings)


def has_main(facts: FileFacts) -> bool:
    """Whether a file has the module that is run."""
    return any(text.value == MAIN and text.context in ("module", "loaded") for text in facts.strings) or any(
        MAIN in (one.module, *(alias.name for alias in one.aliases)) for one in facts.imports
    )


def names_given(facts: FileFacts) -> Iterator[str]:
    """What a file gives on under its own name, or to another module: what evaluates a type in a string may need that."""
    yield from (text.value for text in facts.strings if text.context == "own name")
    yield from (text.value for text in facts.strings if text.flags & (ASSIGNED | PATCHED))
    for mention in facts.mentions:
        if mention.flags & ASSIGNED and mention.attributes:
            yield mention.attributes[-1].name
