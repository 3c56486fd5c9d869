"""Writing an import statement: on one line, or wrapped the way the repository does it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from codemods.edit.imports.import_blocks import ImportedName, ImportItem
from codemods.edit.imports.import_order import in_single_lines
from codemods.edit.imports.import_statements import LINTER_PRAGMA
from codemods.edit.imports.import_style import ImportStyle
from codemods.model.patterns import lazy_pattern

UNMEASURED = lazy_pattern(r"#\s*(?:noqa|nosec|(?:isort|type|pyright|pylint|flake8|ruff|ty|pyrefly):)", re.I)
"""What a comment tells a tool doesn't make ruff wrap a line."""


def write_item(item: ImportItem, style: ImportStyle, indent: bytes, newline: bytes) -> bytes:
    """The statement without the indentation of its first line and without its last line end."""
    margin = indent.decode()
    lines = import_lines(item, style, margin)
    return newline.join(line.encode("utf-8", "surrogatepass") for line in lines).removeprefix(indent)


def import_lines(item: ImportItem, style: ImportStyle, margin: str) -> list[str]:
    texts = [name.text for name in item.names]
    comment = f"  {item.comment}" if item.comment else ""
    if item.module is None:
        return [f"{margin}import {', '.join(texts)}{comment}"]
    head = f"{margin}from {item.module} import "
    commented = any(name.above or name.comment for name in item.names)
    one_line = f"{head}{', '.join(texts)}{comment}"
    stays_long = item.ends_with_comma and style.comma_keeps_lines and style.sorter == "ruff"
    stays_long = stays_long and not in_single_lines(item, style)
    measured = len(one_line) - (
        len(comment) if style.sorter == "ruff" and UNMEASURED.match(item.comment) else 0
    )
    fits = not style.line_length or measured <= style.line_length
    fits = fits and not (style.wraps_aliases and len(texts) > 1 and any(name.asname for name in item.names))
    if item.is_star or (fits and not stays_long and not commented):
        return [one_line]
    if style.sorter == "ruff" and len(texts) == 1 and fits and not stays_long and not item.names[0].above:
        return [f"{one_line}  {item.names[0].comment}"]
    return one_name_a_line(head, item, margin, comment)


def one_name_a_line(head: str, item: ImportItem, margin: str, comment: str) -> list[str]:
    lines = [f"{head}({comment}"]
    for name in item.names:
        lines += [f"{margin}    {above}" for above in name.above]
        lines.append(f"{margin}    {name.text},{'  ' + name.comment if name.comment else ''}")
    return [*lines, f"{margin})"]


def names_with_comment(item: ImportItem) -> tuple[ImportedName, ...]:
    """Those that the comment behind the statement is for."""
    return (
        item.names if LINTER_PRAGMA.match(item.comment.encode("utf-8", "surrogatepass")) else item.names[:1]
    )


def merged_item(items: Sequence[ImportItem], names: Sequence[ImportedName]) -> ImportItem:
    """One statement of the names of several. A comment behind a statement goes with its first name where it can, and
    what it tells a linter with each of its names."""
    first = items[0]
    above = tuple(line for item in items for line in item.above)
    touched = any(item.is_touched for item in items)
    if len(items) == 1:
        return replace(first, names=tuple(names), is_touched=touched)
    heads = [item for item in items if item.comment and is_behind_parenthesis(item)]
    comments = {
        name: item.comment for item in items if item not in heads for name in names_with_comment(item)
    }
    return replace(
        first,
        names=tuple(replace(name, comment=name.comment or comments.get(name, "")) for name in names),
        comment="  ".join(dict.fromkeys(item.comment for item in heads)),
        above=above,
        ends_with_comma=any(item.ends_with_comma for item in items),
        is_touched=touched,
    )


def is_behind_parenthesis(item: ImportItem) -> bool:
    """Whether its comment stands behind the one that opens its list, rather than behind the statement."""
    first, _, rest = item.text.partition(b"\n")
    return bool(rest) and b"#" in first
