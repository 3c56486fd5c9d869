"""The statements of a file as tokens, each where it stands."""

from __future__ import annotations

import io
import tokenize
from collections.abc import Iterator, Sequence
from itertools import pairwise

from codemods.edit.lines.code_line import CLOSING, OPENING, CodeToken
from codemods.model.records import record
from codemods.read.source import Source

FORMATTED_START = getattr(tokenize, "FSTRING_START", -1)
FORMATTED_END = getattr(tokenize, "FSTRING_END", -1)
"""From Python 3.12 on, a formatted string is several tokens."""
BETWEEN_STATEMENTS = frozenset([tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER])
Place = tuple[int, int]
"""Line, from 1, and column in characters."""


@record
class PlacedToken:
    text: str
    kind: int
    start: Place
    end: Place


@record
class Statement:
    """A statement, or the head of one with a block, with the comments in it."""

    tokens: tuple[PlacedToken, ...]

    @property
    def rows(self) -> range:
        return range(self.tokens[0].start[0], self.tokens[-1].end[0] + 1)

    @property
    def is_plain(self) -> bool:
        """Whether neither a comment nor a string of several lines is in it."""
        return not any(is_fixed(token) for token in self.tokens)


def is_fixed(token: PlacedToken) -> bool:
    return token.kind == tokenize.COMMENT or token.start[0] != token.end[0]


def statements_of(source: Source) -> Iterator[Statement]:
    tokens: list[PlacedToken] = []
    for token in tokens_of(source):
        if token.kind == tokenize.NEWLINE:
            if tokens:
                yield Statement(tuple(tokens))
            tokens = []
        elif token.kind == tokenize.COMMENT and not tokens:
            continue
        elif token.kind not in BETWEEN_STATEMENTS:
            tokens.append(token)


def tokens_of(source: Source) -> Iterator[PlacedToken]:
    """A formatted string is one token. They end where the text can't be read."""
    lines = [line.decode("utf-8", "surrogatepass") for line in source.text.splitlines(keepends=True)]
    reader = io.StringIO("".join(lines), newline="").readline
    formatted: list[Place] = []
    try:
        for token in tokenize.generate_tokens(reader):
            if token.type == FORMATTED_START:
                formatted.append(token.start)
            elif token.type == FORMATTED_END:
                start = formatted.pop()
                if not formatted:
                    text = text_between(lines, start, token.end)
                    yield PlacedToken(text, tokenize.STRING, start, token.end)
            elif not formatted:
                yield PlacedToken(token.string, token.type, token.start, token.end)
    except (tokenize.TokenError, IndentationError, SyntaxError):
        return


def text_between(lines: Sequence[str], start: Place, end: Place) -> str:
    if start[0] == end[0]:
        return lines[start[0] - 1][start[1] : end[1]]
    inner = lines[start[0] : end[0] - 1]
    return "".join((lines[start[0] - 1][start[1] :], *inner, lines[end[0] - 1][: end[1]]))


def joined_tokens(placed: Sequence[PlacedToken]) -> tuple[CodeToken, ...]:
    """As if all stood on one line; a space comes where a line ended, but not inside of brackets."""
    spaced = (is_spaced(before, token) for before, token in pairwise(placed))
    return tuple(
        CodeToken(token.text, space, token.kind == tokenize.STRING)
        for token, space in zip(placed, (False, *spaced), strict=True)
    )


def is_spaced(before: PlacedToken, token: PlacedToken) -> bool:
    if before.end[0] == token.start[0]:
        return before.end != token.start
    return before.text not in OPENING and token.text not in CLOSING and token.text != "."
