"""The parts of a file that are worth parsing: the top-level statements that hold one of the words, and of a long
class or function the statements of its body that do.

What is left out is replaced by its line ends, so that every line and column stays what it is. Where the text can't be
cut with certainty the whole of it is parsed.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import cached_property
from operator import itemgetter

from codemods.model.contents import word_places
from codemods.model.patterns import lazy_pattern
from codemods.model.records import record

STRING = lazy_pattern(
    rb"#[^\n]*"
    rb'|"(?:""[^"\\]*(?:(?:\\.|"(?!""))[^"\\]*)*"""|[^"\\\n]*(?:\\.[^"\\\n]*)*")'
    rb"|'(?:''[^'\\]*(?:(?:\\.|'(?!''))[^'\\]*)*'''|[^'\\\n]*(?:\\.[^'\\\n]*)*')",
    re.DOTALL,
)
"""Each way begins with its own character: so `re` skips to the next of them."""
TRIPLE = (b'"""', b"'''")
BEGINNING = rb"(?=[^\s#)\]}])"
STATEMENT_START = lazy_pattern(rb"\n" + BEGINNING)
"""Behind a line end. That it begins with a literal lets `re` skip to the next one."""
CONTINUES = lazy_pattern(rb"(?:else|elif|except|finally|case)\b")
IMPORT = lazy_pattern(rb"(?:from|import)\b")
STAR_IMPORT = lazy_pattern(rb"import ?\*")
CLASS = lazy_pattern(rb"(?:@[^\n]*\n)*class\b")
BODY = lazy_pattern(rb":[ \t]*(?:#[^\n]*)?\n(?:[ \t]*(?:#[^\n]*)?\n)*([ \t]+)(?=[^\s#])")
FUNCTION = lazy_pattern(rb"(?:[ \t]*@[^\n]*\n)*[ \t]*(?:async[ \t]+)?def\b")
AT_SIGN = ord("@")
DECORATED = lazy_pattern(rb"(?:@|def\b|class\b|async\b)")
"""What a decorator may stand before."""
INDENT = lazy_pattern(rb"[ \t]*")
COMMENT_LINE = lazy_pattern(rb"[ \t]*#")
SPACE = b" \t\n\v"
OPEN_ENDS = b"([{,\\=+-*/%&|^<>.:"
LONG_CLASS = 1200
LONG_FUNCTION = 400
DECLARATIONS = (b"global", b"nonlocal")


@record
class Excerpt:
    """A text without some of its statements."""

    whole: bytes
    left_out: tuple[tuple[int, int], ...]
    in_functions: frozenset[int] = frozenset()
    """Where what was left out of functions starts."""

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
        """What was left out, as a text of its own; members within a class, parts of a function in one."""
        pieces: list[bytes] = []
        for start, end in self.left_out:
            around = b"class _:\n" if start and self.whole[start] in SPACE else b""
            around = b"def _():\n" if start in self.in_functions else around
            pieces += around, self.whole[start:end], b"\npass\n"
        return b"".join(pieces)

    def leaves_out(self, offsets: Iterable[int]) -> bool:
        """Whether any of these offsets lies in what was left out."""
        places = sorted(offsets)
        firsts = (bisect_left(places, start) for start, _ in self.left_out)
        return any(
            at < len(places) and places[at] < end for at, (_, end) in zip(firsts, self.left_out, strict=True)
        )


@record
class TopLevelStatements:
    """A text cut into statements; each starts where the one before ends, and the first at 0."""

    text: bytes
    starts: tuple[int, ...]
    strings: tuple[tuple[int, int], ...]
    """Those in triple quotes."""
    margin: tuple[int, ...]
    """Where lines begin at the margin as a statement may, behind the first one."""
    can_be_cut: bool = True

    @cached_property
    def imports(self) -> list[int]:
        """Which of the statements are imports, or were not cut off from one that follows; and star imports, which may
        bring any name, in blocks."""
        starts = [start for start in (0, *self.margin) if IMPORT.match(self.text, start)]
        starts += [match.start() for match in STAR_IMPORT.finditer(self.text)]
        return sorted({self.number_at(start) for start in starts})

    def holding(self, words: Collection[str]) -> Excerpt:
        """The imports and what holds one of the words."""
        return self.holding_at(list(word_starts(self.text, words)))

    def holding_at(self, places: Collection[int], further: Iterable[int] = ()) -> Excerpt:
        """As `holding`, by where the words stand. `further`: words that count within functions alone."""
        within = sorted({*places, *further})
        spans = [(place, place) for place in sorted(places)]
        return self.choose(spans, self.imports, [(place, place) for place in within])

    def touched_by(self, spans: Sequence[tuple[int, int]]) -> Excerpt:
        """Only what these spans touch."""
        return self.choose([(max(start - 1, 0), end) for start, end in spans])

    def choose(
        self,
        spans: Sequence[tuple[int, int]],
        numbers: Iterable[int] = (),
        in_functions: Sequence[tuple[int, int]] | None = None,
    ) -> Excerpt:
        """The statements in which these spans lie, and some by their numbers. `in_functions`: the spans, in order,
        that count there; without, a function stays whole."""
        chosen = set(numbers)
        for first, last in spans:
            number = self.number_at(first)
            chosen.update((number,) if first == last else range(number, self.number_at(last) + 1))
        parts = ChosenParts(self, in_functions)
        at = 0
        for number in sorted(chosen):
            start = self.starts[number]
            end = self.starts[number + 1] if number + 1 < len(self.starts) else len(self.text)
            parts.leave_out(at, start)
            parts.choose_within(start, end, spans)
            at = end
        parts.leave_out(at, len(self.text))
        return Excerpt(self.text, tuple(parts.left), frozenset(parts.left_in_functions))

    def number_at(self, offset: int) -> int:
        return bisect_right(self.starts, offset) - 1


class ChosenParts:
    """What is left out of a text. Of a long class or function that is chosen: what holds none of the spans, but for
    its first statement."""

    def __init__(
        self, statements: TopLevelStatements, in_functions: Sequence[tuple[int, int]] | None
    ) -> None:
        self.statements, self.text, self.in_functions = statements, statements.text, in_functions
        self.left: list[tuple[int, int]] = []
        self.left_in_functions: set[int] = set()

    def leave_out(self, start: int, end: int, is_in_function: bool = False) -> None:
        if start < end:
            self.left.append((start, end))
            if is_in_function:
                self.left_in_functions.add(start)

    def choose_within(self, start: int, end: int, in_class: Sequence[tuple[int, int]] | None) -> None:
        """`in_class`: the spans that count if the statement is a class."""
        if end - start < LONG_FUNCTION or not self.statements.can_be_cut:
            return
        if in_class is not None and end - start >= LONG_CLASS and CLASS.match(self.text, start):
            self.choose_in_body(start, end, in_class, is_function=False)
        elif self.in_functions is not None and FUNCTION.match(self.text, start, end):
            self.choose_in_body(start, end, self.in_functions, is_function=True)

    def choose_in_body(
        self, start: int, end: int, spans: Sequence[tuple[int, int]], is_function: bool
    ) -> None:
        body = self.body_start(start, end)
        if body is None:
            return
        lines = BodyLines(self.statements, body, end, is_function)
        at = lines.end_of(body.start(1))
        self.choose_within(body.start(1), at, None)
        number = bisect_left(spans, at, key=itemgetter(1))
        while number < len(spans) and spans[number][0] < end:
            first, last = spans[number]
            number += 1
            if at <= last:
                start, stop = max(lines.start_of(first), at), lines.end_of(last)
                self.leave_out(at, start, is_function)
                if first == last:
                    self.choose_within(start, stop, None)
                at = stop
        self.leave_out(at, end, is_function)

    def body_start(self, start: int, end: int) -> re.Match[bytes] | None:
        """The indentation of the body's first line; None where not all below it is indented, or where the parts have
        to agree on a name."""
        body = BODY.search(self.text, start, end)
        if body is None or any(self.text.find(word, start, end) >= 0 for word in DECLARATIONS):
            return None
        margin = self.statements.margin
        below = margin[bisect_right(margin, body.start(1)) : bisect_left(margin, end)]
        return None if any(outside(self.statements.strings, at) for at in below) else body


class BodyLines:
    """The lines at which statements of a body may begin: only those are looked at that it may be cut at.

    In a function they stand close together, and are looked for backwards; in a class, forwards.
    """

    def __init__(
        self, statements: TopLevelStatements, body: re.Match[bytes], end: int, is_function: bool
    ) -> None:
        self.text, self.strings = statements.text, statements.strings
        self.since, self.end, self.indent = body.start(1), end, len(body.group(1))
        self.is_function, self.known = is_function, [body.start(1)]
        self.pattern = re.compile(rb"\n" + body.group(1) + BEGINNING)

    def line_at(self, offset: int) -> int:
        """The last one before an offset, or at it."""
        if self.is_function:
            while (offset := self.text.rfind(b"\n", self.since, offset)) >= 0:
                if self.pattern.match(self.text, offset):
                    return offset + 1
            return self.since
        while self.known[-1] <= offset < self.end:
            self.known.append(self.line_behind(self.known[-1]))
        return self.known[max(bisect_right(self.known, offset) - 1, 0)]

    def line_behind(self, offset: int) -> int:
        match = self.pattern.search(self.text, offset, self.end)
        return match.start() + 1 if match else self.end

    def begins(self, at: int) -> bool:
        """Whether a statement begins with a line."""
        first = at + self.indent
        return (
            CONTINUES.match(self.text, first) is None
            and outside(self.strings, at)
            and not ends_open(self.text, at)
            and not (DECORATED.match(self.text, first) and self.is_decorator(self.line_at(at - 1)))
        )

    def is_decorator(self, at: int) -> bool:
        return self.text[at + self.indent] == AT_SIGN

    def start_of(self, offset: int) -> int:
        """Where the statement starts in which an offset lies."""
        at = self.line_at(offset)
        while at > self.since and not self.begins(at):
            at = self.line_at(at - 1)
        return at

    def end_of(self, offset: int) -> int:
        at = self.line_behind(offset)
        while at < self.end and not self.begins(at):
            at = self.line_behind(at)
        return at


def outside(strings: Sequence[tuple[int, int]], offset: int) -> bool:
    at = bisect_left(strings, (offset, offset)) - 1
    return at < 0 or strings[at][1] <= offset


def split_statements(text: bytes) -> TopLevelStatements:
    """Nothing is cut where a line ends in a way that lets the statement go on, or within a string."""
    margin = tuple(match.end() for match in STATEMENT_START.finditer(text))
    if b"\r" in text or b"\f" in text or text.rstrip().endswith(b"\\"):
        return TopLevelStatements(text, (0,), (), margin, can_be_cut=False)
    strings = strings_over_lines(text)
    return TopLevelStatements(text, (0, *beginnings(text, margin, strings)), strings, margin)


def beginnings(text: bytes, margin: Iterable[int], strings: Sequence[tuple[int, int]]) -> list[int]:
    """Where statements begin behind the first one."""
    found: list[int] = []
    number = 0
    decorated = text.startswith(b"@")
    for at in margin:
        while number < len(strings) and strings[number][1] <= at:
            number += 1
        if number < len(strings) and strings[number][0] < at:
            continue
        goes_on = decorated or CONTINUES.match(text, at) is not None or ends_open(text, at)
        decorated = text[at] == AT_SIGN
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
    if b"\\" in text and b"\\\n" in text:
        return tuple(match.span() for match in STRING.finditer(text) if is_triple(match))
    plain = strings_on_their_own(text)
    if plain is not None:
        return plain
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


def strings_on_their_own(text: bytes) -> tuple[tuple[int, int], ...] | None:
    """Where each of them is a plain one that nothing stands before on its line: so none begins in another string."""
    if TRIPLE[1] in text:
        return None
    pieces = text.split(TRIPLE[0])
    between, inside = pieces[::2], pieces[1::2]
    if len(between) == len(inside) or any(b"\\" in piece for piece in inside):
        return None
    found: list[tuple[int, int]] = []
    at = 0
    for before, string in zip(between, inside, strict=False):
        line = before.rfind(b"\n") + 1
        if before[line:].strip(SPACE) or (found and not line):
            return None
        start = at + len(before)
        at = start + len(string) + 6
        found.append((start, at))
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
        yield from word_places(text, word)
