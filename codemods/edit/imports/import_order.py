"""The order of import statements, as ruff sorts them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from itertools import pairwise
from typing import Any

from codemods.edit.imports.import_blocks import ImportedName, ImportItem
from codemods.edit.imports.import_style import (
    FIRST_PARTY,
    FUTURE,
    LOCAL_FOLDER,
    STANDARD_LIBRARY,
    STDLIB,
    ImportStyle,
)
from codemods.model.patterns import lazy_pattern

DIGITS = lazy_pattern(r"(\d+)")
BEHIND_RELATIVE = 1000
"""Where both stand in one section, relative imports come first."""
SortKey = tuple[Any, ...]


def section_of(module: str, style: ImportStyle) -> str:
    """`module`: with the dots of a relative import."""
    top = module.partition(".")[0]
    if module == "__future__":
        return FUTURE
    if module.startswith("."):
        return LOCAL_FOLDER
    known = known_section(module, style)
    if known:
        return known
    if top in STANDARD_LIBRARY:
        return STDLIB
    return FIRST_PARTY if top in style.first_party or top == "__main__" else style.default_section


def known_section(module: str, style: ImportStyle) -> str:
    parts = module.split(".")
    for count in range(len(parts), 0, -1):
        name = ".".join(parts[:count])
        for section, patterns in style.known.items():
            if any(fnmatchcase(name, pattern) for pattern in patterns):
                return section
    return ""


def natural(text: str) -> SortKey:
    """Numbers count as numbers: `a2` before `a10`."""
    key: list[tuple[int, int]] = []
    for number, piece in enumerate(DIGITS.split(text)):
        key += [(ord("0"), int(piece))] if number % 2 else [(ord(letter), 0) for letter in piece]
    return tuple(key)


def kind_of_name(name: str, style: ImportStyle) -> int:
    """Constants, then classes, then the others."""
    for number, names in enumerate((style.constants, style.classes, style.variables)):
        if name in names:
            return number
    if len(name) > 1 and name.isupper():
        return 0
    return 1 if name[:1].isupper() else 2


def name_key(name: ImportedName, style: ImportStyle) -> SortKey:
    length = len(name.name) if style.by_length else 0
    kind = kind_of_name(name.name, style) if style.order_by_type else 0
    spelled = name.name if style.case_sensitive else name.name.lower()
    return (
        name.name != "*",
        kind,
        length,
        natural(spelled),
        natural(name.name),
        natural(name.asname or ""),
    )


def module_key(module: str, style: ImportStyle, straight: bool) -> SortKey:
    bare = module.lstrip(".")
    level = len(module) - len(bare)
    spelled = bare if style.case_sensitive else bare.lower()
    to_top = module not in style.to_top
    length = len(module) if style.by_length or (straight and style.straight_by_length) else 0
    distance = (level if style.closest_first else -level) if level else BEHIND_RELATIVE
    return (to_top, length, distance, natural(spelled), natural(bare))


def item_key(item: ImportItem, style: ImportStyle) -> SortKey:
    """Within its section."""
    if item.module is None:
        alias = item.names[0]
        key = module_key(alias.name, style, True)
        kind = 0 if style.mixes_kinds else int(style.from_first)
        return (kind, key, (), natural(alias.asname or ""))
    kind = 0 if style.mixes_kinds else int(not style.from_first)
    first = min(item.names, key=lambda name: name_key(name, style))
    return (kind, module_key(item.module, style, False), name_key(first, style), ())


def in_single_lines(item: ImportItem, style: ImportStyle) -> bool:
    return style.single_lines and item.module not in style.single_line_exclusions


def section_name(item: ImportItem, style: ImportStyle) -> str:
    return section_of(item.names[0].name if item.module is None else item.module, style)


def part_number(item: ImportItem, style: ImportStyle) -> int:
    """What is kept separate comes behind all sections of the rest, with sections of its own."""
    module = item.names[0].name if item.module is None else item.module
    return next(
        (
            number
            for number, name in enumerate(style.separate, 1)
            if module.partition(".")[0].startswith(name)
        ),
        0,
    )


def section_number(item: ImportItem, style: ImportStyle) -> int:
    section = section_name(item, style)
    return style.sections.index(section) if section in style.sections else len(style.sections)


def full_key(item: ImportItem, style: ImportStyle) -> SortKey:
    number = section_number(item, style)
    key = item_key(item, style)
    if number == 0 and style.sections[0] == FUTURE:
        key = (int(item.module is None), *key[1:])
    return (part_number(item, style), number, *key)


def sort_items(items: Iterable[ImportItem], style: ImportStyle) -> list[ImportItem]:
    return sorted(items, key=lambda item: full_key(item, style))


def sort_names(names: Iterable[ImportedName], style: ImportStyle) -> list[ImportedName]:
    return sorted(names, key=lambda name: name_key(name, style))


def blank_lines_between(before: ImportItem, item: ImportItem, style: ImportStyle) -> int:
    if part_number(before, style) != part_number(item, style):
        return 1
    first, last = section_number(before, style), section_number(item, style)
    if first != last:
        passed = style.sections[first + 1 : last + 1] or ("",)
        return 0 if style.no_lines_before.issuperset(passed) else 1
    above = 1 if item.above else 0
    if not style.mixes_kinds and (before.module is None) != (item.module is None):
        return style.lines_between_types + above
    return above


def stays_apart(item: ImportItem, style: ImportStyle) -> bool:
    """Whether nothing else of its module may join the statement."""
    return (
        item.module is None
        or item.is_star
        or in_single_lines(item, style)
        or (not style.combines_as and any(name.asname for name in item.names))
    )


def is_sorted(items: Sequence[ImportItem], style: ImportStyle) -> bool:
    """Whether the sorter would leave these statements where they are, as far as we know its rules."""
    if list(items) != sort_items(items, style) or any(has_names_to_split(item, style) for item in items):
        return False
    for before, item in pairwise(items):
        if item.blank_lines != blank_lines_between(before, item, style):
            return False
        may_join = not stays_apart(before, style) and not stays_apart(item, style)
        if before.module == item.module and may_join:
            return False
    return True


def has_names_to_split(item: ImportItem, style: ImportStyle) -> bool:
    """Names that are out of order, or that the sorter would give statements of their own."""
    if len(item.names) > 1 and stays_apart(item, style):
        return True
    return list(item.names) != sort_names(item.names, style)
