"""Syntax highlighting."""

from __future__ import annotations

from html import escape

from markupsafe import Markup
from pygments import lex
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name, get_lexer_for_filename
from pygments.token import STANDARD_TYPES, _TokenType
from pygments.util import ClassNotFound

LONGEST_HIGHLIGHTED = 120_000


def highlight(code: str, language: str = "", filename: str = "") -> Markup:
    lexer = _lexer(language, filename) if len(code) <= LONGEST_HIGHLIGHTED else None
    if lexer is None:
        return Markup(escape(code))
    return Markup("".join(_span(kind, text) for kind, text in lex(code, lexer)))


def highlight_lines(code: str, filename: str) -> list[Markup]:
    """Highlight line by line: a string over three lines becomes three spans."""
    lexer = _lexer("", filename) if len(code) <= LONGEST_HIGHLIGHTED else None
    if lexer is None:
        return [Markup(escape(line)) for line in code.split("\n")]
    lines = [""]
    for kind, text in lex(code, lexer):
        first, *others = text.split("\n")
        lines[-1] += _span(kind, first)
        lines += [_span(kind, part) for part in others]
    return [Markup(line) for line in lines]


def _lexer(language: str, filename: str) -> Lexer | None:
    try:
        if language:
            return get_lexer_by_name(language, stripnl=False, ensurenl=False)
        return get_lexer_for_filename(filename, stripnl=False, ensurenl=False) if filename else None
    except ClassNotFound:
        return None


def _span(kind: _TokenType, text: str) -> str:
    if not text:
        return ""
    css = _css(kind)
    return f'<span class="{css}">{escape(text)}</span>' if css else escape(text)


def _css(kind: _TokenType) -> str:
    while kind not in STANDARD_TYPES and kind.parent is not None:
        kind = kind.parent
    return STANDARD_TYPES.get(kind, "")
