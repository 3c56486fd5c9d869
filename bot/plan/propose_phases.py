"""Phases by risk, proposed from the files that have something to migrate and checked against the tree."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from bot.plan.file_kinds import (
    APPLICATION,
    DOCUMENTATION,
    EXAMPLES,
    KINDS,
    TEST_KINDS,
    kind_of_file,
    test_patterns,
)
from bot.plan.phase_files import EVERYTHING, matcher
from bot.plan.phase_patterns import cover, escaped, path_pattern, split_paths
from bot.plan.pull_size import MOST_FILES

FEWEST, CRITICAL = 5, 25
"""So many of the most imported files have a phase of their own."""
MANY_IMPORTERS = 5
"""Files that fewer modules import are like any other."""
MOST_PATTERNS = 30
"""More are harder to read than patterns that say less."""
MOST_IMPORTED = "Most imported modules"
WHY = {
    MOST_IMPORTED: "the riskiest of the application, so after the rest of it",
    "tests": "after the code that they test",
    EXAMPLES: "after the tests, since nothing depends on them",
    DOCUMENTATION: "last, since nothing depends on it",
}


@dataclass(frozen=True)
class ProposedPhase:
    name: str
    patterns: tuple[str, ...]
    files: tuple[str, ...]
    why: str = ""
    """Why it comes where it does."""


@dataclass(frozen=True)
class PhaseGroup:
    """The files of a phase, before they are cut into parts."""

    name: str
    kind: str
    paths: tuple[str, ...]
    why: str = ""


def proposed_phases(
    files: Collection[str], importers: Mapping[str, int], tree: Collection[str] = ()
) -> list[ProposedPhase]:
    """`importers`: how many modules import a file. `tree`: all files, which the patterns have to suit."""
    groups = list(groups_by_risk(files, importers))
    left, taken = set(files), set[str]()
    phases: list[ProposedPhase] = []
    for group in groups:
        is_last = group is groups[-1] and len(group.paths) <= MOST_FILES
        parts = [remainder(group, len(groups))] if is_last else list(parts_of(group, left, tree, taken))
        phases += parts
        left -= set(group.paths)
        matchers = [matcher(part.patterns) for part in parts]
        taken |= {path for path in tree if any(matches(path) for matches in matchers)}
    return phases


def remainder(group: PhaseGroup, groups: int) -> ProposedPhase:
    """The last phase takes what comes later as well, and says so."""
    listed = group.name.replace(" and ", ", ")
    name = f"{listed} and everything else" if groups > 1 else "Everything"
    return ProposedPhase(name, EVERYTHING, group.paths, group.why)


def groups_by_risk(files: Collection[str], importers: Mapping[str, int]) -> Iterator[PhaseGroup]:
    """The application before its most imported modules, then its tests, then what nothing depends on."""
    by_kind = {kind: sorted(path for path in files if kind_of_file(path) == kind) for kind in KINDS}
    critical = most_imported(by_kind[APPLICATION], importers)
    rest = tuple(path for path in by_kind[APPLICATION] if path not in critical)
    if rest:
        yield PhaseGroup(APPLICATION, APPLICATION, rest)
    if critical:
        counts = sorted(importers.get(path, 0) for path in critical)
        imported = f"imported by {counts[0]:,} to {counts[-1]:,} modules each"
        yield PhaseGroup(MOST_IMPORTED, APPLICATION, tuple(critical), f"{WHY[MOST_IMPORTED]}: {imported}")
    for kind in (*TEST_KINDS, EXAMPLES, DOCUMENTATION):
        if by_kind[kind]:
            why = WHY["tests" if kind in TEST_KINDS else kind]
            yield PhaseGroup(kind, kind, tuple(by_kind[kind]), why if rest or critical else "")


def most_imported(application: Sequence[str], importers: Mapping[str, int]) -> list[str]:
    """None where the application's part is small enough for one look."""
    if len(application) <= CRITICAL:
        return []
    by_weight = sorted(application, key=lambda path: (-importers.get(path, 0), path))
    found = [path for path in by_weight[:CRITICAL] if importers.get(path, 0) >= MANY_IMPORTERS]
    return sorted(found) if len(found) >= FEWEST else []


def parts_of(
    group: PhaseGroup, left: Collection[str], tree: Collection[str], taken: Collection[str]
) -> Iterator[ProposedPhase]:
    """A group in parts that GitHub can show. `left`: files of no phase so far; `taken`: what earlier phases match."""
    if len(group.paths) <= MOST_FILES:
        patterns = readable_patterns(group, left, tree, taken) or tuple(cover(group.paths, left))
        yield ProposedPhase(group.name, patterns, group.paths, group.why)
        return
    parts = split_paths(group.paths, left)
    for number, (patterns, part) in enumerate(parts, 1):
        yield ProposedPhase(
            f"{group.name}, part {number} of {len(parts)}",
            patterns,
            tuple(part),
            group.why if number == 1 else "",
        )


def readable_patterns(
    group: PhaseGroup, left: Collection[str], tree: Collection[str], taken: Collection[str]
) -> tuple[str, ...]:
    """The first patterns that take these files, and of the rest of the tree only files of their kind."""
    relevant = {path for path in tree if path.endswith((".py", ".pyi"))} | set(left)
    others = {path for path in relevant if kind_of_file(path) != group.kind and path not in taken}
    for patterns in candidates(group, left, tree, others):
        if len(patterns) > MOST_PATTERNS:
            continue
        matches = matcher(patterns)
        if {path for path in left if matches(path)} == set(group.paths) and not any(map(matches, others)):
            return patterns
    return ()


def candidates(
    group: PhaseGroup, left: Collection[str], tree: Collection[str], others: Collection[str]
) -> Iterator[tuple[str, ...]]:
    if group.kind in TEST_KINDS:
        tests = [pattern for path in group.paths for pattern in test_patterns(path)]
        yield tuple(dict.fromkeys(tests))
        yield tuple(cover(group.paths, {*left, *others}))
    elif group.name in (APPLICATION, EXAMPLES):
        yield tuple(folder_patterns(group, left, tree))
    if len(group.paths) <= MOST_PATTERNS:
        yield tuple(path_pattern(path) for path in group.paths)


def folder_patterns(group: PhaseGroup, left: Collection[str], tree: Collection[str]) -> Iterator[str]:
    """Whole top folders, without the tests in them and the modules that have a phase of their own."""
    tops = {(path.partition("/")[0], PurePosixPath(path).suffix) for path in group.paths if "/" in path}
    yield from (f"{escaped(top)}/**/*{suffix}" for top, suffix in sorted(tops))
    yield from (path_pattern(path) for path in group.paths if "/" not in path)
    folders = {top for top, _ in tops}
    within = [path for path in tree if path.partition("/")[0] in folders]
    tests = (path for path in within if kind_of_file(path) in TEST_KINDS)
    yield from dict.fromkeys(f"!{pattern}" for path in tests for pattern in test_patterns(path))
    own = set(group.paths)
    critical = (path for path in sorted(left) if kind_of_file(path) == APPLICATION and path not in own)
    yield from (f"!{path_pattern(path)}" for path in critical)
