"""How a line of code that is too long is broken: as black and ruff's formatter do it.

The content of the last brackets comes onto a line of its own, one level deeper. If that is too long as well, each of
its elements gets a line, and the last a comma. Where there are no brackets to break, parentheses are put around the
statement's expression. No string is broken.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from codemods.edit.lines.code_line import COMMA, DOT, OPENING, TERNARY, Brackets, CodeLine, CodeToken
from codemods.model.records import record

ASSIGNMENTS = frozenset(
    ["=", "+=", "-=", "*=", "/=", "//=", "%=", "@=", "&=", "|=", "^=", ">>=", "<<=", "**="]
)
BEFORE_EXPRESSION = frozenset(["if", "elif", "while", "return", "assert", "for"])
NEEDS_PARENTHESES = frozenset([",", ":=", "yield", "for"])


@record
class Layout:
    length: int
    """Of the longest line."""
    level: str = "    "
    """What a deeper line is indented by."""
    tab_width: int = 4

    def fits(self, line: CodeLine) -> bool:
        return self.width(line.text) <= self.length

    def width(self, text: str) -> int:
        return len(text.expandtabs(self.tab_width))

    def broken(self, line: CodeLine) -> list[CodeLine]:
        """The line, in as many as it takes."""
        if self.fits(line) and not line.one_each and not line.stays_open:
            return [line]
        parts = self.first_break(line)
        return self.all_broken(parts) if len(parts) > 1 else [line]

    def all_broken(self, parts: Sequence[CodeLine]) -> list[CodeLine]:
        return [inner for part in parts for inner in self.broken(part)]

    def first_break(self, line: CodeLine) -> list[CodeLine]:
        if is_definition(line):
            signatures = [one for one in line.breakable if line.tokens[one.opened].text == "("]
            return self.at_brackets(line, signatures[-1]) if signatures else self.at_last_brackets(line)
        if line.is_bracketed and (elements := elements_of(line)):
            return self.around_condition(line) if is_conditional(line) else elements
        return self.at_last_brackets(line)

    def at_last_brackets(self, line: CodeLine) -> list[CodeLine]:
        span = expression_span(line)
        wrapped = self.in_parentheses(line, span) if span else []
        if wrapped and self.reads_better_wrapped(wrapped[1]):
            return wrapped
        parts = self.at_some_brackets(line, span, wrapped)
        if not wrapped or (parts and self.fits(parts[0])):
            return parts
        fit = self.fits(wrapped[1]) if not parts else all(map(self.fits, self.all_broken(wrapped)))
        return wrapped if fit else parts

    def at_some_brackets(
        self, line: CodeLine, span: tuple[int, int] | None, wrapped: list[CodeLine]
    ) -> list[CodeLine]:
        """The last ones before which everything fits on the line; of the assigned value where its target fits."""
        start = span[0] if span and self.fits(wrapped[0]) else 0
        candidates = []
        for pair in line.breakable:
            if pair.opened < start:
                break
            parts = self.at_brackets(line, pair)
            candidates.append(parts)
            kept = [one for one in line.stays_open if one.closed <= pair.closed]
            if self.fits(parts[0]) and len(kept) == len(line.stays_open):
                return parts
            if not self.fits(parts[2]) or len(kept) < len(line.stays_open):
                break
        return candidates[0] if candidates else []

    def at_brackets(self, line: CodeLine, pair: Brackets) -> list[CodeLine]:
        inner = self.deeper(line, line.tokens[pair.opened + 1 : pair.closed])
        inner = replace(inner, is_alone=line.tokens[pair.opened].text == "(")
        if is_definition(line) and COMMA not in inner.breaks.values():
            inner = with_comma(inner)
        ends_with_comma = inner.tokens[-1].text == ","
        one_each = COMMA in inner.breaks.values() and (ends_with_comma or line.is_display(pair.opened))
        return [
            replace(line, tokens=line.tokens[: pair.opened + 1], is_statement=False),
            replace(inner, one_each=one_each),
            replace(line, tokens=line.tokens[pair.closed :], is_statement=False),
        ]

    def in_parentheses(self, line: CodeLine, span: tuple[int, int]) -> list[CodeLine]:
        start, end = span
        head = (*line.tokens[:start], CodeToken("(", is_spaced=True))
        tail = (CodeToken(")"), *line.tokens[end:])
        return [
            replace(line, tokens=head, is_statement=False),
            replace(self.deeper(line, line.tokens[start:end]), is_alone=True),
            replace(line, tokens=tail, is_statement=False),
        ]

    def around_condition(self, line: CodeLine) -> list[CodeLine]:
        """`a if b else c` among other elements gets parentheses of its own; `key=` and the like stay before them."""
        first = line.places_of(TERNARY)[0]
        start = max((number + 1 for number in range(first) if ends_prefix(line, number)), default=0)
        if line.is_alone and not start:
            return elements_of(line)
        end = len(line.tokens) - (line.tokens[-1].text == ",")
        if any(ends_prefix(line, number) for number in range(line.places_of(TERNARY)[1] + 1, end)):
            return self.at_last_brackets(line)  # `a if b else c: value`
        inner = replace(self.deeper(line, line.tokens[start:end]), is_alone=True)
        return [
            replace(
                line, tokens=(*line.tokens[:start], CodeToken("(", is_spaced=line.tokens[start].is_spaced))
            ),
            inner,
            replace(line, tokens=(CodeToken(")"), *line.tokens[end:])),
        ]

    def deeper(self, line: CodeLine, tokens: tuple[CodeToken, ...]) -> CodeLine:
        return CodeLine(line.margin + self.level, tokens, is_bracketed=True)

    def reads_better_wrapped(self, inner: CodeLine) -> bool:
        """Whether an expression is put into parentheses even though it has brackets of its own."""
        if not inner.breaks:
            return False
        priority = max(inner.breaks.values())
        if list(inner.breaks.values()).count(priority) > 1:
            return True
        return priority != DOT and not self.starts_broken(inner) and not self.ends_broken(inner)

    def starts_broken(self, inner: CodeLine) -> bool:
        """Whether it starts with brackets that can be broken, so that what follows them fits."""
        if not inner.breakable or inner.breakable[-1].opened != 0:
            return False
        rest = replace(inner, tokens=inner.tokens[inner.breakable[-1].closed :])
        return self.fits(rest) or len(inner.breakable) > 1

    def ends_broken(self, inner: CodeLine) -> bool:
        """Whether it ends with brackets that can be broken, so that what stands before them fits."""
        if not inner.breakable or inner.breakable[0].closed != len(inner.tokens) - 1:
            return False
        opened = inner.breakable[0].opened
        if inner.tokens[opened].text == "[" and not inner.is_display(opened):
            return False
        head = replace(inner, tokens=inner.tokens[: opened + 1])
        return self.fits(head) or any(token.text in OPENING for token in inner.tokens[:opened])


def elements_of(line: CodeLine) -> list[CodeLine]:
    """The line, broken at all of its most important places; empty if it has none."""
    if not line.breaks:
        return []
    priority = max(line.breaks.values())
    places = line.places_of(priority)
    if priority == DOT and len(places) == 1:
        return []
    if priority == TERNARY:
        places = places[:2]  # what follows `else` may be another one
    ends = pairwise([0, *places, len(line.tokens)])
    elements = [
        replace(line, tokens=line.tokens[start:end], one_each=False, is_alone=False) for start, end in ends
    ]
    if priority == COMMA and line.takes_comma:
        elements[-1] = with_comma(elements[-1])
    return elements


def is_conditional(line: CodeLine) -> bool:
    return max(line.breaks.values()) == TERNARY


def ends_prefix(line: CodeLine, number: int) -> bool:
    """Whether the token stands before an expression that isn't a part of it: `key=`, `key: `, `lambda: `, `else`."""
    text, depth = line.tokens[number].text, line.depths[number]
    is_lambda = text == ":" and "lambda" in [one.text for one in line.tokens[:number]] and depth == 1
    return is_lambda or (depth == 0 and text in ("=", ":", ":=", "else"))


def with_comma(line: CodeLine) -> CodeLine:
    return line if line.tokens[-1].text == "," else replace(line, tokens=(*line.tokens, CodeToken(",")))


def is_definition(line: CodeLine) -> bool:
    return not line.is_bracketed and "def" in [token.text for token in line.tokens[:2]]


def expression_span(line: CodeLine) -> tuple[int, int] | None:
    """The expression of a statement that parentheses may be put around."""
    if not line.is_statement:
        return None
    texts = [token.text for token in line.tokens]
    end = len(texts) - 1 if texts[-1] == ":" else len(texts)
    start = max(expression_starts(line, texts), default=end)
    return (start, end) if start < end else None


def expression_starts(line: CodeLine, texts: Sequence[str]) -> Iterator[int]:
    outside = [number for number, depth in enumerate(line.depths) if depth == 0]
    first = texts[0]
    if first == "for":
        yield texts.index("in") + 1
    elif first in BEFORE_EXPRESSION:
        yield 1
        yield from (number + 1 for number in outside if texts[number] == "," and first == "assert")
    else:
        yield from (number + 1 for number in outside if texts[number] in ASSIGNMENTS)


def without_parentheses(line: CodeLine) -> CodeLine:
    """Without those around a statement's expression that were only put there to break it."""
    span = expression_span(line)
    if span is None or Brackets(span[0], span[1] - 1) not in line.brackets:
        return line
    start, end = span
    inner = replace(line, tokens=line.tokens[start + 1 : end - 1])
    outside = [token.text for token, depth in zip(inner.tokens, inner.depths, strict=True) if depth == 0]
    if not inner.tokens or not NEEDS_PARENTHESES.isdisjoint(outside):
        return line
    first = inner.tokens[0]._replace(is_spaced=True)
    return replace(line, tokens=(*line.tokens[:start], first, *inner.tokens[1:], *line.tokens[end:]))
