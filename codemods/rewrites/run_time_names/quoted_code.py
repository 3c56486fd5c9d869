"""Python code in a string literal: its text, and where each byte of it stands in the file."""

from __future__ import annotations

import re
from dataclasses import dataclass

from codemods.model.edits import TextEdit
from codemods.model.facts import StringLiteral
from codemods.read.source import Source, Unreadable, parse_python, read_source

LITERAL = re.compile(rb"""(?P<raw>[rR])?[uU]?(?P<quote>'''|\"\"\"|'|")(?P<body>.*)(?P=quote)""", re.DOTALL)
ESCAPES = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"\\": b"\\", b"'": b"'", b'"': b'"', b"\n": b""}
BLOCK = b"if 1:\n"
"""Before code that is indented as a whole."""


@dataclass(frozen=True)
class QuotedCode:
    source: Source
    offsets: tuple[int, ...]
    """By the bytes of the code: where each is in the file; one more for the end."""
    has_lines: bool
    """Whether a line end in the code is one in the file."""
    head: int
    """How many bytes at the beginning stand before the code."""

    def outer_edit(self, edit: TextEdit) -> TextEdit:
        """The edit of the file that does the same as one of the code."""
        text = edit.text if self.has_lines else edit.text.replace(b"\n", b"\\n")
        return TextEdit(self.offsets[edit.start - self.head], self.offsets[edit.end - self.head], text)


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
