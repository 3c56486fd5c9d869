"""`Old = New` below the imports, so that no import comes after code."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.edit.imports.import_blocks import import_runs, runs_in
from codemods.edit.imports.import_statements import ALIAS_COMMENT, line_of
from codemods.edit.imports.import_style import ImportStyle
from codemods.model.edits import TextEdit
from codemods.model.records import record
from codemods.read.source import Source


@record
class NewAssignment:
    """An alias that the rewrite assigns below the imports."""

    name: str
    value: str
    import_start: int
    import_end: int
    """Of the import that brought the name."""
    first_use: int
    """Where the name is first read while the module is loaded; behind everything where it isn't."""


def assignment_text(name: str, value: str, column: int, style: ImportStyle) -> str:
    """With the comment that says what it is for, where the line has room for it."""
    plain = f"{name} = {value}"
    commented = f"{plain}  # {ALIAS_COMMENT}"
    return plain if 0 < style.line_length < column + len(commented) else commented


def assignment_edits(source: Source, assignments: list[NewAssignment], style: ImportStyle) -> list[TextEdit]:
    """Below the last import at the top of the file, or of their own block; right below their own import if they are
    read earlier."""
    last_end = end_of_imports(source)
    edits: list[TextEdit] = []
    by_place: dict[int, list[NewAssignment]] = {}
    for one in assignments:
        if line_of(source, one.import_start, one.import_end).shared:
            text = f"; {one.name} = {one.value}".encode()
            edits.append(TextEdit(one.import_end, one.import_end, text))
            continue
        ends = (last_end, end_of_run(source, one.import_end))
        place = next((end for end in ends if one.import_end <= end <= one.first_use), one.import_end)
        by_place.setdefault(place, []).append(one)
    return edits + [
        insertion(
            source,
            place,
            [assignment_text(one.name, one.value, 0, style) for one in group],
            is_apart(place, group, style),
            style,
        )
        for place, group in by_place.items()
    ]


def is_apart(place: int, group: list[NewAssignment], style: ImportStyle) -> bool:
    """Whether a blank line goes before it: if a sorter or formatter wants one, or if other imports are in between."""
    return bool(style.sorter or style.is_formatted) or all(one.import_end != place for one in group)


def insertion(source: Source, place: int, texts: list[str], apart: bool, style: ImportStyle) -> TextEdit:
    line = source.position(place)[0]
    blank_lines = max(style.lines_after_imports, 1) if apart else 0
    newline = source.newline
    below = source.line_starts[line] if line < len(source.line_starts) else len(source.text)
    if source.text[below - 1 : below] in (b"\n", b"\r"):
        lines = b"".join(text.encode() + newline for text in texts)
        return TextEdit(below, below, newline * blank_lines + lines)
    lines = b"".join(newline + text.encode() for text in texts)
    return TextEdit(below, below, newline * blank_lines + lines)


def end_of_imports(source: Source) -> int:
    """Where the last import ends that linters count to the top of the file; -1 without any."""
    ends = [
        source.offset(statement.end_lineno or 1, statement.end_col_offset or 0)
        for statement in statements_at_top(source.tree)
        if any(isinstance(node, ast.Import | ast.ImportFrom) for node in own_statements(statement))
    ]
    return max(ends, default=-1)


def is_above_imports(source: Source, offset: int) -> bool:
    """Whether other imports follow the one that ends at `offset`, in whatever block."""
    for run in import_runs(source.tree):
        ends = [source.offset(one.end_lineno or 1, one.end_col_offset or 0) for one in run]
        if offset in ends:
            return offset != ends[-1]
    return False


def end_of_run(source: Source, offset: int) -> int:
    """Where the last of the imports ends that follow each other, one of which ends at `offset`."""
    for run in runs_in(source.tree.body):
        ends = [source.offset(one.end_lineno or 1, one.end_col_offset or 0) for one in run]
        if offset in ends:
            return ends[-1]
    return -1


def statements_at_top(tree: ast.Module) -> Iterator[ast.stmt]:
    for statement in tree.body:
        if not isinstance(statement, ast.Import | ast.ImportFrom | ast.If | ast.Try | ast.With | ast.Expr):
            if not is_dunder_assignment(statement):
                return
        elif isinstance(statement, ast.Expr) and not isinstance(statement.value, ast.Constant):
            return
        yield statement


def is_dunder_assignment(statement: ast.stmt) -> bool:
    """`__version__ = …`"""
    return isinstance(statement, ast.Assign) and all(
        isinstance(target, ast.Name) and target.id.startswith("__") and target.id.endswith("__")
        for target in statement.targets
    )


def own_statements(statement: ast.stmt) -> Iterator[ast.AST]:
    """The statement and those of its blocks, as far as they run with it."""
    yield statement
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return
    for name in ("body", "orelse", "finalbody"):
        for inner in getattr(statement, name, ()):
            yield from own_statements(inner)
    for handler in getattr(statement, "handlers", ()):
        for inner in handler.body:
            yield from own_statements(inner)
