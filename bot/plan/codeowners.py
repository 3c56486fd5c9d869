"""CODEOWNERS: who owns a file. The last line that matches decides."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import takewhile

from pathspec import GitIgnoreSpec

from bot.plan.phase_patterns import is_slow

CODEOWNERS_PATHS = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
"""In GitHub's order: the first that exists counts."""

LARGEST_CODEOWNERS = 3 * 1024 * 1024
"""A larger file is not read by GitHub either."""
MOST_RULES = 10_000
"""With more, nobody is an owner: each may have to be tried on each file, in the bot's own process."""


@dataclass(frozen=True)
class OwnersRule:
    matches: Callable[[str], bool]
    owners: tuple[str, ...]
    folder: str
    """The folder or file that contains every path of this rule; empty if there is none."""


@dataclass(frozen=True)
class Owners:
    rules: tuple[OwnersRule, ...]

    def of(self, path: str) -> tuple[str, ...]:
        near = {number for place in folders_of(path) for number in self._rules_by_folder.get(place, ())}
        last = next(
            (number for number in sorted(near, reverse=True) if self.rules[number].matches(path)), None
        )
        return () if last is None else self.rules[last].owners

    @cached_property
    def _rules_by_folder(self) -> dict[str, list[int]]:
        """Thousands of lines are no rarity, and most are of one folder."""
        found: dict[str, list[int]] = {}
        for number, one in enumerate(self.rules):
            found.setdefault(one.folder, []).append(number)
        return found


def folders_of(path: str) -> Iterator[str]:
    yield ""
    for end in re.finditer("/", path):
        yield path[: end.start()]
    yield path


def read_owners(text: str) -> Owners:
    lines = [line for line in text.splitlines() if before_comment(line).strip()]
    if len(text) > LARGEST_CODEOWNERS or len(lines) > MOST_RULES:
        return Owners(())
    rules = map(read_rule, lines)
    return Owners(tuple(one for one in rules if one))


def read_rule(line: str) -> OwnersRule | None:
    words = [re.sub(r"\\(.)", r"\1", word) for word in re.findall(r"(?:\\.|\S)+", before_comment(line))]
    if not words or words[0].startswith("!") or "[" in words[0] or is_slow(words[0]):
        return None
    pattern = words[0].replace(" ", r"\ ")
    try:
        spec = GitIgnoreSpec.from_lines(without_subfolders(pattern))
    except ValueError:
        return None
    return OwnersRule(spec.match_file, tuple(words[1:]), literal_start(words[0]))


def literal_start(pattern: str) -> str:
    """`/a/b/*.py` → `a/b`; a name without a slash before its end may be anywhere."""
    if "/" not in pattern.rstrip("/"):
        return ""
    parts = pattern.strip("/").split("/")
    literal = list(takewhile(lambda part: not set(part) & set("*?\\"), parts))
    return "/".join(literal)


def before_comment(line: str) -> str:
    return re.split(r"(?<!\S)#", line, maxsplit=1)[0]


def without_subfolders(pattern: str) -> list[str]:
    """`docs/*` has the files in docs and not those below, other than in .gitignore, where a folder that
    matches brings all that is in it."""
    return [pattern, f"!{pattern}/**"] if pattern.endswith("/*") else [pattern]


def owner_name(owner: str) -> str:
    """`@org/team` → `org-team`."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", owner.lstrip("@")).strip("-.").lower()
