"""Python code in a string literal, or in the examples of a docstring: its text, and where each byte is in the file."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from codemods.model.edits import TextEdit, apply_edits
from codemods.model.facts import StringLiteral
from codemods.model.patterns import lazy_pattern
from codemods.model.records import record
from codemods.read.source import Source, Unreadable, parse_python, read_source

if TYPE_CHECKING:
    from doctest import Example

LITERAL = lazy_pattern(rb"""(?P<raw>[rR])?[uU]?(?P<quote>'''|\"\"\"|'|")(?P<body>.*)(?P=quote)""", re.DOTALL)
ESCAPES = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"\\": b"\\", b"'": b"'", b'"': b'"', b"\n": b""}
PROMPTS = (b">>> ", b"... ")
FENCE = lazy_pattern(
    r"^(?P<indent>[ \t]*)(?P<mark>```+|~~~+)[ \t]*(?:python3?|py)\b[^\n]*\n(?P<code>.*?)^(?P=indent)(?P=mark)[ \t]*$",
    re.M | re.S,
)
BLOCK = b"if 1:\n"
"""Before code that is indented as a whole."""


@record
class QuotedCode:
    source: Source
    offsets: tuple[int, ...]
    """By the bytes of the code: where each is in the file; one more for the end."""
    has_lines: bool
    """Whether a line end in the code is one in the file."""
    head: int
    """How many bytes at the beginning stand before the code."""

    def outer_edits(self, edits: Sequence[TextEdit]) -> list[TextEdit]:
        """The edits of the file that do the same as those of the code; empty where there are none."""
        return [
            TextEdit(
                self.offsets[edit.start - self.head],
                self.offsets[edit.end - self.head],
                edit.text if self.has_lines else edit.text.replace(b"\n", b"\\n"),
            )
            for edit in edits
        ]


@record
class QuotedExamples:
    """The examples of one docstring, which share their names: those of doctest, or blocks of Markdown."""

    source: Source
    file: Source
    literal: StringLiteral
    offsets: tuple[int, ...]
    wants: tuple[str, ...]
    """What they are expected to print."""
    fenced: bool = False

    def outer_edits(self, edits: Sequence[TextEdit]) -> list[TextEdit]:
        start, end = self.literal.start, self.literal.end
        code = apply_edits(self.source.text, edits)
        outer = list(self.with_prompts(edits, code))
        shifted = [TextEdit(one.start - start, one.end - start, one.text) for one in outer]
        match = LITERAL.fullmatch(apply_edits(self.file.text[start:end], shifted))
        pieces = decoded(match["body"], 0, bool(match["raw"])) if match else None
        read = fenced_in if self.fenced else examples_in
        after = read(b"".join(text for text, _ in pieces or ()).decode("utf-8", "replace"))
        same = "".join(one.source for one in after).encode() == code
        whole = not any(isinstance(parse_python(one.source.encode()), Unreadable) for one in after)
        return outer if same and whole and tuple(one.want for one in after if one.want) == self.wants else []

    def with_prompts(self, edits: Sequence[TextEdit], after: bytes) -> Iterator[TextEdit]:
        """With `>>>` before each new line that begins a statement, and `...` before any other, where there are prompts."""
        begins, continues = (b"", b"") if self.fenced else PROMPTS
        first_lines = {first_line(one) for one in getattr(parse_python(after), "body", ())}
        shift = 0
        for edit in edits:
            start, end = self.offsets[edit.start], self.offsets[edit.end]
            before = self.file.text[self.file.text.rfind(b"\n", 0, start) + 1 : start]
            indent = before[: len(before) - len(before.lstrip())]
            line = after.count(b"\n", 0, edit.start + shift) + 1
            first, *others = edit.text.split(b"\n")
            for number, text in enumerate(others, line + 1):
                first += b"\n" + indent + (begins if number in first_lines else continues) + text
            yield TextEdit(start, end, first)
            shift += len(edit.text) - (edit.end - edit.start)


def first_line(statement: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min(statement.lineno, *(one.lineno for one in decorators)) if decorators else statement.lineno


def quoted_examples(file: Source, literal: StringLiteral) -> QuotedExamples | None:
    """None where there are none, both kinds, or where they are written in a way that can't be edited."""
    examples, fenced = examples_in(literal.value), fenced_in(literal.value)
    if examples and fenced:
        return None
    match = LITERAL.fullmatch(file.text, literal.start, literal.end)
    pieces = decoded(match["body"], match.start("body"), bool(match["raw"])) if match else None
    if match is None or pieces is None or b"".join(text for text, _ in pieces) != literal.value.encode():
        return None
    offsets = [at for text, at in pieces for _ in text]
    starts = [0, *(found.end() for found in re.finditer(rb"\n", literal.value.encode()))]
    places: list[int] = []
    for example in examples or fenced:
        for number, line in enumerate(example.source.encode().splitlines(keepends=True)):
            at = starts[example.lineno + number] + example.indent + (0 if fenced else len(PROMPTS[0]))
            if line != b"\n":
                places += offsets[at : at + len(line) - 1]
            places.append(places[-1] + 1 if places else match.start("body"))
    source = read_source("".join(one.source for one in examples or fenced).encode())
    if isinstance(source, Unreadable) or len(places) != len(source.text):
        return None
    wants = tuple(one.want for one in examples if one.want)
    return QuotedExamples(source, file, literal, (*places, match.end("body")), wants, bool(fenced))


def examples_use(docstring: str, name: str) -> bool:
    """Whether the examples of a docstring read a name that they don't bind before: their module's."""
    if ">>>" not in docstring or name not in docstring:
        return False
    tree = parse_python("".join(one.source for one in examples_in(docstring)).encode())
    if isinstance(tree, Unreadable):
        return re.search(rf"(?<![\w.]){re.escape(name)}\b", docstring) is not None
    read = [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load)
    ]
    bound = [node.lineno for node in ast.walk(tree) if isinstance(node, ast.stmt) and binds(node, name)]
    return bool(read) and min(read) <= min(bound, default=sys.maxsize)


def binds(statement: ast.stmt, name: str) -> bool:
    if isinstance(statement, (ast.Import, ast.ImportFrom)):
        return any((one.asname or one.name.partition(".")[0]) == name for one in statement.names)
    if isinstance(statement, ast.Assign):
        return any(isinstance(one, ast.Name) and one.id == name for one in statement.targets)
    return getattr(statement, "name", None) == name


def examples_in(text: str) -> list[Example]:
    from doctest import DocTestParser  # it takes a while to load, and few files have examples

    try:
        return DocTestParser().get_examples(text)
    except ValueError:
        return []


def fenced_in(text: str) -> list[Example]:
    """The blocks of Python in Markdown; none where a line of one is indented less than its fence."""
    from doctest import Example

    found: list[Example] = []
    for match in FENCE.finditer(text):
        lines, indent = match["code"].splitlines(keepends=True), match["indent"]
        if any(line.strip() and not line.startswith(indent) for line in lines):
            return []
        code = "".join(line[len(indent) :] if line.strip() else "\n" for line in lines)
        found.append(Example(code, "", lineno=text.count("\n", 0, match.start("code")), indent=len(indent)))
    return [one for one in found if one.source.strip()]


def quoted_code(file: Source, literal: StringLiteral) -> QuotedCode | None:
    """None where it doesn't parse, or is written in a way that can't be edited."""
    match = LITERAL.fullmatch(file.text, literal.start, literal.end)
    if match is None:
        return None
    pieces = decoded(match["body"], match.start("body"), bool(match["raw"]))
    if pieces is None or b"".join(text for text, _ in pieces) != literal.value.encode():
        return None
    has_lines = len(match["quote"]) == 3 and b"\\n" not in match["body"]
    head = BLOCK if re.match(rb"\s*\n[ \t]+\S|[ \t]+\S", literal.value.encode()) else b""
    source = read_source(head + literal.value.encode())
    if isinstance(source, Unreadable) or isinstance(parse_python(source.text), Unreadable):
        return None
    offsets = (*(at for text, at in pieces for _ in text), match.end("body"))
    return QuotedCode(source, offsets, has_lines, len(head))


def decoded(body: bytes, start: int, raw: bool) -> list[tuple[bytes, int]] | None:
    """The bytes of a literal's value, each with its place; None for other escapes than the usual ones."""
    pieces: list[tuple[bytes, int]] = []
    at = 0
    while at < len(body):
        if body[at : at + 1] != b"\\" or raw:
            pieces.append((body[at : at + 1], start + at))
            at += 1
        elif body[at + 1 : at + 2] in ESCAPES:
            pieces.append((ESCAPES[body[at + 1 : at + 2]], start + at))
            at += 2
        else:
            return None
    return pieces
