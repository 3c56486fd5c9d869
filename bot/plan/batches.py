"""A phase's files in batches: one commit each, stable when the phase is regenerated.

The files stand in order of their folders, and the line is cut where folders end. Where a cut may fall depends
only on the few files around it, so a file more or less moves the cuts near it and no others; and a batch is
named by one of its files, so it keeps its id while that file stays.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from bot.plan.codeowners import Owners
from bot.plan.plan import Phase, Plan
from bot.plan.slices import files_by_slice

FOLDERS_IN = " folders in "


@dataclass(frozen=True)
class Batch:
    id: str
    """Kept from run to run: it goes into the trailers of the commit."""
    number: int
    """Counted from 1 in this run, for people."""
    title: str
    paths: tuple[str, ...]


def cut_batches(
    plan: Plan, phase: Phase, files: Iterable[str], owners: Owners | None = None
) -> tuple[Batch, ...]:
    """With owners, no batch has files of two of them."""
    groups = files_by_slice(phase, files, owners).values()
    cut = [
        batch
        for group in groups
        for batch in cut_by_folder(sorted(set(group), key=folder_order), phase.batch)
    ]
    titles = distinct(list(map(batch_title, cut)))
    return tuple(
        Batch(batch_id(plan, phase, paths), number, title, paths)
        for number, (title, paths) in enumerate(zip(titles, cut, strict=True), 1)
    )


def distinct(titles: Sequence[str]) -> Iterator[str]:
    """A title that several batches have gets their parts counted."""
    several, seen = Counter(titles), Counter[str]()
    for title in titles:
        seen[title] += 1
        yield f"{title} ({seen[title]} of {several[title]})" if several[title] > 1 else title


def folder_order(path: str) -> tuple[tuple[str, ...], str]:
    """A folder's own files first, then those of the folders in it."""
    pure = PurePosixPath(path)
    return pure.parent.parts, pure.name


def cut_by_folder(paths: Sequence[str], most: int) -> list[tuple[str, ...]]:
    cut = []
    start = 0
    while len(paths) - start > most:
        end = min(range(start + (most + 1) // 2, start + most + 1), key=lambda at: cut_cost(paths, at))
        cut.append(tuple(paths[start:end]))
        start = end
    return [*cut, tuple(paths[start:])] if paths[start:] else cut


def cut_cost(paths: Sequence[str], at: int) -> tuple[int, str]:
    """How well the line can be cut before this file: best where the two files share the fewest folders, else
    by a draw that depends on the file alone."""
    before, after = (PurePosixPath(paths[index]).parent.parts for index in (at - 1, at))
    shared = next((depth for depth, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), None)
    depth = min(len(before), len(after)) if shared is None else shared
    return depth if before != after else 1000, path_digest(paths[at])


def batch_id(plan: Plan, phase: Phase, paths: Iterable[str]) -> str:
    return min(path_digest(f"{plan.slug}\0{phase.number}\0{path}") for path in paths)[:10]


def path_digest(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()


def batch_title(paths: Sequence[str]) -> str:
    if len(paths) == 1:
        return paths[0]
    folders = sorted({str(PurePosixPath(path).parent) for path in paths})
    if len(folders) == 1:
        return "top folder" if folders == ["."] else folders[0]
    common = common_folder(folders)
    if common:
        return f"{len(folders)}{FOLDERS_IN}{common}"
    tops = sorted({PurePosixPath(folder).parts[0] if folder != "." else "top folder" for folder in folders})
    return ", ".join(tops) if len(tops) <= 3 else f"{', '.join(tops[:2])} and {len(tops) - 2} more"


def common_folder(folders: Sequence[str]) -> str:
    parts = [PurePosixPath(folder).parts for folder in folders]
    shared = 0
    for level in zip(*parts, strict=False):
        if len(set(level)) > 1:
            break
        shared += 1
    return "/".join(parts[0][:shared])
