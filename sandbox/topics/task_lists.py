"""Task lists in a text."""

from __future__ import annotations

import re

from sandbox.access.refusals import unprocessable

_BOX = re.compile(r"^(\s*(?:[-*+]|\d+[.)])\s+\[)([ xX])(\](?=\s))", re.MULTILINE)


def task_items(text: str) -> list[tuple[bool, str]]:
    """Return each task: whether it is ticked, and its text."""
    return [
        (match[2] != " ", text[match.end() : text.find("\n", match.end()) % (len(text) + 1)].strip())
        for match in _BOX.finditer(text)
    ]


def with_task_ticked(text: str, box: int | str, on: bool = True) -> str:
    """Return the text with one task ticked or cleared."""
    found = list(_BOX.finditer(text))
    if isinstance(box, str):
        lines = task_items(text)
        box = next((at for at, (_, line) in enumerate(lines) if box in line), -1)
    if not 0 <= box < len(found):
        raise unprocessable("There is no such task")
    match = found[box]
    return text[: match.start(2)] + ("x" if on else " ") + text[match.end(2) :]
