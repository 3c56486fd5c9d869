"""Answers as they are kept: a class by its place among those of its file, so that lines may move."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from codemods.types.type_parts import LIBRARY, Type, TypePart

ClassLines = Callable[[str], Sequence[int]]
"""Of the names of a file's classes, in a fixed order."""
NO_LINE = 0
"""Of what is a class by other means than a `class` statement."""


def is_placed(part: TypePart) -> bool:
    return part.kind == "class" and bool(part.path) and not part.path.startswith(LIBRARY)


def with_places(found: Type, class_lines: ClassLines) -> Type:
    """Each class by its place in its file, from 1, instead of its line."""
    return tuple(placed(part, class_lines) if is_placed(part) else part for part in found)


def placed(part: TypePart, class_lines: ClassLines) -> TypePart:
    lines = class_lines(part.path)
    return part._replace(line=lines.index(part.line) + 1 if part.line in lines else NO_LINE)


def with_lines(kept: Type, class_lines: ClassLines) -> Type:
    return tuple(lined(part, class_lines) if is_placed(part) else part for part in kept)


def lined(part: TypePart, class_lines: ClassLines) -> TypePart:
    lines = class_lines(part.path)
    return part._replace(line=lines[part.line - 1] if 0 < part.line <= len(lines) else NO_LINE)
