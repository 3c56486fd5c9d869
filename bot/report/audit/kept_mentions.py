"""What stays of the old names, and why, as one folded section."""

from __future__ import annotations

from collections.abc import Sequence

from bot.decide.facts import KeptMentions
from bot.report.text import bounded_list, code, count_of, fold, line_url, link, plain


def kept_mentions_section(kept: Sequence[KeptMentions], repo_url: str | None, sha: str, most: int) -> str:
    """Each line has one explanation, how often it applies, and a place to see it."""
    if not kept:
        return ""
    lines = [f"- {_kept_line(one)}: {plain(one.why)} (as at {_place(one, repo_url, sha)})" for one in kept]
    return fold(
        f"What stays ({sum(one.count for one in kept):,})",
        bounded_list(lines, most, ", see `/migrate audit`"),
    )


def _kept_line(one: KeptMentions) -> str:
    meaning = "" if one.on_purpose else ", something else of that name"
    return f"{count_of(one.count, 'mention')} in {count_of(one.files, 'file')}{meaning}"


def _place(one: KeptMentions, repo_url: str | None, sha: str) -> str:
    shown = code(f"{one.path}:{one.line}")
    return link(shown, line_url(repo_url, sha, one.path, one.line)) if repo_url else shown
