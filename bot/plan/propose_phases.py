"""Phases by risk, proposed from the files with references: the application's most imported modules first."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from bot.plan.pull_size import MOST_FILES

FEWEST, CRITICAL = 5, 25
"""So many of the most imported files go first, on their own."""

APPLICATION, INTEGRATION, END_TO_END, UNIT, DOCUMENTATION = (
    "Application",
    "Integration tests",
    "End-to-end tests",
    "Unit tests",
    "Documentation and configuration",
)
KINDS = (APPLICATION, INTEGRATION, END_TO_END, UNIT, DOCUMENTATION)
MOST_IMPORTED = "Most imported modules"

TEST_FOLDERS = {"test", "tests", "testing", "e2e", "qa"}
WORDS = {
    END_TO_END: re.compile(
        r"(?:^|[_.-])(?:e2e|end_?to_?end|end2end|acceptance|functional|system|selenium|playwright)"
    ),
    INTEGRATION: re.compile(r"(?:^|[_.-])(?:integration|integ|contract)"),
}
SPECIAL = re.compile(r"([\\*?\[\]!#])")


@dataclass(frozen=True)
class ProposedPhase:
    name: str
    patterns: tuple[str, ...]
    files: tuple[str, ...]


def kind_of_file(path: str) -> str:
    parts = [part.lower() for part in PurePosixPath(path).parts]
    if not path.endswith((".py", ".pyi")):
        return DOCUMENTATION
    name = parts[-1]
    tested = name.startswith(("test_", "conftest.")) or name.endswith(("_test.py", "_tests.py"))
    if not tested and not TEST_FOLDERS.intersection(parts[:-1]):
        return APPLICATION
    words = [part.removeprefix("test_").removeprefix("tests_") for part in parts]
    return next((kind for kind, word in WORDS.items() if any(map(word.search, words))), UNIT)


def proposed_phases(files: Collection[str], importers: Mapping[str, int]) -> list[ProposedPhase]:
    """`importers`: how many modules import a file."""
    groups = [(kind, [path for path in sorted(files) if kind_of_file(path) == kind]) for kind in KINDS]
    application = groups[0][1]
    critical = most_imported(application, importers)
    if critical:
        rest = [path for path in application if path not in critical]
        groups[:1] = [(MOST_IMPORTED, critical), (APPLICATION, rest)]
    return list(split_groups([(name, paths) for name, paths in groups if paths], set(files)))


def most_imported(application: Sequence[str], importers: Mapping[str, int]) -> list[str]:
    """None if the application's part is small enough for one phase."""
    if len(application) <= CRITICAL:
        return []
    by_weight = sorted(application, key=lambda path: (-importers.get(path, 0), path))
    found = [path for path in by_weight[:CRITICAL] if importers.get(path, 0) > 1]
    return sorted(found) if len(found) >= FEWEST else []


def split_groups(groups: Iterable[tuple[str, list[str]]], left: set[str]) -> Iterator[ProposedPhase]:
    """Each group in parts that GitHub can show; `left` are the files that no phase has taken so far."""
    for name, paths in groups:
        parts = split_paths(paths, left)
        for number, (patterns, part) in enumerate(parts, 1):
            title = f"{name}, part {number} of {len(parts)}" if len(parts) > 1 else name
            yield ProposedPhase(title, patterns, tuple(part))
        left -= set(paths)


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
