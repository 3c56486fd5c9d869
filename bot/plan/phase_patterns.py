"""Patterns that take exactly the given files: folders where possible, and beginnings of paths for parts of many."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Sequence

from bot.plan.pull_size import MOST_FILES

SPECIAL = re.compile(r"([\\*?\[\]!#])")


MOST_STARS = 2
"""In one part of a pattern; and of `**` in all of it, but for one at its end."""


def is_slow(pattern: str) -> bool:
    """Whether to match it may take a time that grows with a power of the path's length: each star may stand for any
    part of a name, and each `**` for any folders."""
    parts = pattern.rstrip("/").removesuffix("/**").split("/")
    stars = (len(re.findall(r"\*+", part)) for part in parts if part != "**")
    return parts.count("**") > MOST_STARS or any(count > MOST_STARS for count in stars)


def split_paths(paths: Sequence[str], left: Collection[str]) -> list[tuple[tuple[str, ...], list[str]]]:
    if len(paths) <= MOST_FILES:
        return [(tuple(cover(paths, left)), list(paths))]
    return [
        (tuple(cover(part, left) if covers_others(patterns, set(left) - set(paths)) else patterns), part)
        for patterns, part in by_prefix("", list(paths))
    ]


def covers_others(patterns: Iterable[str], others: Iterable[str]) -> bool:
    """Whether the patterns would take files of other groups as well."""
    literal = tuple(
        re.sub(r"\\(.)", r"\1", re.split(r"(?<!\\)[\[*]", pattern)[0]).lstrip("/") for pattern in patterns
    )
    return any(path.startswith(literal) for path in others)


def cover(paths: Collection[str], left: Collection[str]) -> list[str]:
    """The fewest folders and files that have all of these paths, and none else of those that are left."""
    return list(covering_patterns("", sorted(paths), sorted(set(left) - set(paths))))


def covering_patterns(folder: str, paths: Sequence[str], others: Sequence[str]) -> Iterator[str]:
    nearest = bisect_left(others, folder)
    if nearest == len(others) or not others[nearest].startswith(folder):
        yield f"{escaped(folder)}**"
        return
    children: dict[str, list[str]] = {}
    for path in paths:
        head, slash, _ = path[len(folder) :].partition("/")
        children.setdefault(head + slash, []).append(path)
    for head, inner in sorted(children.items()):
        if head.endswith("/"):
            yield from covering_patterns(folder + head, inner, others)
        else:
            yield path_pattern(folder + head)


def by_prefix(prefix: str, paths: list[str]) -> list[tuple[list[str], list[str]]]:
    """Parts of at most MOST_FILES, by how their paths begin."""
    packed: list[tuple[list[tuple[str, str]], list[str]]] = []
    for start, group in beginnings(prefix, paths):
        if not packed or len(packed[-1][1]) + len(group) > MOST_FILES:
            packed.append(([], []))
        packed[-1][0].append(start)
        packed[-1][1].extend(group)
    return [(begin_patterns(starts), part) for starts, part in packed]


def beginnings(prefix: str, paths: Iterable[str]) -> Iterator[tuple[tuple[str, str], list[str]]]:
    """Groups of at most MOST_FILES in order, each with a prefix and the letter after it."""
    groups: dict[str, list[str]] = {}
    for path in paths:
        groups.setdefault(path[len(prefix) : len(prefix) + 1], []).append(path)
    for letter, group in sorted(groups.items()):
        if len(group) > MOST_FILES:
            yield from beginnings(prefix + letter, group)
        else:
            yield (prefix, letter), group


def begin_patterns(starts: Sequence[tuple[str, str]]) -> list[str]:
    """Letters after one prefix as one class: `packages/[abc]*`."""
    made: dict[str, list[str]] = {}
    for prefix, letter in starts:
        made.setdefault(prefix, []).append(letter)
    return [pattern for prefix, letters in made.items() for pattern in letter_patterns(prefix, letters)]


def letter_patterns(prefix: str, letters: Sequence[str]) -> Iterator[str]:
    plain = [letter for letter in letters if letter.isalnum() or letter == "_"]
    if len(plain) > 1:
        yield anchored(f"{escaped(prefix)}[{''.join(plain)}]*")
    for letter in letters:
        if letter not in plain or len(plain) == 1:
            yield prefix_pattern(prefix, letter)


def prefix_pattern(prefix: str, letter: str) -> str:
    if letter == "":
        return path_pattern(prefix)
    return anchored(f"{escaped(prefix)}/**" if letter == "/" else f"{escaped(prefix + letter)}*")


def path_pattern(path: str) -> str:
    return anchored(escaped(path))


def anchored(pattern: str) -> str:
    """Without a slash in it, a pattern would match in every folder."""
    return pattern if "/" in pattern.rstrip("/") else f"/{pattern}"


def escaped(path: str) -> str:
    escaped = SPECIAL.sub(r"\\\1", path)
    return f"{escaped[:-1]}\\ " if escaped.endswith(" ") else escaped
