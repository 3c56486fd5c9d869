"""The comment that a configuration wants over the imports of a section."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from codemods.edit.imports.import_blocks import ImportItem
from codemods.edit.imports.import_order import section_name
from codemods.edit.imports.import_style import ImportStyle


def heading_lines(style: ImportStyle) -> frozenset[bytes]:
    return frozenset(f"# {one}".encode("utf-8", "surrogatepass") for one in style.headings.values())


def without_headings(items: Sequence[ImportItem], style: ImportStyle) -> list[ImportItem]:
    if not style.headings:
        return list(items)
    headings = heading_lines(style)
    return [replace(item, above=rest_of(item.above, headings)) for item in items]


def rest_of(above: Sequence[bytes], headings: frozenset[bytes]) -> tuple[bytes, ...]:
    rest = [line for line in above if line not in headings]
    while rest and not rest[0] and len(rest) < len(above):
        del rest[0]
    return tuple(rest)


def with_headings(items: Sequence[ImportItem], style: ImportStyle) -> list[ImportItem]:
    return list(headed(items, style)) if style.headings else list(items)


def headed(items: Sequence[ImportItem], style: ImportStyle) -> Iterator[ImportItem]:
    """What stands over the first statement of a block isn't part of it."""
    last = section_name(items[0], style) if items else ""
    for item in items:
        section = section_name(item, style)
        heading = style.headings.get(section) if section != last else None
        yield replace(item, above=(f"# {heading}".encode(), *item.above)) if heading else item
        last = section
