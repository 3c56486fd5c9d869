"""The parts of a file that are worth parsing: the top-level statements that hold one of the words.

What is left out is replaced by its line ends, so that every line and column stays what it is. Where the text can't be
cut with certainty the whole of it is parsed.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple

STRING = re.compile(
    rb"#[^\n]*"
    rb'|("""(?:[^"\\]|\\.|"(?!""))*"""'
    rb"|'''(?:[^'\\]|\\.|'(?!''))*''')"
    rb'|"(?:[^"\\\n]|\\.)*"'
    rb"|'(?:[^'\\\n]|\\.)*'",
    re.DOTALL,
)
STATEMENT_START = re.compile(rb"^(?=[^\s#)\]}])", re.MULTILINE)
CONTINUES = re.compile(rb"(?:else|elif|except|finally|case)\b")
IMPORT = re.compile(rb"(?:from|import)\b")
CLASS = re.compile(rb"(?:@[^\n]*\n)*class\b")
CLASS_BODY = re.compile(rb":[ \t]*(?:#[^\n]*)?\n(?:[ \t]*(?:#[^\n]*)?\n)*([ \t]+)(?=[^\s#])")
OPEN_ENDS = b"([{,\\=+-*/%&|^<>.:"
LONG_CLASS = 1200
Selection = Callable[[bytes, int, int], bool]


class Excerpt(NamedTuple):
    text: bytes
    left_out: tuple[tuple[int, int], ...]
    """What was left out."""


@dataclass(frozen=True)
class TopLevelStatements:
    """A text cut into statements; each starts where the one before ends, and the first at 0."""

    text: bytes
    starts: tuple[int, ...]
    strings: tuple[tuple[int, int], ...]
    """Those in triple quotes."""

    @property
    def spans(self) -> list[tuple[int, int]]:
        return list(zip(self.starts, (*self.starts[1:], len(self.text)), strict=True))

    def holding(self, words: re.Pattern[bytes]) -> Excerpt:
        """The imports and what holds one of the words."""

        def wanted(text: bytes, start: int, end: int) -> bool:
            return words.search(text, start, end) is not None

        return self.choose(
            lambda text, start, end: bool(IMPORT.match(text, start)) or wanted(text, start, end), wanted
        )

    def touched_by(self, spans: Sequence[tuple[int, int]]) -> Excerpt:
        """Only what these spans touch."""
        lasts = [last for _, last in spans]

        def touched(_: bytes, start: int, end: int) -> bool:
            at = bisect_left(lasts, start)
            return at < len(spans) and spans[at][0] <= end

        return self.choose(touched, touched)

    def choose(self, statement: Selection, member: Selection) -> Excerpt:
        pieces: list[bytes] = []
        left: list[tuple[int, int]] = []
        for start, end in self.spans:
            if not statement(self.text, start, end):
                left.append((start, end))
                pieces.append(b"\n" * self.text.count(b"\n", start, end))
            elif end - start < LONG_CLASS or not CLASS.match(self.text, start):
                pieces.append(self.text[start:end])
            else:
                self.choose_members(start, end, member, pieces, left)
        return Excerpt(b"".join(pieces), tuple(left))

    def choose_members(
        self, start: int, end: int, member: Selection, pieces: list[bytes], left: list[tuple[int, int]]
    ) -> None:
        """Of a long class, the members that are wanted, and always its first."""
        members = [start, *self.member_starts(start, end)]
        for number, (first, last) in enumerate(zip(members, (*members[1:], end), strict=True)):
            if number < 2 or member(self.text, first, last):
                pieces.append(self.text[first:last])
            else:
                left.append((first, last))
                pieces.append(b"\n" * self.text.count(b"\n", first, last))

    def member_starts(self, start: int, end: int) -> list[int]:
        """By the indentation of the first line of the class's body."""
        body = CLASS_BODY.search(self.text, start, end)
        if not body:
            return []
        indent = body.group(1)
        pattern = re.compile(rb"^" + indent + rb"(?=[^\s#)\]}])", re.MULTILINE)
        since = body.start(1)
        return [since, *(at for at in beginnings(self.text, pattern, since, end, self.strings) if at > since)]


def split_statements(text: bytes) -> TopLevelStatements:
    """Nothing is cut where a line ends in a way that lets the statement go on, or within a string."""
    if b"\r" in text or b"\f" in text:
        return TopLevelStatements(text, (0,), ())
    strings = strings_over_lines(text)
    return TopLevelStatements(text, (0, *beginnings(text, STATEMENT_START, 0, len(text), strings)), strings)


def beginnings(
    text: bytes, pattern: re.Pattern[bytes], since: int, until: int, strings: Sequence[tuple[int, int]]
) -> list[int]:
    found: list[int] = []
    number = bisect_left(strings, (since, since)) - 1 if strings else 0
    number = max(number, 0)
    decorated = False
    for match in pattern.finditer(text, since, until):
        at, first = match.start(), match.end()
        while number < len(strings) and strings[number][1] <= at:
            number += 1
        if number < len(strings) and strings[number][0] < at:
            continue
        goes_on = decorated or CONTINUES.match(text, first) is not None or ends_open(text, at)
        decorated = text[first : first + 1] == b"@"
        if not goes_on and at > since:
            found.append(at)
    return found


def ends_open(text: bytes, at: int) -> bool:
    before = text[max(0, at - 160) : at].rstrip()
    return before[-1:] in OPEN_ENDS and bool(before)


def strings_over_lines(text: bytes) -> tuple[tuple[int, int], ...]:
    if b'"""' not in text and b"'''" not in text:
        return ()
    return tuple(found.span(1) for found in STRING.finditer(text) if found.start(1) >= 0)


def whole_words(words: Collection[str]) -> re.Pattern[bytes]:
    """Any of the words as a whole."""
    options = b"|".join(re.escape(word.encode()) for word in sorted(words))
    return re.compile(rb"(?<![\w\x80-\xff])(?:" + options + rb")(?![\w\x80-\xff])")
