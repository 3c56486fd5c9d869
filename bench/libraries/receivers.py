"""What the values are, while a library's tests run, on which members of some names are used."""

from __future__ import annotations

import ast
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from bench.libraries.candidates import parsed_files
from bench.libraries.catalog import Library
from bench.libraries.checkout import repository_of, run_tests

RECORDER = '''\
"""Notes the class of each value on which a member is used."""
import builtins, json, os

known, kept = set(), []
place = os.open(os.environ["BENCH_RECEIVERS"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)


def names(classes):
    return [f"{type.__getattribute__(one, '__module__')}:{one.__qualname__}" for one in classes]


def lineage(value):
    if type(value) is super:
        mro = value.__self_class__.__mro__
        return names(mro[mro.index(value.__thisclass__) + 1:])
    if isinstance(value, type):
        return names(value.__mro__)
    found = names(type(value).__mro__)
    try:
        other = value.__class__
    except Exception:
        other = type(value)
    if other is not type(value) and isinstance(other, type):
        found = names(other.__mro__) + found
    return found


def receiver(site, value):
    marks = (value.__thisclass__, value.__self_class__) if type(value) is super else (type(value),)
    marks += (value,) if isinstance(value, type) else ()
    key = (site, *map(id, marks))
    if key not in known:
        known.add(key)
        kept.append(marks)
        try:
            line = json.dumps([site, lineage(value)])
        except Exception:
            return value
        os.write(place, line.encode() + b"\\n")
    return value


builtins.bench_receiver = receiver
'''


class AttributeSite(NamedTuple):
    path: str
    number: int
    """Among the attributes of the file, in the order of `ast.walk`."""


@dataclass(frozen=True)
class SeenReceivers:
    lineages: Mapping[AttributeSite, frozenset[tuple[str, ...]]]
    """The classes of each value, with all that they are built on."""

    def standing(self, site: AttributeSite, owner: str) -> str:
        """own: all values are of the class; other: none is; both; or unseen."""
        found = {owner in lineage for lineage in self.lineages.get(site, ())}
        if not found:
            return "unseen"
        return "both" if len(found) > 1 else ("own" if True in found else "other")


def attributes(tree: ast.AST, without: Iterable[ast.AST] = ()) -> Iterator[tuple[int, ast.Attribute]]:
    """Numbered; those inside of some nodes are left out."""
    left_out = {id(inner) for node in without for inner in ast.walk(node)}
    nodes = (one for one in ast.walk(tree) if isinstance(one, ast.Attribute) and id(one) not in left_out)
    return enumerate(nodes)


def observe(work: Path, library: Library, names: frozenset[str]) -> SeenReceivers:
    """Runs the tests on a copy in which each value is noted before its member is used."""
    notes = notes_of(work, library)
    notes.parent.mkdir(exist_ok=True)
    notes.unlink(missing_ok=True)
    folder, sites = recording_copy(work, library, names)
    recorder = work / "recorder"
    recorder.mkdir(exist_ok=True)
    (recorder / "sitecustomize.py").write_text(RECORDER)
    run_tests(work, library, folder, recorder, BENCH_RECEIVERS=str(notes))
    return read_notes(notes, sites)


def observed(work: Path, library: Library, names: frozenset[str]) -> SeenReceivers:
    """What was noted for these names in an earlier run."""
    return read_notes(notes_of(work, library), recording_copy(work, library, names)[1])


def notes_of(work: Path, library: Library) -> Path:
    return work / "reports" / f"{library.name}.receivers"


def recording_copy(work: Path, library: Library, names: frozenset[str]) -> tuple[Path, list[AttributeSite]]:
    folder = repository_of(work, library, "observed")
    sites: list[AttributeSite] = []
    for path, tree in parsed_files(folder).items():
        text = (folder / path).read_bytes()
        (folder / path).write_bytes(with_recorder(path, text, tree, names, sites))
    return folder, sites


def read_notes(notes: Path, sites: list[AttributeSite]) -> SeenReceivers:
    lineages = defaultdict[AttributeSite, set[tuple[str, ...]]](set)
    for line in notes.read_text().splitlines() if notes.exists() else ():
        number, lineage = json.loads(line)
        lineages[sites[number]].add(tuple(lineage))
    return SeenReceivers({site: frozenset(found) for site, found in lineages.items()})


def with_recorder(
    path: str, text: bytes, tree: ast.Module, names: frozenset[str], sites: list[AttributeSite]
) -> bytes:
    hidden = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, (ast.JoinedStr, ast.pattern))
        for inner in ast.walk(node)
    }
    starts = line_starts(text)
    insertions: list[tuple[int, int, bytes]] = []
    for number, node in attributes(tree):
        if node.attr in names and id(node) not in hidden:
            value = node.value
            start, end = (starts[value.lineno - 1] + value.col_offset, end_offset(starts, value))
            insertions.append((start, -end, b"bench_receiver(%d,(" % len(sites)))
            insertions.append((end, 0, b"))"))
            sites.append(AttributeSite(path, number))
    return inserted(text, insertions)


def inserted(text: bytes, insertions: list[tuple[int, int, bytes]]) -> bytes:
    """What ends at a place comes before what starts there; of those that start there, the longest first."""
    parts, last = [], 0
    ordered = sorted(insertions, key=lambda one: (one[0], one[2] != b"))", one[1]))
    for start, _, new in ordered:
        parts += [text[last:start], new]
        last = start
    return b"".join([*parts, text[last:]])


def line_starts(text: bytes) -> list[int]:
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    return starts


def end_offset(starts: list[int], node: ast.expr) -> int:
    return starts[(node.end_lineno or node.lineno) - 1] + (node.end_col_offset or 0)
