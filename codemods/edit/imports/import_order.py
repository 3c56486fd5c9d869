"""The order of import statements, as isort and as ruff sort them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
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

DIGITS = re.compile(r"(\d+)")
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
    if top in STANDARD_LIBRARY and has_section(STDLIB, style):
        return STDLIB
    return FIRST_PARTY if top in style.first_party or top == "__main__" else style.default_section


def has_section(section: str, style: ImportStyle) -> bool:
    """isort passes over what a module is known as where the configuration has no such section."""
    return style.sorter != "isort" or section in style.sections


def known_section(module: str, style: ImportStyle) -> str:
    parts = module.split(".")
    for count in range(len(parts), 0, -1):
        name = ".".join(parts[:count])
        for section, patterns in style.known.items():
            if has_section(section, style) and any(fnmatchcase(name, pattern) for pattern in patterns):
                return section
    return ""


def natural(text: str, style: ImportStyle) -> SortKey:
    """Numbers count as numbers: `a2` before `a10`."""
    pieces = DIGITS.split(text)
    if style.sorter == "isort":
        return tuple(int(piece) if number % 2 else piece for number, piece in enumerate(pieces))
    key: list[tuple[int, int]] = []
    for number, piece in enumerate(pieces):
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
    if style.sorter == "isort":
        return (name.name != "*", kind, length, natural(spelled, style), natural(name.asname or "", style))
    return (
        name.name != "*",
        kind,
        length,
        natural(spelled, style),
        natural(name.name, style),
        natural(name.asname or "", style),
    )


def module_key(module: str, style: ImportStyle, straight: bool) -> SortKey:
    bare = module.lstrip(".")
    level = len(module) - len(bare)
    spelled = bare if style.case_sensitive else bare.lower()
    to_top = module not in style.to_top
    length = len(module) if style.by_length or (straight and style.straight_by_length) else 0
    distance = (level if style.closest_first else -level) if level else BEHIND_RELATIVE
    if style.sorter == "isort":
        return (to_top, length, distance, natural(spelled, style))
    return (to_top, length, distance, natural(spelled, style), natural(bare, style))


def line_key(item: ImportItem, style: ImportStyle) -> SortKey:
    """Where isort mixes both kinds, it sorts the lines as they are written, after the order that they had without it."""
    line = module = item.module or ", ".join(name.text for name in item.names)
    if item.module is not None and not style.groups_packages:
        between = "." if style.lexicographical else " import "
        line = between.join((module, ", ".join(name.text for name in item.names)))
    if style.relative_by_dots:
        line = re.sub(r"^(\.+)", r"\1 " if style.closest_first else r"\1_", line)
    elif style.closest_first:
        line = re.sub(r"^(\.+)(?=\w)", r"\1 ", line)
    to_top = line.split(" ")[0] not in style.to_top
    line = line if style.order_by_type else line.lower()
    length = str(len(line)) if style.by_length else ""
    return (to_top, natural(f"{length}{line}", style))


def item_key(item: ImportItem, style: ImportStyle) -> SortKey:
    """Within its section."""
    if style.sorter == "isort" and style.mixes_kinds:
        return (line_key(item, style), item_key(item, replace(style, mixes_kinds=False)))
    if item.module is None:
        alias = item.names[0]
        key = module_key(alias.name, style, True)
        kind = 0 if style.mixes_kinds else int(style.from_first)
        behind = (2,) if style.groups_packages and alias.asname else ()
        return (kind, key, behind, natural(alias.asname or "", style))
    kind = 0 if style.mixes_kinds else int(not style.from_first)
    first = min(item.names, key=lambda name: name_key(name, style))
    with_others = style.mixes_kinds or not has_own_comment(item, style)
    return (kind, module_key(item.module, style, False), (with_others, name_key(first, style)), ())


def has_own_comment(item: ImportItem, style: ImportStyle) -> bool:
    """isort leaves a name with a comment behind it on a line of its own, before the others. One with `as` stands
    among them."""
    alone = len(item.names) == 1 and not item.names[0].asname and not in_single_lines(item, style)
    return style.sorter == "isort" and bool(item.comment) and alone


def in_single_lines(item: ImportItem, style: ImportStyle) -> bool:
    return style.single_lines and item.module not in style.single_line_exclusions


def section_name(item: ImportItem, style: ImportStyle) -> str:
    return section_of(item.names[0].name if item.module is None else item.module, style)


def section_number(item: ImportItem, style: ImportStyle) -> int:
    section = section_name(item, style)
    return style.sections.index(section) if section in style.sections else len(style.sections)


def full_key(item: ImportItem, style: ImportStyle) -> SortKey:
    number = section_number(item, style)
    key = item_key(item, style)
    if number == 0 and style.sections[0] == FUTURE:
        key = (int(item.module is None), *key[1:])
    return (number, *key)


def sort_items(items: Iterable[ImportItem], style: ImportStyle) -> list[ImportItem]:
    return sorted(items, key=lambda item: full_key(item, style))


def sort_names(names: Iterable[ImportedName], style: ImportStyle) -> list[ImportedName]:
    return sorted(names, key=lambda name: name_key(name, style))


def blank_lines_between(before: ImportItem, item: ImportItem, style: ImportStyle) -> int:
    first, last = section_number(before, style), section_number(item, style)
    if first != last:
        passed = style.sections[first + 1 : last + 1] or ("",)
        return 0 if style.no_lines_before.issuperset(passed) else style.lines_between_sections
    if (
        style.lines_between_types
        and not style.mixes_kinds
        and (before.module is None) != (item.module is None)
    ):
        return style.lines_between_types
    return 1 if item.above and style.line_before_comments else 0


def stays_apart(item: ImportItem, style: ImportStyle) -> bool:
    """Whether nothing else of its module may join the statement."""
    return (
        item.module is None
        or item.is_star
        or has_own_comment(item, style)
        or in_single_lines(item, style)
        or (not style.combines_as and any(name.asname for name in item.names))
    )


def is_sorted(items: Sequence[ImportItem], style: ImportStyle) -> bool:
    """Whether the sorter would leave these statements where they are, as far as we know its rules."""
    if list(items) != sort_items(items, style) or any(has_names_to_split(item, style) for item in items):
        return False
    twice = names_taken_twice(((item.module, name) for item in items for name in item.names), style)
    alone = [not twice.isdisjoint((item.module, name.name) for name in item.names) for item in items]
    if any(is_alone and len(item.names) > 1 for item, is_alone in zip(items, alone, strict=True)):
        return False
    for number, (before, item) in enumerate(pairwise(items)):
        if item.blank_lines != blank_lines_between(before, item, style):
            return False
        may_join = not stays_apart(before, style) and not stays_apart(item, style)
        if before.module == item.module and may_join and not alone[number] and not alone[number + 1]:
            return False
    return True


def names_taken_twice(
    names: Iterable[tuple[str | None, ImportedName]], style: ImportStyle
) -> set[tuple[str | None, str]]:
    """The names that a module is asked for with `as` and without: isort gives each of these a statement of its own."""
    if style.sorter != "isort" or style.combines_as:
        return set()
    found = {(module, one.name, bool(one.asname)) for module, one in names}
    return {
        (module, name) for module, name, has_alias in found if has_alias and (module, name, False) in found
    }


def has_names_to_split(item: ImportItem, style: ImportStyle) -> bool:
    """Names that are out of order, or that the sorter would give statements of their own."""
    if len(item.names) > 1 and stays_apart(item, style):
        return True
    return list(item.names) != sort_names(item.names, style)
