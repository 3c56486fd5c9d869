"""The issues that a text names: GitHub lists a commit on each, and closes those with a closing word before them."""

from __future__ import annotations

import re

_CLOSING = r"(?P<closing>\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?[ \t]+)?"
_NUMBER = r"(?:GH-|#)(?P<number>\d{1,9})\b"
_ADDRESS = r"https?://[^\s/]+/(?P<place>[\w.-]+/[\w.-]+)/(?:issues|pull)/(?P<there>\d{1,9})\b"
_NAMED = re.compile(
    rf"{_CLOSING}(?:(?<![\w/&.-])(?:(?P<repo>[\w.-]+/[\w.-]+)(?=#))?{_NUMBER}|{_ADDRESS})", re.IGNORECASE
)


def named_issues(text: str, full_name: str) -> dict[int, bool]:
    """Return the numbers of the repository's issues that a text names, and whether it closes them."""
    found: dict[int, bool] = {}
    for match in _NAMED.finditer(text):
        repo = match["repo"] or match["place"] or full_name
        if repo.lower() == full_name.lower():
            number = int(match["number"] or match["there"])
            found[number] = found.get(number, False) or match["closing"] is not None
    return found
