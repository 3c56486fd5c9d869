"""Markdown that keeps its meaning whatever names contain, and that fits GitHub's limits."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from urllib.parse import quote

LIMIT = 58_000
_NOTHING = "\u200b"
"""A space without width."""
_BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
"""What turns the direction of a text around, and so hides what it says."""
_ACTS = re.compile(r"@|#(?=[0-9])|\bGH-(?=[0-9])|\b(?:https?|ftp):(?=//)|\bwww(?=\.)", re.IGNORECASE)
"""What GitHub makes links and mentions of, also where mark-up is escaped."""


def code(text: str) -> str:
    """A code span of any text: backticks in it, pipes and line ends can't break out."""
    text = re.sub(rf"[\x00-\x1f\x7f\ud800-\udfff{_BIDI}]+", "�", text).replace("|", "¦")
    text = text.replace("<!--", f"<{_NOTHING}!--")
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    mark = "`" * (longest + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{mark}{pad}{text}{pad}{mark}"


def plain(text: str) -> str:
    """A person's words on one line, without any mark-up, link or mention."""
    return re.sub(r"([\\`*_{}\[\]<>()#+!|~])", r"\\\1", inert(text))


def breakable(text: str) -> str:
    """With soft hyphens in long words: a column of a table is as wide as the longest word in it, too wide for a phone."""
    return re.sub(rf"[^\W\d_]{{{LONG_WORD},}}", lambda word: _hyphenate(word[0]), text)


LONG_WORD = 8


def _hyphenate(word: str) -> str:
    parts = -(-len(word) // (LONG_WORD - 1))
    size = -(-len(word) // parts)
    return SOFT_HYPHEN.join(word[at : at + size] for at in range(0, len(word), size))


SOFT_HYPHEN = "\u00ad"
"""Shown only where a line ends at it."""


def inert(text: str) -> str:
    """A person's words for a title or a commit message: on one line, and nothing in them links, mentions or closes."""
    text = re.sub(rf"[\x00-\x1f\x7f\x85\u2028\u2029\ud800-\udfff{_BIDI}]+", " ", text)
    return _ACTS.sub(rf"\g<0>{_NOTHING}", text).strip()


def link(text: str, url: str) -> str:
    return f"[{text}]({url})"


def line_url(repo_url: str, sha: str, path: str, line: int) -> str:
    return f"{repo_url}/blob/{sha}/{quote(path, errors='surrogateescape')}#L{line}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines)


def fold(summary: str, body: str) -> str:
    return f"<details><summary>{summary}</summary>\n\n{body}\n\n</details>"


def count_of(number: int, one: str, many: str | None = None) -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def bar(done: int, whole: int, width: int = 24) -> str:
    share = done / whole if whole else 1.0
    full = width if share >= 1 else min(width - 1, int(share * width))
    return "█" * full + "░" * (width - full) + f" {int(share * 100)} %"


def fit(parts: Sequence[tuple[str, str]], limit: int = LIMIT) -> str:
    """Joins parts, each with a shorter form of itself; where it is too long, the last are shortened first."""
    texts = [whole for whole, _ in parts]
    for i in range(len(parts) - 1, -1, -1):
        if len("\n\n".join(text for text in texts if text)) <= limit:
            break
        texts[i] = parts[i][1]
    return "\n\n".join(text for text in texts if text)


def bounded_list(lines: Sequence[str], most: int, where: str = "") -> str:
    """A list of at most `most` lines, and how many were left out."""
    more = f"\n- … and {len(lines) - most:,} more{where}" if len(lines) > most else ""
    return "\n".join(lines[:most]) + more
