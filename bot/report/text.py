"""Markdown that stays what it is meant to be, whatever stands in a name, and fits where it has to."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

LIMIT = 58_000


def code(text: str) -> str:
    """A code span of any text: backticks in it, pipes and line ends can't break out."""
    text = re.sub(r"[\x00-\x1f\x7f\ud800-\udfff]+", "�", text).replace("|", "¦")
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    mark = "`" * (longest + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{mark}{pad}{text}{pad}{mark}"


def plain(text: str) -> str:
    """A person's words on one line, without any mark-up, link or mention."""
    text = re.sub(r"[\x00-\x1f\x7f\ud800-\udfff]+", " ", text)
    text = re.sub(r"([\\`*_{}\[\]<>()#+!|~])", r"\\\1", text)
    return text.replace("@", "@\u200b").strip()


def link(text: str, url: str) -> str:
    return f"[{text}]({url})"


def line_url(repo_url: str, sha: str, path: str, line: int) -> str:
    return f"{repo_url}/blob/{sha}/{quote(path, errors='surrogateescape')}#L{line}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines)


def folded(summary: str, body: str) -> str:
    return f"<details><summary>{summary}</summary>\n\n{body}\n\n</details>"


def counted(number: int, one: str, many: str | None = None) -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def bar(done: int, whole: int, width: int = 24) -> str:
    share = done / whole if whole else 1.0
    full = width if share >= 1 else min(width - 1, int(share * width))
    return "█" * full + "░" * (width - full) + f" {int(share * 100)} %"


def fitted(parts: Sequence[tuple[str, str]], limit: int = LIMIT) -> str:
    """Joins parts, each with a shorter form of itself; where it is too long, the last are shortened first."""
    texts = [whole for whole, _ in parts]
    for i in range(len(parts) - 1, -1, -1):
        if len("\n\n".join(text for text in texts if text)) <= limit:
            break
        texts[i] = parts[i][1]
    return "\n\n".join(text for text in texts if text)


def listed(lines: Sequence[str], most: int, where: str = "") -> str:
    """At most so many lines; how many are missing is said."""
    more = f"\n- … and {len(lines) - most:,} more{where}" if len(lines) > most else ""
    return "\n".join(lines[:most]) + more


_STATE = re.compile(r"<!-- drover:state (\{.*?\}) -->", re.DOTALL)


def hidden(state: Mapping[str, Any]) -> str:
    text = json.dumps(state, separators=(",", ":"), sort_keys=True)
    return "<!-- drover:state " + text.replace("-", "\\u002d").replace(">", "\\u003e") + " -->"


def unhidden(text: str) -> dict[str, Any]:
    match = _STATE.search(text)
    try:
        found = json.loads(match[1]) if match else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
