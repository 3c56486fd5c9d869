"""The words that a run looks for, and the bytes that a file with one of them holds."""

from __future__ import annotations

from codemods.model.rules import Rules
from codemods.read.run_time_names.other_spellings import FIRST_BYTES
from codemods.read.words import SearchedNames
from codemods.rewrites.run_time_names.computed_names import needles as computed_needles
from codemods.scan.reading_filter import STAR


def words_of(rules: Rules) -> SearchedNames:
    search: set[str] = set()
    modules: set[str] = set()
    watched: set[str] = set()
    roots: set[str] = set()
    for rule in rules.replace:
        last = rule.old.module.rpartition(".")[2]
        modules.add(last)
        search.add(rule.old.name or last)
        if rules.settle and rule.new.name:
            search.add(rule.new.name)
        names = (rule.new.module.rpartition(".")[2], rule.new.module.partition(".")[0])
        (roots if rule.old.name else watched).update(names)
        if rule.new.name:
            watched.add(rule.new.name)
    for rule in rules.staying:
        modules.add(rule.old.module.rpartition(".")[2])
        search.add(rule.old.name or "")
        roots.add(rule.old.module.partition(".")[0])
    search.update(retired.module.rpartition(".")[2] for retired in rules.retire)
    dotted = frozenset(rule.old.module for rule in rules.replace if rule.old.name)
    return SearchedNames(frozenset(search), frozenset(modules), frozenset(watched), frozenset(roots), dotted)


def new_names(rules: Rules) -> frozenset[str]:
    return frozenset(rule.new.name for rule in rules.replace if rule.new.name)


def first_needles(words: SearchedNames) -> list[bytes]:
    """What the first search looks for; a later one looks for further names alone."""
    import_only = words.in_imports - words.everywhere
    return [
        *quoted_needles(words.dotted_modules),
        *needles(words.everywhere),
        STAR,
        *FIRST_BYTES,
        *(form for module in import_only for form in (f"{module} import".encode(), f"{module} as ".encode())),
        *computed_needles(import_only | words.dotted_modules),
    ]


def quoted_needles(modules: frozenset[str]) -> list[bytes]:
    """What a patch of something in a module begins with, and a module's name that is all of a string."""
    heads = [f"{quote}{module}" for module in sorted(modules) for quote in ("'", '"')]
    return [(head if "." in head else f"{head}.").encode() for head in heads]


def needles(names: frozenset[str]) -> list[bytes]:
    return [name.encode() for name in sorted(names)]
