"""A line of code as tokens: how deep each lies in brackets, and where the line may be broken."""

from __future__ import annotations

import keyword
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

from codemods.model.records import record

OPENING, CLOSING = frozenset("([{"), frozenset(")]}")
COMPREHENSION, COMMA, TERNARY, LOGIC, STRING, COMPARISON, DOT = 20, 18, 16, 14, 12, 10, 1
"""The priorities of the places where a line may be broken; the highest of a line comes first."""
OPERATORS = ((9, "|"), (8, "^"), (7, "&"), (6, "<< >>"), (5, "+ -"), (4, "* / // % @"), (2, "**"))
ARITHMETIC = {operator: priority for priority, texts in OPERATORS for operator in texts.split()}
COMPARATORS = frozenset(["<", ">", "==", "!=", "<=", ">=", "is", "in", "not"])
OPERANDS = frozenset(["None", "True", "False"])
KEYWORDS = frozenset(keyword.kwlist) - OPERANDS


class CodeToken(NamedTuple):
    text: str
    is_spaced: bool = False
    """Whether white space stands before it."""
    is_string: bool = False

    @property
    def is_operand(self) -> bool:
        """Whether an operator may follow it."""
        if self.is_string or self.text in CLOSING:
            return True
        return (self.text[:1].isalnum() or self.text[:1] == "_") and self.text not in KEYWORDS


class Brackets(NamedTuple):
    """The numbers of the tokens that open and close them."""

    opened: int
    closed: int


@record
class CodeLine:
    margin: str
    tokens: tuple[CodeToken, ...]
    is_bracketed: bool = False
    """Whether it lies in brackets, so that it may be broken anywhere."""
    is_statement: bool = False
    """Whether it is the whole of a statement, or of its head."""
    takes_comma: bool = True
    """Whether a comma may follow its last element."""
    is_alone: bool = False
    """Whether it is all that round brackets hold."""
    one_each: bool = False
    """Whether its elements stand on a line each, however short it is."""

    @cached_property
    def text(self) -> str:
        rest = (f"{' ' if one.is_spaced else ''}{one.text}" for one in self.tokens[1:])
        return f"{self.margin}{self.tokens[0].text}{''.join(rest)}"

    @cached_property
    def depths(self) -> tuple[int, ...]:
        return tuple(token_depths(self.tokens))

    @cached_property
    def breaks(self) -> dict[int, int]:
        """The priority of a break before each token at which one may stand."""
        last = len(self.tokens) - 1
        found = {}
        for number, (token, depth) in enumerate(zip(self.tokens, self.depths, strict=True)):
            if depth:
                continue
            if token.text == "," and number < last:
                found[number + 1] = COMMA
            elif number and (priority := break_priority(self.tokens, number, self.depths)):
                found[number] = priority
        return found

    def places_of(self, priority: int) -> list[int]:
        return [number for number, one in self.breaks.items() if one == priority]

    @cached_property
    def brackets(self) -> tuple[Brackets, ...]:
        """Those that it opens and closes, by where they end."""
        found = []
        opened: list[int] = []
        for number, token in enumerate(self.tokens):
            if token.text in OPENING:
                opened.append(number)
            elif token.text in CLOSING and opened:
                found.append(Brackets(opened.pop(), number))
        return tuple(found)

    @cached_property
    def breakable(self) -> tuple[Brackets, ...]:
        """The outermost brackets that hold something, from the right."""
        return tuple(
            one
            for one in reversed(self.brackets)
            if self.depths[one.opened] == 0 and one.opened < one.closed - 1
        )

    @cached_property
    def stays_open(self) -> tuple[Brackets, ...]:
        """The brackets whose elements end with a comma, and so stand on a line each."""
        return tuple(one for one in self.brackets if self.ends_with_comma(one))

    def ends_with_comma(self, pair: Brackets) -> bool:
        """The comma of a tuple of one, or of an index, is no such comma."""
        opened, closed = pair
        inner = [number for number in range(opened + 1, closed) if self.tokens[number].text == ","]
        inner = [number for number in inner if self.depths[number] == self.depths[opened] + 1]
        needs_comma = {"(": self.is_display(opened), "[": not self.is_display(opened)}
        alone = len(inner) == 1 and needs_comma.get(self.tokens[opened].text, False)
        return bool(inner) and inner[-1] == closed - 1 and not alone

    def is_display(self, opened: int) -> bool:
        """Whether the bracket begins a list, a tuple, a dictionary or a set, rather than a call or an index."""
        return opened == 0 or not self.tokens[opened - 1].is_operand


def token_depths(tokens: Sequence[CodeToken]) -> Iterator[int]:
    """A bracket is as deep as what is around it. What stands between `for` and `in`, or behind `lambda` up to its
    colon, is one deeper: no line is broken there."""
    depth = 0
    inner: list[tuple[str, int]] = []
    for token in tokens:
        if token.text in CLOSING:
            depth = max(depth - 1, 0)
        yield depth
        if inner and inner[-1] == (token.text, depth):
            inner.pop()
            depth -= 1
        if token.text in OPENING:
            depth += 1
        elif token.text in ("lambda", "for"):
            depth += 1
            inner.append((":" if token.text == "lambda" else "in", depth))


def break_priority(tokens: Sequence[CodeToken], number: int, depths: Sequence[int]) -> int:
    """Of a break before this token; 0 where none may stand."""
    token, before = tokens[number], tokens[number - 1]
    if token.is_string:
        return STRING if before.is_string else 0
    if token.text == ".":
        return DOT if before.text in CLOSING else 0
    if not before.is_operand:
        return 0
    if token.text in ("and", "or"):
        return LOGIC
    if token.text in ("for", "async"):
        return COMPREHENSION
    if token.text in ("if", "else"):
        earlier = (one.text for one, depth in zip(tokens[:number], depths, strict=False) if depth == 0)
        return COMPREHENSION if token.text == "if" and "for" in earlier else TERNARY
    return COMPARISON if token.text in COMPARATORS else ARITHMETIC.get(token.text, 0)
