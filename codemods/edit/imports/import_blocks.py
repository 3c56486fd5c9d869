"""The blocks of import statements in a file: what each statement imports, with its comments."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from codemods.model.patterns import lazy_pattern
from codemods.model.records import record
from codemods.read.source import Source, Unreadable, parse_python

DIRECTIVE = lazy_pattern(rb"#[ \t]*(?:ruff:[ \t]*)?isort:|#[ \t]*fmt:[ \t]*(?:off|skip)|#[ \t]*yapf:")
TRAILING_COMMENT = lazy_pattern(rb"[ \t\f]*(#[^\r\n]*)?[ \t\f]*(?=\r|\n|$)")
SKIPPED = re.compile(rb"#[ \t]*(?:ruff:[ \t]*)?isort:[ \t]*skip\b(?!_file)")
NAME_ON_A_LINE = lazy_pattern(
    rb"(?P<above>(?:[ \t\f]*#[^\r\n]*\r?\n)*)[ \t\f]*(?P<name>\w+)(?:[ \t]+as[ \t]+(?P<asname>\w+))?[ \t]*,?"
    rb"[ \t]*(?P<comment>#[^\r\n]*)?\r?\n"
)
LISTED = lazy_pattern(
    rb"from\s*[.\w\s]*?\s*import[ \t]*\([ \t]*(?P<comment>#[^\r\n]*)?\r?\n(?P<names>.*?)[ \t\f]*\)$",
    re.DOTALL,
)


@record
class ImportedName:
    name: str
    asname: str | None = None
    above: tuple[str, ...] = ()
    """The comments on the lines above it."""
    comment: str = ""

    @property
    def text(self) -> str:
        return f"{self.name} as {self.asname}" if self.asname else self.name


@record
class ImportItem:
    """One statement of a block, as it is written."""

    text: bytes
    """Its lines, without indentation, comments above, and the line end."""
    module: str | None
    """With the dots of a relative import; None for `import a`."""
    names: tuple[ImportedName, ...]
    comment: str = ""
    """Behind it."""
    above: tuple[bytes, ...] = ()
    """The lines between it and the statement before, from the first comment on."""
    blank_lines: int = 0
    """Between it, with its comments, and the statement before."""
    is_fixed: bool = False
    """Its comments stand where rewriting the statement would lose them."""
    ends_with_comma: bool = False
    is_touched: bool = False

    @property
    def is_star(self) -> bool:
        return self.module is not None and self.names[0].name == "*"

    @property
    def bound(self) -> list[tuple[str | None, str, str | None]]:
        return [(self.module, one.name, one.asname) for one in self.names]


@record
class ImportBlock:
    """Import statements that follow each other, each on lines of its own."""

    start: int
    """Where the first line starts."""
    end: int
    """Behind the line end of the last."""
    indent: bytes
    items: tuple[ImportItem, ...]


def read_blocks(source: Source, spans: Sequence[tuple[int, int]] | None = None) -> list[ImportBlock]:
    """The blocks that any of the spans touches, or all of them; those with directives for a sorter are left out."""
    tree = parse_python(source.text)
    if isinstance(tree, Unreadable):
        return []
    found = []
    parts = (part for run in import_runs(tree) for part in without_skipped(source, run))
    for run in parts:
        start = source.line_starts[run[0].lineno - 1]
        end = line_end(source, run[-1])
        if spans is not None and not any(first <= end and start <= last for first, last in spans):
            continue
        block = read_block(source, run, start, end, spans or ())
        if block is not None:
            found.append(block)
    return found


ImportStatement = ast.Import | ast.ImportFrom


def import_runs(tree: ast.AST) -> Iterator[list[ImportStatement]]:
    for node in ast.walk(tree):
        for name in ("body", "orelse", "finalbody"):
            body = getattr(node, name, None)
            if isinstance(body, list):
                yield from runs_in(body)


def runs_in(body: Sequence[ast.AST]) -> Iterator[list[ImportStatement]]:
    run: list[ImportStatement] = []
    for statement in body:
        if isinstance(statement, ImportStatement):
            run.append(statement)
        elif run:
            yield run
            run = []
    if run:
        yield run


def without_skipped(source: Source, run: list[ImportStatement]) -> Iterator[list[ImportStatement]]:
    """The statements between those that a sorter is told to pass over."""
    part: list[ImportStatement] = []
    for statement in run:
        start = source.line_starts[statement.lineno - 1]
        if not SKIPPED.search(source.text, start, line_end(source, statement)):
            part.append(statement)
        elif part:
            yield part
            part = []
    if part:
        yield part


def line_end(source: Source, statement: ast.stmt) -> int:
    """Behind the line end of the statement's last line."""
    line = statement.end_lineno or statement.lineno
    return source.line_starts[line] if line < len(source.line_starts) else len(source.text)


def read_block(
    source: Source,
    run: Sequence[ImportStatement],
    start: int,
    end: int,
    spans: Sequence[tuple[int, int]],
) -> ImportBlock | None:
    if DIRECTIVE.search(source.text, start, end):
        return None
    indent = source.text[start : start + run[0].col_offset]
    items: list[ImportItem] = []
    at = start
    for statement in run:
        item = read_item(source, statement, indent, at, spans)
        if item is None:
            return None
        items.append(item)
        at = line_end(source, statement)
    return ImportBlock(start, end, indent, tuple(items))


def read_item(
    source: Source, statement: ImportStatement, indent: bytes, at: int, spans: Sequence[tuple[int, int]]
) -> ImportItem | None:
    """None if the statement shares a line with others."""
    text = source.text
    start = source.line_starts[statement.lineno - 1]
    first, last = (
        start + statement.col_offset,
        source.offset(statement.end_lineno or 0, statement.end_col_offset or 0),
    )
    behind = TRAILING_COMMENT.match(text, last)
    if text[start:first] != indent or behind is None:
        return None
    between = [line.strip() for line in text[at:start].splitlines()]
    blank_lines = next((number for number, line in enumerate(between) if line), len(between))
    module = None
    if isinstance(statement, ast.ImportFrom):
        module = "." * statement.level + (statement.module or "")
    written = text[first:last]
    names = names_of(statement, written)
    return ImportItem(
        text=text[first : behind.end()].rstrip(),
        module=module,
        names=names or tuple(ImportedName(one.name, one.asname) for one in statement.names),
        comment=comment_of(written, behind.group(1) or b""),
        above=tuple(between[blank_lines:]),
        blank_lines=blank_lines,
        is_fixed=names is None,
        ends_with_comma=bool(re.search(rb",\s*(?:#[^\n]*\s*)*\)$", written)),
        is_touched=any(touches(span, start, line_end(source, statement)) for span in spans),
    )


def comment_of(written: bytes, behind: bytes) -> str:
    """The comment behind a statement, or else behind its opening parenthesis."""
    listed = LISTED.match(written)
    comment = behind or (listed and listed.group("comment")) or b""
    return comment.decode("utf-8", "surrogatepass").rstrip()


def touches(span: tuple[int, int], start: int, end: int) -> bool:
    """What was taken away leaves an empty span: it touches only the line in which it lies."""
    first, last = span
    return start < first < end - 1 if first == last else first < end and start < last


def names_of(statement: ImportStatement, written: bytes) -> tuple[ImportedName, ...] | None:
    """With their comments; None if a comment belongs to no name."""
    if b"#" not in written:
        return tuple(ImportedName(one.name, one.asname) for one in statement.names)
    listed = LISTED.match(written)
    if listed is None:
        return None
    names, at = [], 0
    lines = listed.group("names")
    while at < len(lines):
        match = NAME_ON_A_LINE.match(lines, at)
        if match is None:
            return None
        name, asname, comment = (
            (match.group(part) or b"").decode("utf-8", "surrogatepass").strip()
            for part in ("name", "asname", "comment")
        )
        above = match.group("above").decode("utf-8", "surrogatepass").splitlines()
        names.append(ImportedName(name, asname or None, tuple(line.strip() for line in above), comment))
        at = match.end()
    return tuple(names) if len(names) == len(statement.names) else None
