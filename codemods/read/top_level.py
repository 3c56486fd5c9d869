"""The parts of a file that are worth parsing: the top-level statements that hold one of the words.

What is left out is replaced by its line ends, so that every line and column stays what it is. Where the text can't be
cut with certainty the whole of it is parsed.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

STRING = re.compile(
    rb"#[^\n]*"
    rb'|"(?:""[^"\\]*(?:(?:\\.|"(?!""))[^"\\]*)*"""|[^"\\\n]*(?:\\.[^"\\\n]*)*")'
    rb"|'(?:''[^'\\]*(?:(?:\\.|'(?!''))[^'\\]*)*'''|[^'\\\n]*(?:\\.[^'\\\n]*)*')",
    re.DOTALL,
)
"""Each way begins with its own character: so `re` skips to the next of them."""
TRIPLE = (b'"""', b"'''")
BEGINNING = rb"(?=[^\s#)\]}])"
STATEMENT_START = re.compile(rb"\n" + BEGINNING)
"""Behind a line end. That it begins with a literal lets `re` skip to the next one."""
CONTINUES = re.compile(rb"(?:else|elif|except|finally|case)\b")
IMPORT = re.compile(rb"(?:from|import)\b")
CLASS = re.compile(rb"(?:@[^\n]*\n)*class\b")
CLASS_BODY = re.compile(rb":[ \t]*(?:#[^\n]*)?\n(?:[ \t]*(?:#[^\n]*)?\n)*([ \t]+)(?=[^\s#])")
DECORATOR = re.compile(rb"[ \t]*@")
AT_SIGN = ord("@")
INDENT = re.compile(rb"[ \t]*")
COMMENT_LINE = re.compile(rb"[ \t]*#")
SPACE = b" \t\n\v"
OPEN_ENDS = b"([{,\\=+-*/%&|^<>.:"
LONG_CLASS = 1200
WORD = frozenset((*b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_", *range(128, 256)))
"""What names are made of."""
Selection = Callable[[int, int], bool]


@dataclass(frozen=True)
class Excerpt:
    """A text without some of its statements."""

    whole: bytes
    left_out: tuple[tuple[int, int], ...]

    @cached_property
    def text(self) -> bytes:
        """With the line ends of what was left out."""
        return self.with_gaps(lambda start: b"")

    @cached_property
    def text_with_gaps_closed(self) -> bytes:
        """With a statement in each gap: nothing that begins before one can end behind it."""
        return self.with_gaps(lambda start: INDENT.match(self.whole, start)[0] + b"pass" if start else b"")  # type: ignore[index]

    def with_gaps(self, filling: Callable[[int], bytes]) -> bytes:
        pieces: list[bytes] = []
        at = 0
        for start, end in self.left_out:
            pieces += self.whole[at:start], filling(start), b"\n" * self.whole.count(b"\n", start, end)
            at = end
        pieces.append(self.whole[at:])
        return b"".join(pieces)

    @cached_property
    def rest(self) -> bytes:
        """What was left out, as a text of its own; members within a class."""
        pieces: list[bytes] = []
        for start, end in self.left_out:
            is_member = start and self.whole[start] in SPACE
            pieces += b"class _:\n" if is_member else b"", self.whole[start:end], b"\npass\n"
        return b"".join(pieces)

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
        return self.holding_at(sorted(word_starts(self.text, words)))

    def holding_at(self, places: Sequence[int]) -> Excerpt:
        """As `holding`, by where the words stand, in order."""

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
        left: list[tuple[int, int]] = []
        for start, end in self.spans:
            if not statement(start, end):
                leave_out(start, end, left)
            elif end - start >= LONG_CLASS and CLASS.match(self.text, start):
                self.choose_members(start, end, member, left)
        return Excerpt(self.text, tuple(left))

    def choose_members(self, start: int, end: int, member: Selection, left: list[tuple[int, int]]) -> None:
        """Of a long class, the members that are wanted, and always its first."""
        members = [start, *self.member_starts(start, end)]
        for first, last in list(zip(members, (*members[1:], end), strict=True))[2:]:
            if not member(first, last):
                leave_out(first, last, left)

    def member_starts(self, start: int, end: int) -> list[int]:
        """By the indentation of the first line of the class's body; none where not all below it is indented."""
        body = CLASS_BODY.search(self.text, start, end)
        if not body:
            return []
        since = body.start(1)
        margin = STATEMENT_START.finditer(self.text, since, end)
        if any(outside(self.strings, match.end()) for match in margin):
            return []
        pattern = re.compile(rb"\n" + body.group(1) + BEGINNING)
        return [since, *(at for at in beginnings(self.text, pattern, since, end, self.strings) if at > since)]


def leave_out(start: int, end: int, left: list[tuple[int, int]]) -> None:
    """Together with what is left out just before it."""
    if left and left[-1][1] == start:
        start = left.pop()[0]
    left.append((start, end))


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
    """Where statements begin behind the first one, which begins at `since`. The pattern begins with a line end."""
    found: list[int] = []
    number = max(bisect_left(strings, (since, since)) - 1, 0)
    decorated = DECORATOR.match(text, since) is not None
    for match in pattern.finditer(text, since, until):
        at, first = match.start() + 1, match.end()
        while number < len(strings) and strings[number][1] <= at:
            number += 1
        if number < len(strings) and strings[number][0] < at:
            continue
        goes_on = decorated or CONTINUES.match(text, first) is not None or ends_open(text, at)
        decorated = text[first] == AT_SIGN
        if not goes_on:
            found.append(at)
    return found


def ends_open(text: bytes, at: int) -> bool:
    """Whether the last line before, comments aside, ends in a way that lets the statement go on."""
    end = at
    while True:
        while end > 0 and text[end - 1] in SPACE:
            end -= 1
        start = text.rfind(b"\n", 0, end) + 1
        if end == 0 or COMMENT_LINE.match(text, start, end) is None:
            return end > 0 and text[end - 1] in OPEN_ENDS
        end = start


def strings_over_lines(text: bytes) -> tuple[tuple[int, int], ...]:
    """Those in triple quotes. Only the lines that hold such quotes are read: where a line ends outside of these
    strings, no other goes on, unless by a backslash."""
    if b"\\\n" in text:
        return tuple(match.span() for match in STRING.finditer(text) if is_triple(match))
    found: list[tuple[int, int]] = []
    at = 0
    while (start := next_triple_quotes(text, at)) >= 0:
        since = max(text.rfind(b"\n", at, start) + 1, at)
        before = text[since:start]
        at = start + 3
        if b'"' not in before and b"'" not in before and b"#" not in before:
            since, end = start, text.find(text[start:at], at)
            if end >= 0 and text.find(b"\\", at, end) < 0:
                at = end + 3
                found.append((start, at))
                continue
        for match in STRING.finditer(text, since):
            if is_triple(match):
                found.append(match.span())
            if match.end() > start:
                at = match.end()
                break
    return tuple(found)


def next_triple_quotes(text: bytes, at: int) -> int:
    """-1 if there are no more; `find` is much faster than a pattern."""
    first = text.find(TRIPLE[0], at)
    other = text.find(TRIPLE[1], at, first if first >= 0 else len(text))
    return other if other >= 0 else first


def is_triple(match: re.Match[bytes]) -> bool:
    start, end = match.span()
    return end - start > 5 and match.string[start : start + 3] in TRIPLE


def word_starts(text: bytes, words: Iterable[str]) -> Iterator[int]:
    """Where any of the words stands as a whole; in no order."""
    for word in map(str.encode, words):
        at = text.find(word)
        while at >= 0:
            end = at + len(word)
            if (at == 0 or text[at - 1] not in WORD) and (end == len(text) or text[end] not in WORD):
                yield at
            at = text.find(word, at + 1)
