"""The parts of a file that are worth parsing: the top-level statements that hold one of the words.

What is left out is replaced by its line ends, so that every line and column stays what it is. Where the text can't be
cut with certainty the whole of it is parsed.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

STRING = re.compile(
    rb"#[^\n]*"
    rb'|"(?:""[^"\\]*(?:(?:\\.|"(?!""))[^"\\]*)*"""|[^"\\\n]*(?:\\.[^"\\\n]*)*")'
    rb"|'(?:''[^'\\]*(?:(?:\\.|'(?!''))[^'\\]*)*'''|[^'\\\n]*(?:\\.[^'\\\n]*)*')",
    re.DOTALL,
)
"""Each way begins with its own character: so `re` skips to the next of them."""
TRIPLE = (b'"""', b"'''")
STATEMENT_START = re.compile(rb"^(?=[^\s#)\]}])", re.MULTILINE)
CONTINUES = re.compile(rb"(?:else|elif|except|finally|case)\b")
IMPORT = re.compile(rb"(?:from|import)\b")
CLASS = re.compile(rb"(?:@[^\n]*\n)*class\b")
CLASS_BODY = re.compile(rb":[ \t]*(?:#[^\n]*)?\n(?:[ \t]*(?:#[^\n]*)?\n)*([ \t]+)(?=[^\s#])")
OPEN_ENDS = b"([{,\\=+-*/%&|^<>.:"
LONG_CLASS = 1200
WORD = frozenset((*b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_", *range(128, 256)))
"""What names are made of."""
Selection = Callable[[int, int], bool]


class Excerpt(NamedTuple):
    text: bytes
    left_out: tuple[tuple[int, int], ...]
    """What was left out."""

    def leaves_out(self, offsets: Iterable[int]) -> bool:
        """Whether any of these offsets lies in what was left out."""
        places = sorted(offsets)
        firsts = (bisect_left(places, start) for start, _ in self.left_out)
        return any(
            at < len(places) and places[at] < end for at, (_, end) in zip(firsts, self.left_out, strict=True)
        )


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

    def holding(self, words: Collection[str]) -> Excerpt:
        """The imports and what holds one of the words."""
        places = sorted(word_starts(self.text, words))

        def wanted(start: int, end: int) -> bool:
            at = bisect_left(places, start)
            return at < len(places) and places[at] < end

        return self.choose(
            lambda start, end: IMPORT.match(self.text, start) is not None or wanted(start, end), wanted
        )

    def touched_by(self, spans: Sequence[tuple[int, int]]) -> Excerpt:
        """Only what these spans touch."""
        lasts = [last for _, last in spans]

        def touched(start: int, end: int) -> bool:
            at = bisect_left(lasts, start)
            return at < len(spans) and spans[at][0] <= end

        return self.choose(touched, touched)

    def choose(self, statement: Selection, member: Selection) -> Excerpt:
        pieces: list[bytes] = []
        left: list[tuple[int, int]] = []
        for start, end in self.spans:
            if not statement(start, end):
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
            if number < 2 or member(first, last):
                pieces.append(self.text[first:last])
            else:
                left.append((first, last))
                pieces.append(b"\n" * self.text.count(b"\n", first, last))

    def member_starts(self, start: int, end: int) -> list[int]:
        """By the indentation of the first line of the class's body; none where not all below it is indented."""
        body = CLASS_BODY.search(self.text, start, end)
        if not body:
            return []
        since = body.start(1)
        margin = STATEMENT_START.finditer(self.text, since, end)
        if any(outside(self.strings, match.start()) for match in margin):
            return []
        pattern = re.compile(rb"^" + body.group(1) + rb"(?=[^\s#)\]}])", re.MULTILINE)
        return [since, *(at for at in beginnings(self.text, pattern, since, end, self.strings) if at > since)]


def outside(strings: Sequence[tuple[int, int]], offset: int) -> bool:
    at = bisect_left(strings, (offset, offset)) - 1
    return at < 0 or strings[at][1] <= offset


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
    """Whether the last line before, comments aside, ends in a way that lets the statement go on."""
    end = at
    while end > 0:
        start = text.rfind(b"\n", 0, end - 1) + 1
        line = text[start:end].strip()
        if line and not line.startswith(b"#"):
            return line[-1:] in OPEN_ENDS
        end = start
    return False


def strings_over_lines(text: bytes) -> tuple[tuple[int, int], ...]:
    if b'"""' not in text and b"'''" not in text:
        return ()
    spans = [found.span() for found in STRING.finditer(text)]
    return tuple(
        (start, end) for start, end in spans if end - start > 5 and text[start : start + 3] in TRIPLE
    )


def word_starts(text: bytes, words: Iterable[str]) -> Iterator[int]:
    """Where any of the words stands as a whole; in no order."""
    for word in map(str.encode, words):
        at = text.find(word)
        while at >= 0:
            end = at + len(word)
            if (at == 0 or text[at - 1] not in WORD) and (end == len(text) or text[end] not in WORD):
                yield at
            at = text.find(word, at + 1)
