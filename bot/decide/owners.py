"""CODEOWNERS: whose a file is. The last line that matches has it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from pathspec import GitIgnoreSpec

PLACES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
"""In GitHub's order: the first that exists counts."""

LARGEST = 3 * 1024 * 1024
"""A larger file is not read by GitHub either."""


@dataclass(frozen=True)
class Owners:
    rules: tuple[tuple[Callable[[str], bool], tuple[str, ...]], ...]

    def of(self, path: str) -> tuple[str, ...]:
        return next((owners for has, owners in reversed(self.rules) if has(path)), ())


def read_owners(text: str) -> Owners:
    if len(text) > LARGEST:
        return Owners(())
    read = (rule(line) for line in text.splitlines())
    return Owners(tuple(one for one in read if one))


def rule(line: str) -> tuple[Callable[[str], bool], tuple[str, ...]] | None:
    words = [re.sub(r"\\(.)", r"\1", word) for word in re.findall(r"(?:\\.|\S)+", before_comment(line))]
    if not words or words[0].startswith("!") or "[" in words[0]:
        return None
    pattern = words[0].replace(" ", r"\ ")
    try:
        spec = GitIgnoreSpec.from_lines(only_direct(pattern))
    except ValueError:
        return None
    return spec.match_file, tuple(words[1:])


def before_comment(line: str) -> str:
    return re.split(r"(?<!\S)#", line, maxsplit=1)[0]


def only_direct(pattern: str) -> list[str]:
    """`docs/*` has the files in docs and not those below, other than in .gitignore, where a folder that
    matches brings all that is in it."""
    return [pattern, f"!{pattern}/**"] if pattern.endswith("/*") else [pattern]


def owner_name(owner: str) -> str:
    """`@org/team` → `org-team`."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", owner.lstrip("@")).strip("-.").lower()
