"""Rewriting one import statement: the names that stay keep their layout and comments, the others go where they belong."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from codemods.model.edits import TextEdit
from codemods.model.facts import ONLY_IN_BLOCK, Alias, Import
from codemods.model.patterns import lazy_pattern
from codemods.model.records import record
from codemods.read.source import Source

COMMENT = lazy_pattern(rb"[ \t\f]*(#[^\r\n]*)?")
COMMA = lazy_pattern(rb"(?:[ \t\f]|\\\r?\n)*,")
MODULE = lazy_pattern(
    rb"from(?P<gap>(?:[ \t\f]|\\\r?\n)*)(?P<module>[.\w\s\\]*?)(?P<tail>(?:[ \t\f]|\\\r?\n)*)import\b"
)
ALIAS_COMMENT = "kept while uses of the old name are moved"
PRAGMA = lazy_pattern(
    rb"#\s*("
    + ALIAS_COMMENT.encode()
    + rb"|(?i:noqa)|type:|ruff:|pylint:|pyright:|mypy:|isort:|fmt:|pragma:|nosec)"
)
LINTER_PRAGMA = lazy_pattern(rb"#\s*(?:(?i:noqa)\b|pylint:|ruff:\s*ignore\b)[^#\r\n]*(?<=\S)")
FIRST_LINE_COMMENT = lazy_pattern(rb"[^(#]*\([^#\r\n]*(#[^\r\n]*)")
ABOUT_UNUSED = lazy_pattern(rb"#\s*(?:(?i:noqa):\s*F401|ruff:\s*ignore\[(?:F401|unused-import)\])\s*$")


NO_PRAGMAS: Mapping[int, bytes] = {}


@record
class NewAlias:
    """What an alias becomes. No module: `import name`."""

    module: str | None
    name: str
    asname: str | None = None

    @property
    def text(self) -> str:
        return f"{self.name} as {self.asname}" if self.asname and self.asname != self.name else self.name

    @property
    def statement(self) -> str:
        return f"from {self.module} import {self.text}" if self.module is not None else f"import {self.text}"


AliasOutcome = NewAlias | Literal["keep", "drop"]


@record
class StatementLine:
    """The line of a statement, and whether others share it."""

    indent: bytes
    shared: bool
    """Other statements are on the same line."""
    end: int
    """Of the line, before its line end."""
    comment: bytes
    newline: bytes


def line_of(source: Source, start: int, end: int) -> StatementLine:
    text = source.text
    first = source.line_starts[source.position(start)[0] - 1]
    before = text[first:start]
    comment_match = COMMENT.match(text, end)
    stop = comment_match.end() if comment_match else end
    newline = text[stop : stop + 2] if text[stop : stop + 2] == b"\r\n" else text[stop : stop + 1]
    shared = bool(before.strip()) or newline not in (b"", b"\n", b"\r", b"\r\n")
    comment = (comment_match.group(1) or b"") if comment_match else b""
    indent = before if not before.strip() else b""
    return StatementLine(
        indent,
        shared,
        stop,
        comment,
        newline if newline.strip(b"\r\n") == b"" and newline else source.newline,
    )


def rewrite_import(
    source: Source,
    statement: Import,
    outcomes: Sequence[AliasOutcome],
    extra: Sequence[str] = (),
    crowded: bool = False,
    pragmas: Mapping[int, bytes] = NO_PRAGMAS,
) -> list[TextEdit]:
    """`extra`: statements to come behind it. `crowded`: others of its block go as well. `pragmas`: what is said to a
    linter behind the names that go elsewhere."""
    if all(outcome == "keep" for outcome in outcomes):
        return append_statements(source, statement, [(text, b"") for text in extra])
    news = [outcome for outcome in outcomes if isinstance(outcome, NewAlias)]
    staying = [outcome for outcome in news if fits_in_place(statement, outcome, outcomes)]
    if "keep" not in outcomes and len(news) == len(outcomes) == len(staying):
        return [
            *edit_in_place(source, statement, news),
            *append_statements(source, statement, [(text, b"") for text in extra]),
        ]
    if "keep" not in outcomes:
        statements = [*import_lines(news), *extra]
        return replace_statement(source, statement, statements, crowded)
    return split_statement(source, statement, outcomes, extra, pragmas)


def fits_in_place(statement: Import, new: NewAlias, outcomes: Sequence[AliasOutcome]) -> bool:
    """Whether the new name can stand in the statement as it is."""
    if statement.module is None:
        return new.module is None
    modules = {outcome.module for outcome in outcomes if isinstance(outcome, NewAlias)}
    return new.module is not None and len(modules) == 1


def edit_in_place(source: Source, statement: Import, news: Sequence[NewAlias]) -> list[TextEdit]:
    edits = [
        TextEdit(alias.start, alias.end, new.text.encode())
        for alias, new in zip(statement.aliases, news, strict=True)
        if alias_text(alias) != new.text
    ]
    if statement.module is not None:
        match = MODULE.match(source.text, statement.start, statement.end)
        module = (news[0].module or "").encode()
        if match and match.group("module") != module:
            space_before = b"" if match.group("gap") else b" "
            space_after = b"" if match.group("tail") else b" "
            edits.append(
                TextEdit(match.start("module"), match.end("module"), space_before + module + space_after)
            )
    return edits


def alias_text(alias: Alias) -> str:
    return f"{alias.name} as {alias.asname}" if alias.asname else alias.name


def import_lines(news: Iterable[NewAlias]) -> list[str]:
    """One statement for each module, in the order of the names."""
    groups: dict[str | None, list[str]] = {}
    for new in news:
        texts = groups.setdefault(new.module, [])
        if new.text not in texts:
            texts.append(new.text)
    return [
        f"from {module} import {', '.join(texts)}" if module is not None else f"import {', '.join(texts)}"
        for module, texts in groups.items()
    ]


def append_statements(
    source: Source, statement: Import, texts: Sequence[tuple[str, bytes]]
) -> list[TextEdit]:
    """Statements after this one: on their own lines, or on the same line if it is shared."""
    if not texts:
        return []
    line = line_of(source, statement.start, statement.end)
    if line.shared:
        text = "".join(f"; {without_comment(text)}" for text, _ in texts)
        return [TextEdit(statement.end, statement.end, text.encode())]
    lines = b"".join(line.newline + line.indent + text.encode() + comment for text, comment in texts)
    return [TextEdit(line.end, line.end, lines)]


def without_comment(statement: str) -> str:
    return statement.partition("  #")[0]


def replace_statement(
    source: Source, statement: Import, texts: Sequence[str], crowded: bool
) -> list[TextEdit]:
    inner = COMMENTS.findall(source.text, statement.start, statement.end)
    if texts:
        line = line_of(source, statement.start, statement.end)
        if line.shared:
            return [TextEdit(statement.start, statement.end, "; ".join(map(without_comment, texts)).encode())]
        glue = line.newline + line.indent
        first = b"".join(comment + glue for comment in inner) + texts[0].encode()
        rest = b"".join(glue + text.encode() for text in texts[1:])
        edits = [TextEdit(statement.start, statement.end, first)]
        return [*edits, TextEdit(line.end, line.end, rest)] if rest else edits
    return remove_statement(
        source, statement.start, statement.end, bool(statement.flags & ONLY_IN_BLOCK) or crowded, inner
    )


COMMENTS = lazy_pattern(rb"#[^\r\n]*")


def remove_statement(
    source: Source, start: int, end: int, needed: bool, inner: Sequence[bytes] = ()
) -> list[TextEdit]:
    """Remove a statement; if its block would be empty, `pass` replaces it."""
    line = line_of(source, start, end)
    text = source.text
    comments = [*inner, *([line.comment] if line.comment else [])]
    comments = [comment for comment in comments if not PRAGMA.match(comment)]
    if needed:
        return [TextEdit(start, end, b"".join(c + line.newline + line.indent for c in inner) + b"pass")]
    if line.shared:
        separator = re.compile(rb"[ \t\f]*;[ \t\f]*").match(text, end)
        if separator and text[separator.end() : separator.end() + 1] not in (b"", b"\n", b"\r", b"#"):
            return [TextEdit(start, separator.end(), b"")]
        before = re.compile(rb";[ \t\f]*$").search(
            text[source.line_starts[source.position(start)[0] - 1] : start]
        )
        return [TextEdit(start - len(before.group()), end, b"") if before else TextEdit(start, end, b"pass")]
    first = source.line_starts[source.position(start)[0] - 1]
    stop = line.end + (len(line.newline) if text[line.end : line.end + 1] else 0)
    kept = b"".join(line.indent + comment + line.newline for comment in comments)
    return [TextEdit(first if kept else start_of_gap(source, first, stop), stop, kept)]


def start_of_gap(source: Source, first: int, stop: int) -> int:
    """Blank lines above what is removed go with it where others stand below."""
    line = source.position(first)[0] - 1
    starts = [*source.line_starts, len(source.text)]
    below = source.position(stop)[0] if stop < len(source.text) else len(starts) - 1
    if source.text[stop : starts[min(below, len(starts) - 1)]].strip():
        return first
    while line and not source.text[starts[line - 1] : starts[line]].strip():
        line -= 1
    return starts[line]


def split_statement(
    source: Source,
    statement: Import,
    outcomes: Sequence[AliasOutcome],
    extra: Sequence[str],
    pragmas: Mapping[int, bytes] = NO_PRAGMAS,
) -> list[TextEdit]:
    """Remove some names from the list, with the comments of their lines."""
    segment = source.text[statement.start : statement.end]
    comments: dict[int, bytes] = {}
    stays = [outcome == "keep" or in_statement(statement, outcome) for outcome in outcomes]
    for number in reversed(range(len(outcomes))):
        alias, outcome = statement.aliases[number], outcomes[number]
        start, end = alias.start - statement.start, alias.end - statement.start
        if outcome == "keep":
            continue
        if isinstance(outcome, NewAlias) and stays[number]:
            segment = segment[:start] + outcome.text.encode() + segment[end:]
        else:
            follower = any(stays[number + 1 :])
            segment, comments[number] = without_alias(segment, start, end, follower)
    moved = [
        (outcome, comments.get(number, b"") or pragmas.get(number, b"").strip())
        for number, outcome in enumerate(outcomes)
        if isinstance(outcome, NewAlias) and not stays[number]
    ]
    dropped_comments = [
        comment for number, comment in comments.items() if outcomes[number] == "drop" and comment
    ]
    edits = (
        []
        if segment == source.text[statement.start : statement.end]
        else [TextEdit(statement.start, statement.end, segment)]
    )
    texts = grouped_lines(moved)
    texts += [(text, b"") for text in extra]
    if dropped_comments and texts:
        texts[0] = (texts[0][0], texts[0][1] + b"".join(b"  " + comment for comment in dropped_comments))
    return [*edits, *append_statements(source, statement, texts)]


def linter_pragma(source: Source, statement: Import) -> bytes:
    """`# noqa` or `# pylint: disable` behind the statement, or on the first of its lines."""
    first = FIRST_LINE_COMMENT.match(source.text, statement.start, statement.end)
    for comment in (line_of(source, statement.start, statement.end).comment, first and first.group(1)):
        found = LINTER_PRAGMA.search(comment or b"")
        if found:
            return found.group()
    return b""


def in_statement(statement: Import, outcome: AliasOutcome) -> bool:
    return isinstance(outcome, NewAlias) and statement.module is None and outcome.module is None


def grouped_lines(news: Iterable[tuple[NewAlias, bytes]]) -> list[tuple[str, bytes]]:
    """One statement per module; a name with its own comment gets its own statement."""
    plain = [new for new, comment in news if not comment]
    texts = [(text, b"") for text in import_lines(plain)]
    return texts + [(new.statement, b"  " + comment) for new, comment in news if comment]


def without_alias(segment: bytes, start: int, end: int, follower: bool) -> tuple[bytes, bytes]:
    """The statement's text without one alias, and the comment that was on the alias's line."""
    comma = COMMA.match(segment, end)
    stop = comma.end() if comma else end
    line_start = max(segment.rfind(b"\n", 0, start), segment.rfind(b"\r", 0, start)) + 1
    if b"(" not in segment[:start]:
        return without_parentheses(segment, start, end, follower), b""
    comment_match = COMMENT.match(segment, stop)
    line_end = comment_match.end() if comment_match else stop
    alone = (
        not segment[line_start:start].strip()
        and line_start
        and segment[line_end : line_end + 1] in (b"\n", b"\r")
    )
    if alone:
        newline = 2 if segment[line_end : line_end + 2] == b"\r\n" else 1
        return segment[:line_start] + segment[line_end + newline :], (
            comment_match.group(1) or b""
        ) if comment_match else b""
    if not comma:
        before = re.compile(rb",[ \t\f]*$").search(segment[:start])
        return segment[: before.start() if before else start] + segment[end:], b""
    spaces = re.compile(rb"[ \t\f]*").match(segment, stop)
    after = spaces.end() if spaces else stop
    if segment[after : after + 1] in (b"\n", b"\r", b")"):
        kept = segment[:start].rstrip(b" \t\f")
        return kept + segment[stop:], b""
    if segment[after : after + 1] == b"#":
        return segment[:start].rstrip(b" \t\f") + b"  " + segment[after:], b""
    return segment[:start] + segment[after:], b""


def without_parentheses(segment: bytes, start: int, end: int, follower: bool) -> bytes:
    if follower:
        gap = re.compile(rb"(?:[ \t\f]|\\\r?\n)*,(?:[ \t\f]|\\\r?\n)*").match(segment, end)
        return segment[:start] + segment[gap.end() if gap else end :]
    gap = re.compile(rb"(?:[ \t\f]|\\\r?\n)*,(?:[ \t\f]|\\\r?\n)*$").search(segment[:start])
    return segment[: gap.start() if gap else start] + segment[end:]
