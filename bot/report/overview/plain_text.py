"""Markdown of the reports as text: the pages escape it themselves."""

from __future__ import annotations

import re

from bot.markers.hidden import without_comments

MOST_CHARACTERS = 500
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
"""All of ASCII's punctuation, as Markdown has it."""
_LINK = re.compile(r"\[([^\[\]]*)\]\(https?://[^()\s]*\)")
_UNSEEN = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u200b\u2028\u2029\ud800-\udfff\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+"
)
"""Control characters, what turns the direction of a text around, and what has no width."""


def plain_text(markdown: str) -> str:
    """On one line, without mark-up."""
    text = _LINK.sub(r"\1", without_comments(markdown)).replace("**", "")
    return one_line(_ESCAPED.sub(r"\1", text))


def one_line(text: str, most: int = MOST_CHARACTERS) -> str:
    """A person's words: nothing in them hides, and they end somewhere."""
    text = " ".join(_UNSEEN.sub(" ", text.replace("\u200b", "")).split())
    return text if len(text) <= most else text[: most - 1] + "…"
