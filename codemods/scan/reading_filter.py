"""Which of the files that hold a word are read: a star import alone doesn't count if it leads out of the tree."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from codemods.model.modules import Modules
from codemods.model.rules import Rules, modules_of
from codemods.read.comments import without_comments
from codemods.read.source import Source
from codemods.read.top_level import whole_words
from codemods.read.words import Words
from codemods.rewrites.computed_names import needles

STAR = b"import *"
FROM_STAR = re.compile(rb".*\bfrom[ \t]+(?P<dots>[. \t]*)(?P<module>[\w.\x80-\xff]*)[ \t]*$")


@dataclass(frozen=True)
class StarImportsOnly:
    """What a file without any of the words takes everything from."""

    modules: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class ReadingFilter:
    words: Words
    rules: Rules
    modules: Modules

    def star_imports_only(self, data: bytes) -> StarImportsOnly | None:
        """None if the file has to be read: it holds a whole word, or a star import in an unusual form."""
        if any(word in data for word in self.needles) and self.pattern.search(data):
            return None
        matches = [FROM_STAR.match(before) for before in before_star_imports(data)]
        sources = [
            (one["dots"].count(b"."), one["module"].decode("utf-8", "replace")) for one in matches if one
        ]
        return StarImportsOnly(tuple(dict.fromkeys(sources))) if len(sources) == len(matches) else None

    def is_read(self, source: Source) -> bool:
        """Whether a search of the tree would have the file read for something besides its comments."""
        return self.star_imports_only(without_comments(source.text)) != StarImportsOnly(())

    def imports_from_tree(self, path: str, stars: StarImportsOnly) -> bool:
        """Whether any of them is of a module of the tree, or of one that the rules name."""
        modules = (self.modules.absolute(path, level, module or None) for level, module in stars.modules)
        return any(
            one is not None and (one in self.modules_in_rules or self.modules.is_known(one))
            for one in modules
        )

    @cached_property
    def modules_in_rules(self) -> frozenset[str]:
        return frozenset(modules_of(self.rules.symbols))

    @cached_property
    def needles(self) -> tuple[bytes, ...]:
        """Looked for first: that is what costs least."""
        return tuple(word.encode() for word in sorted(self.words.relevant))

    @cached_property
    def pattern(self) -> re.Pattern[bytes]:
        modules = b"|".join(re.escape(word.encode()) for word in sorted(self.words.in_imports))
        computed = b"|".join(map(re.escape, needles(self.words.in_imports)))
        imported = rb"|\b(?:" + modules + rb")[ \t]+import\b|\b(?:" + computed + rb")"
        return re.compile(whole_words(self.words.everywhere).pattern + imported)


def before_star_imports(data: bytes) -> Iterator[bytes]:
    """What stands on its line before each star import."""
    at = data.find(STAR)
    while at >= 0:
        yield data[data.rfind(b"\n", 0, at) + 1 : at]
        at = data.find(STAR, at + 1)
