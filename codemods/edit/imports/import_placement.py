"""The imports that a rewrite writes, placed where the repository's own sorter would put them.

Only new imports are placed: every other statement of their block keeps its text. Where the block was in another order
before, the sorter's rules are not ours to guess, and each import stays next to the one that it replaces.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from codemods.edit.imports.import_blocks import (
    ImportBlock,
    ImportedName,
    ImportItem,
    import_runs,
    line_end,
    read_blocks,
)
from codemods.edit.imports.import_headings import heading_lines, with_headings, without_headings
from codemods.edit.imports.import_order import (
    blank_lines_between,
    is_sorted,
    section_name,
    sort_items,
    sort_names,
    stays_apart,
)
from codemods.edit.imports.import_style import ImportStyle
from codemods.edit.imports.import_text import merged_item, write_item
from codemods.edit.imports.isort_runs import sorted_by_isort
from codemods.model.edits import TextEdit, apply_edits, composed_edits, spans_after
from codemods.model.patterns import lazy_pattern
from codemods.model.records import record
from codemods.read.source import Source

SETTLES = 3
"""isort changes some of its own results once more."""
IMPORT = lazy_pattern(rb"^[ \t]*(?:from|import)\b", re.M)


@record
class PlacedImports:
    edits: list[TextEdit]
    is_sorted: bool | None
    """None: the rewrite writes no import, or nothing says where it should stand."""


def place_imports(source: Source, edits: list[TextEdit], style: ImportStyle) -> PlacedImports:
    """`edits` in order, as `sorted_edits` gives them."""
    unchanged = PlacedImports(edits, None)
    if not edits or not (style.sorter or style.line_length):
        return unchanged
    after = source.with_text(apply_edits(source.text, edits))
    if style.sorter == "isort" and touches_import(source, edits):
        whole = place_in_sorted_file(source, after, edits, style)
        if whole:
            return whole
    before = read_blocks(source, [(edit.start, edit.end) for edit in edits])
    written = read_blocks(after, written_spans(edits))
    placed = list(edits)
    blocks: list[ImportBlock] = []
    all_sorted = True
    for block in before:
        inside = [edit for edit in edits if block.start <= edit.start and edit.end <= block.end]
        inside = [edit for edit in inside if edit.start < block.end]
        start = block.start + sum(shift_of(edit) for edit in edits if edit.end <= block.start)
        end = block.end - block.start + start + sum(map(shift_of, inside))
        here = next((one for one in written if one.start >= start and one.end <= end), None)
        if not inside or here is None or here.start != start or IMPORT.search(after.text, here.end, end):
            continue
        text = None
        if style.sorter == "isort":
            lines = source.text[block.start : block.end], after.text[here.start : here.end]
            text = sorted_lines(*lines, block.indent, style)
            all_sorted = all_sorted and text is not None
        if text is None:
            text = block_text(block, here, style, source.newline)
        if text is None:
            continue
        behind = after.text[here.end : end]
        text += (
            b""
            if heading_lines(style).issuperset(filter(None, map(bytes.strip, behind.splitlines())))
            else behind
        )
        others = [edit for edit in placed if edit not in inside]
        placed = [*line_edits(block.start, source.text[block.start : block.end], text), *others]
        blocks.append(block)
    if not blocks:
        return unchanged
    placed.sort(key=lambda edit: (edit.start, edit.end))
    if style.sorter == "isort":
        return PlacedImports(placed, True if all_sorted else None)
    return PlacedImports(placed, stands_sorted(source, placed, blocks, style))


def touches_import(source: Source, edits: Sequence[TextEdit]) -> bool:
    for run in import_runs(source.tree):
        start, end = source.line_starts[run[0].lineno - 1], line_end(source, run[-1])
        if any(edit.start <= end and start <= edit.end for edit in edits):
            return True
    return False


def place_in_sorted_file(
    source: Source, after: Source, edits: list[TextEdit], style: ImportStyle
) -> PlacedImports | None:
    """Where isort leaves the whole file alone before, what it would change afterwards comes from the rewrite."""
    if sorted_by_isort(source.text, style) != source.text:
        return None
    text, result = after.text, sorted_by_isort(after.text, style)
    for _ in range(SETTLES):
        if result is None or result == text:
            break
        text, result = result, sorted_by_isort(result, style)
    if result is None:
        return None
    moved = (
        composed_edits(edits, after.text, changed_lines(after.text, text)) if text != after.text else edits
    )
    return PlacedImports(moved, result == text)


def changed_lines(before: bytes, after: bytes) -> list[TextEdit]:
    """The lines that differ. A sorter leaves code where it is, so they are looked for between its lines."""
    old, new = (pieces_by_code(text) for text in (before, after))
    if [code for _, code in old] != [code for _, code in new]:
        return line_edits(0, before, after)
    edits, at = [], 0
    for (lines, code), (others, _) in zip(old, new, strict=True):
        edits += line_edits(at, lines, others) if lines != others else []
        at += len(lines) + len(code)
    return edits


def pieces_by_code(text: bytes) -> list[tuple[bytes, bytes]]:
    """Imports, comments and blank lines, each run with the lines of code behind it."""
    pieces, lines, code = [], b"", b""
    for first, line in lines_with_statements(text.splitlines(keepends=True)):
        if first or not line.strip() or line.lstrip().startswith(b"#"):
            pieces += [(lines, code)] if code else []
            lines, code = (b"" if code else lines) + line, b""
        else:
            code += line
    return [*pieces, (lines, code)]


def sorted_lines(before: bytes, after: bytes, indent: bytes, style: ImportStyle) -> bytes | None:
    """A block of imports alone, for a file that isort would change elsewhere; None if it would change these as well."""
    old, new = (
        b"".join(line.removeprefix(indent) for line in text.splitlines(keepends=True))
        for text in (before, after)
    )
    result = sorted_by_isort(new, style)
    if result is None or sorted_by_isort(old, style) != old:
        return None
    return b"".join(indent + line if line.strip() else line for line in result.splitlines(keepends=True))


def written_spans(edits: Sequence[TextEdit]) -> list[tuple[int, int]]:
    """Where the text of each edit is in the new file, without the line ends around it."""
    spans = []
    for edit, (start, end) in zip(edits, spans_after(edits), strict=True):
        leading = len(edit.text) - len(edit.text.lstrip(b"\r\n"))
        trailing = len(edit.text) - len(edit.text.rstrip(b"\r\n"))
        spans.append(
            (start + leading, end - trailing) if leading + trailing < len(edit.text) else (start, start)
        )
    return spans


def shift_of(edit: TextEdit) -> int:
    return len(edit.text) - (edit.end - edit.start)


def block_text(before: ImportBlock, after: ImportBlock, style: ImportStyle, newline: bytes) -> bytes | None:
    """The lines of a block as they should be; None if that isn't known."""
    sorts = style.sorter == "ruff" and in_order(before.items, style)
    items = without_headings(after.items, style) if sorts else list(after.items)
    items = join_imports(items, changed_modules(before, after), style) if sorts else items
    items = [
        write_import(item, style, after.indent, newline, sorts) if item.is_touched else item for item in items
    ]
    if sorts:
        items = with_headings(space_imports(sort_items(items, style), style), style)
        if style.headings and section_name(items[0], style) != section_name(before.items[0], style):
            return None  # the comment over the block isn't part of it
    elif not style.line_length:
        return None
    if bound_names(items) != bound_names(after.items):
        return None
    return b"".join(item_lines(item, after.indent, newline) for item in items)


def in_order(items: Sequence[ImportItem], style: ImportStyle) -> bool:
    bare = without_headings(items, style)
    return is_sorted(bare, style) and with_headings(bare, style) == list(items)


def bound_names(items: Sequence[ImportItem]) -> Counter[tuple[str | None, str, str | None]]:
    return Counter({one: 1 for item in items for one in item.bound})


def write_import(
    item: ImportItem, style: ImportStyle, indent: bytes, newline: bytes, sorts: bool
) -> ImportItem:
    if item.is_fixed or (not sorts and not is_too_long(item, style, indent)):
        return item
    return replace(item, text=write_item(item, style, indent, newline))


def is_too_long(item: ImportItem, style: ImportStyle, indent: bytes) -> bool:
    lines = item.text.decode("utf-8", "surrogatepass").splitlines()
    return len(lines) == 1 and len(indent) + len(lines[0]) > style.line_length > 0


def changed_modules(before: ImportBlock, after: ImportBlock) -> set[str]:
    """The modules of which a statement is written, or gone: the names beside it may then stand together."""
    left = {(item.module, item.names) for item in after.items}
    gone = [item for item in before.items if (item.module, item.names) not in left]
    written = [item for item in after.items if item.is_touched]
    return {item.module for item in (*gone, *written) if item.module is not None}


def join_imports(items: Sequence[ImportItem], touched: set[str], style: ImportStyle) -> list[ImportItem]:
    """The names of these modules in as many statements as the sorter gives them."""
    result = [item for item in items if item.module not in touched or item.is_fixed or item.is_star]
    for module in dict.fromkeys(item.module for item in items if item.module in touched):
        group = [item for item in items if item.module == module and item not in result]
        result += statements_of(group, style) if group else []
    return result


def statements_of(items: Sequence[ImportItem], style: ImportStyle) -> Iterator[ImportItem]:
    sources = {id(name): item for item in items for name in item.names}
    names = list(dict.fromkeys(sort_names((name for item in items for name in item.names), style)))
    for group in grouped_names(names, [sources[id(name)] for name in names], style):
        origins = list({id(sources[id(name)]): sources[id(name)] for name in group}.values())
        unique = list(dict.fromkeys(group))
        same = next((item for item in origins if list(item.names) == unique), None)
        if same is not None and len(origins) == 1:
            yield same
        else:
            yield merged_item([replace(one, is_touched=True) for one in origins], unique)


def grouped_names(
    names: Sequence[ImportedName], origins: Sequence[ImportItem], style: ImportStyle
) -> Iterator[list[ImportedName]]:
    """`origins`: the statement of each name."""
    alone = [
        name for name, origin in zip(names, origins, strict=True) if stays_apart(item_of(name, origin), style)
    ]
    together = [name for name in names if name not in alone]
    yield from ([together] if together else [])
    yield from ([name] for name in alone)


def item_of(name: ImportedName, origin: ImportItem) -> ImportItem:
    """As if it stood alone; a comment behind several names is no comment of one."""
    return origin if len(origin.names) == 1 else replace(origin, names=(name,), comment="")


def space_imports(items: Sequence[ImportItem], style: ImportStyle) -> list[ImportItem]:
    result = list(items[:1])
    result = [replace(item, blank_lines=0) for item in result]
    for item in items[1:]:
        result.append(replace(item, blank_lines=blank_lines_between(result[-1], item, style)))
    return result


def item_lines(item: ImportItem, indent: bytes, newline: bytes) -> bytes:
    above = b"".join(indent + line + newline if line else newline for line in item.above)
    return newline * item.blank_lines + above + indent + item.text + newline


def line_edits(start: int, before: bytes, after: bytes) -> list[TextEdit]:
    """The lines that differ."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    if old and not old[-1].endswith((b"\n", b"\r")) and new:
        new[-1] = new[-1].rstrip(b"\r\n")
    offsets = [start]
    for line in old:
        offsets.append(offsets[-1] + len(line))
    before_keys, after_keys = list(lines_with_statements(old)), list(lines_with_statements(new))
    import difflib  # it takes a while to load, and is seldom needed

    matcher = difflib.SequenceMatcher(None, before_keys, after_keys, autojunk=False)
    return [
        TextEdit(offsets[first], offsets[last], b"".join(new[one:other]))
        for tag, first, last, one, other in matcher.get_opcodes()
        if tag != "equal"
    ]


def lines_with_statements(lines: Sequence[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """Each line with the import that it is of: a parenthesis that ends one is not that which ends another."""
    at = 0
    while at < len(lines):
        end = at + 1
        if IMPORT.match(lines[at]) and b"(" in lines[at].partition(b"#")[0]:
            inside = range(at, len(lines))
            end = next((one + 1 for one in inside if b")" in lines[one].partition(b"#")[0]), end)
        statement = b"".join(lines[at:end]) if IMPORT.match(lines[at]) else b""
        yield from ((statement, line) for line in lines[at:end])
        at = end


def stands_sorted(
    source: Source, edits: list[TextEdit], written: Sequence[ImportBlock], style: ImportStyle
) -> bool | None:
    """Whether every block that was written is in the sorter's order, read again from the result."""
    if not style.sorter or not all(in_order(block.items, style) for block in written):
        return None
    after = source.with_text(apply_edits(source.text, edits))
    blocks = read_blocks(after, written_spans(edits))
    return all(in_order(block.items, style) for block in blocks)
