"""What finds a class or a function by a name that is made of its own, in any file: `def visit_Old`, `HANDLERS["old"]`."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from codemods.link.links import NamedElsewhere, RegisteredClass
from codemods.model.facts import FileFacts
from codemods.model.records import record
from codemods.model.rules import Rules
from codemods.model.tree import Entry, Tree
from codemods.read.run_time_names.class_names import (
    FORMS,
    MadeName,
    made_names,
    places_of_keys,
    places_of_names,
)
from codemods.read.source import Source

Made = Mapping[str, frozenset[MadeName]]
"""By file: how it makes names of those of classes."""


def renamed_symbols(rules: Rules) -> dict[int, tuple[str, str]]:
    """By a rule's number: the names before and after, where they differ."""
    return {
        number: (rule.old.name, rule.new.name)
        for number, rule in enumerate(rules.replace)
        if rule.old.name and rule.new.name and rule.old.name != rule.new.name
    }


def read_made_names(tree: Tree, rules: Rules, python: Sequence[Entry]) -> Made:
    if not renamed_symbols(rules):
        return {}
    holding = tree.grep(FORMS, python)
    read = tree.read([entry for entry in python if entry.path in holding])
    found = {entry.path: made_names(data) for entry, data in read}
    return {path: made for path, made in found.items() if made}


def with_names(
    registered: Mapping[int, RegisteredClass], rules: Rules, made: Made, facts: Mapping[str, FileFacts]
) -> dict[int, RegisteredClass]:
    """With the names that the file of a register makes of those of its classes."""
    searched = {path: searched_names(rules, names) for path, names in made.items()}
    every = {**dict(kept_in_tables(rules, made, facts)), **registered}
    return {
        number: replace(one, names=frozenset(names_made(searched.get(one.path, ()), number)))
        for number, one in every.items()
    }


def kept_in_tables(
    rules: Rules, made: Made, facts: Mapping[str, FileFacts]
) -> Iterator[tuple[int, RegisteredClass]]:
    """Those that a file imports which fills a table by the names of classes."""
    for path, names in made.items():
        imported = {alias.name for one in facts.get(path, FileFacts()).imports for alias in one.aliases}
        table = next((one.table for one in sorted(names) if one.is_kept), "")
        for number, (old, new) in renamed_symbols(rules).items() if table else ():
            if old in imported:
                dotted = rules.replace[number].old.dotted
                yield (
                    number,
                    RegisteredClass(f"{table} may have {dotted} by its name, which becomes {new}", path),
                )


def names_made(searched: Collection[SearchedName], number: int) -> Iterator[str]:
    for one in searched:
        if one.rule_number == number and one.made.table:
            yield from one.names


def named_elsewhere(
    tree: Tree, rules: Rules, python: Sequence[Entry], made: Made
) -> dict[str, tuple[NamedElsewhere, ...]]:
    """By file."""
    searched = searched_names(rules, frozenset(one for names in made.values() for one in names))
    needles = sorted({needle for one in searched for needle in one.needles})
    holding = tree.grep(needles, python) if needles else set()
    found = {
        entry.path: tuple(named_in(data, searched))
        for entry, data in tree.read([entry for entry in python if entry.path in holding])
    }
    return {path: places for path, places in found.items() if places}


@record
class SearchedName:
    """What one rule's symbol may be found by."""

    rule_number: int
    old: str
    new: str
    made: MadeName

    @property
    def names(self) -> frozenset[str]:
        """Those that the new symbol isn't found by."""
        return self.made.names(self.old) - self.made.names(self.new)

    @property
    def needles(self) -> Iterator[bytes]:
        """What a file must hold; a whole string, where it's the key of a table."""
        for name in self.names:
            yield from (f"{quote}{name}{quote}".encode() for quote in "\"'" if self.made.table)
            yield from [] if self.made.table else [name.encode()]


def searched_names(rules: Rules, made: Collection[MadeName]) -> list[SearchedName]:
    return [
        SearchedName(number, old, new, one)
        for number, (old, new) in renamed_symbols(rules).items()
        for one in sorted(made)
    ]


def named_in(data: bytes, searched: Collection[SearchedName]) -> Iterator[NamedElsewhere]:
    source = Source(data)
    told: set[tuple[int, int]] = set()
    for one in searched:
        if not any(needle in data for needle in one.needles):
            continue
        table, names = one.made.table, one.names
        for at, name in places_of_keys(data, table, names) if table else places_of_names(data, names):
            place = source.position(at)
            if place not in told:
                told.add(place)
                yield NamedElsewhere(*place, one.rule_number, name, table)
