"""What a second run would change in a file that was rewritten. The proof asks for nothing."""

from __future__ import annotations

import re

from codemods.catalog import order
from codemods.edit.file_rewrite import FileRewrite
from codemods.link.links import Links
from codemods.model.edits import TextEdit
from codemods.read.extract import read_parts
from codemods.read.source import Source, Unreadable
from codemods.read.top_level import word_starts
from codemods.scan.reading_filter import ReadingFilter, hides_word

NAMES_NO_MODULE = re.compile(rb"from[\s\\]*\.[.\s\\]*import\b")
"""`from . import Old`"""
STAR_IMPORT = re.compile(rb"import[\s\\]*\*")


def second_run(
    path: str, after: Source, links: Links, reading_filter: ReadingFilter, ways: frozenset[str]
) -> list[TextEdit] | None:
    """The edits that it would make in the new text; None if rules contradict each other. `ways`: of `ways_to_symbols`."""
    old_symbols = {rule.old for rule in links.rules.replace}
    if any(rule.new in old_symbols for rule in links.rules.replace):
        return None
    is_read = path in links.files_with_dotted_names or reading_filter.is_read(after.text)
    if not is_read or is_out_of_reach(path, after.text, links, ways):
        return []
    facts = read_parts(after, reading_filter.words)
    if isinstance(facts, Unreadable):
        return []
    file = FileRewrite(path, after, facts, links)
    order.decide(file)
    return file.all_edits()


def ways_to_symbols(links: Links) -> frozenset[str]:
    """Of the modules that give an old symbol to others, or are old: their last names, and what they are called besides."""
    given = (*links.own_symbols, *links.referenced, *links.patched, *links.named_in_strings)
    modules = {*(module for module, _ in given), *links.old_modules, *links.whole_modules}
    others = (name for (_, name), module in links.reexports.items() if module in modules)
    return frozenset((*(module.rpartition(".")[2] for module in modules), *others))


def is_out_of_reach(path: str, text: bytes, links: Links, ways: frozenset[str]) -> bool:
    """Whether nothing can be migrated in a file of another module, whatever names stand in it: it names none of the
    modules on the way to an old symbol, not even in a string or a comment, and imports nothing without naming its
    module."""
    rules = links.rules
    if (
        rules.settle
        or rules.staying
        or rules.retire
        or rules.members
        or path in links.files_with_dotted_names
    ):
        return False
    own = links.modules.names_by_path.get(path, ())
    at_home = (*links.old_modules, *links.whole_modules, *(rule.new.module for rule in rules.replace))
    if path in links.given_modules or not set(own).isdisjoint(at_home):
        return False
    return (
        next(word_starts(text, ways), None) is None
        and not NAMES_NO_MODULE.search(text)
        and not STAR_IMPORT.search(text)
        and not hides_word(text, {*ways, *(rule.old.name for rule in rules.replace if rule.old.name)})
    )
