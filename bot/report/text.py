"""Markdown that keeps its meaning whatever names contain, and that fits GitHub's limits."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape
from urllib.parse import quote

LIMIT = 58_000
_NOTHING = "\u200b"
"""A space without width."""
_UNSEEN = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff"
)
"""What nobody sees: it turns the direction of a text around, makes two names look like one, or hides a text in another."""
_JOINERS = "\u200c\u200d\ufe00-\ufe0f"
"""Unseen as well; scripts and emoji need them, names of files don't."""
_CONTROLS = "\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff"
_ACTS = re.compile(r"@|#(?=[0-9])|GH-(?=[0-9])|(?:https?|ftp):(?=//)|www(?=\.)", re.IGNORECASE)
"""What GitHub makes links and mentions of, also where mark-up is escaped."""
_ACTS_IN_CODE = re.compile(
    r"(?<![\w/.])@(?=\w)|#(?=[0-9])|GH-(?=[0-9])|https?:(?=/(?:/[^\s/]{1,100}){3}/(?:issues|pull)/[0-9])",
    re.IGNORECASE,
)
"""A squash makes the text of a pull request a commit's message, where a code span protects nothing."""


def code(text: str) -> str:
    """A code span of any text: backticks in it, pipes and line ends can't break out."""
    text = re.sub(rf"[{_CONTROLS}{_UNSEEN}{_JOINERS}]+", "�", text).replace("|", "¦")
    text = _ACTS_IN_CODE.sub(rf"\g<0>{_NOTHING}", without_markers(text))
    mark = "`" * (_longest_run(text) + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{mark}{pad}{text}{pad}{mark}"


def fenced(text: str, language: str) -> str:
    """A block of code of any lines: no fence in it ends it."""
    fence = "`" * max(3, _longest_run(text) + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall(r"`+", text)), default=0)


def without_markers(text: str) -> str:
    """Where no line can be read as one of Drover's own markers."""
    return text.replace("<!--", f"<{_NOTHING}!--")


def plain(text: str) -> str:
    """A person's words on one line, without any mark-up, link or mention."""
    text = re.sub(r"([\\`*_{}\[\]<>#+!|~&$])", r"\\\1", inert(text))
    return re.sub(r"^([0-9]*)([-=.)])", r"\1\\\2", text)


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
    text = re.sub(rf"[{_CONTROLS}]+", " ", re.sub(f"[{_UNSEEN}]+", "", text))
    return _ACTS.sub(rf"\g<0>{_NOTHING}", text).strip()


def link(text: str, url: str) -> str:
    """To an address that may be anybody's: nothing in it ends the link."""
    return f"[{text}]({quote(url, safe=_IN_ADDRESSES, errors='surrogateescape')})"


_IN_ADDRESSES = "/:?#@!$&'*+,;=%~"


def line_url(repo_url: str, sha: str, path: str, line: int) -> str:
    return f"{repo_url}/blob/{sha}/{quote(path, errors='surrogateescape')}#L{line}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines)


def fold(summary: str, body: str) -> str:
    """The summary is text, not Markdown: GitHub reads its line as HTML."""
    return f"<details><summary>{escape(summary, quote=False)}</summary>\n\n{body}\n\n</details>"


def short_digest(digest: str) -> str:
    """As much of it as people need to tell two plans apart."""
    return digest[:12]


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
