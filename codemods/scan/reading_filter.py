"""Which of the files that hold a word are read: a star import alone doesn't count if it leads out of the tree."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from functools import cached_property

from codemods.model.modules import Modules
from codemods.model.patterns import lazy_pattern
from codemods.model.records import record
from codemods.model.rules import Rules, modules_of
from codemods.read.comments import is_in_comment
from codemods.read.run_time_names.composed_names import places_of_composed
from codemods.read.run_time_names.other_spellings import other_spellings
from codemods.read.run_time_names.pickled_names import places_of_pickled
from codemods.read.run_time_names.private_names import private_names
from codemods.read.top_level import word_starts
from codemods.read.words import SearchedNames
from codemods.rewrites.run_time_names.computed_names import needles

STAR = b"import *"
ALIAS = lazy_pattern(rb"[\w\x80-\xff]+[ \t]+as[ \t]+(?P<name>\w+)")
"""`import a.b as x`, `from a import b as x`, from its last module on."""
FROM_STAR = lazy_pattern(rb".*\bfrom[ \t]+(?P<dots>[. \t]*)(?P<module>[\w.\x80-\xff]*)[ \t]*$")


@record
class StarImportsOnly:
    """What a file without any of the words takes everything from."""

    modules: tuple[tuple[int, str], ...]


@record
class ReadingFilter:
    words: SearchedNames
    rules: Rules
    modules: Modules

    def star_imports_only(self, data: bytes) -> StarImportsOnly | None:
        """None if the file has to be read: it holds a whole word, or a star import in an unusual form."""
        if next(word_starts(data, self.words.everywhere), None) is not None or self.imports_word(data):
            return None
        if hides_word(data, self.words.everywhere):
            return None
        matches = [FROM_STAR.match(before) for before in before_star_imports(data)]
        sources = [
            (one["dots"].count(b"."), one["module"].decode("utf-8", "replace")) for one in matches if one
        ]
        return StarImportsOnly(tuple(dict.fromkeys(sources))) if len(sources) == len(matches) else None

    def is_read(self, text: bytes) -> bool:
        """Whether a search of the tree would have the file read for something besides its comments."""
        places = word_starts(text, self.words.everywhere)
        if any(not is_in_comment(text, at) for at in places) or self.imports_word(text) or STAR in text:
            return True
        return hides_word(text, self.words.everywhere)

    def imports_word(self, text: bytes) -> bool:
        """Whether something is imported from one of the modules, or taken of it by a computed name."""
        if self.words.in_imports and self.takes_of_alias(text):
            return True
        for at in word_starts(text, self.words.in_imports):
            line_end = text.find(b"\n", at)
            if self.imported.search(
                text, max(0, at - self.longest_needle), line_end if line_end >= 0 else len(text)
            ):
                return True
        return False

    def takes_of_alias(self, text: bytes) -> bool:
        """Whether something is taken by a computed name of what one of the modules is imported as."""
        found = (ALIAS.match(text, at) for at in word_starts(text, self.words.in_imports))
        aliases = {match["name"].decode("utf-8", "replace") for match in found if match}
        return any(form in text for form in needles(aliases))

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
    def needles(self) -> list[bytes]:
        return needles(self.words.in_imports | self.words.dotted_modules)

    @cached_property
    def longest_needle(self) -> int:
        return max(map(len, self.needles), default=0)

    @cached_property
    def imported(self) -> re.Pattern[bytes]:
        modules = b"|".join(re.escape(word.encode()) for word in sorted(self.words.in_imports))
        computed = b"|".join(map(re.escape, self.needles))
        dotted = b"|".join(re.escape(name.encode()) for name in sorted(self.words.dotted_modules))
        patched = rb"|[\"'](?:" + dotted + rb")[.\"']" if dotted else b""
        return re.compile(rb"\b(?:" + modules + rb")[ \t]+import\b|\b(?:" + computed + rb")" + patched)


def hides_word(text: bytes, words: Collection[str]) -> bool:
    """Whether one of the words may be put together from constants, be in a pickle or a private name, or have another
    spelling."""
    places = (places_of_composed, places_of_pickled, private_names)
    found = (True for find in places for _ in find(text, words))
    return any(found) or bool(other_spellings(text, words))


def before_star_imports(data: bytes) -> Iterator[bytes]:
    """What stands on its line before each star import."""
    at = data.find(STAR)
    while at >= 0:
        yield data[data.rfind(b"\n", 0, at) + 1 : at]
        at = data.find(STAR, at + 1)
