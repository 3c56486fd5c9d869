"""A phase's files in batches: one commit each, the same again when the phase is made a second time.

The files stand in order of their folders, and the line is cut where folders end. Where a cut may fall depends
only on the few files around it, so a file more or less moves the cuts near it and no others; and a batch is
named by one of its files, so it keeps its id while that file stays.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from bot.decide.owners import Owners, owner_name
from bot.decide.plan import Phase, Plan


@dataclass(frozen=True)
class Batch:
    id: str
    """Kept from run to run: the `Drover-Batch` trailer."""
    number: int
    """Counted from 1 in this run, for people."""
    title: str
    paths: tuple[str, ...]


@dataclass(frozen=True)
class Slice:
    """A part of a phase that is one owner's: a pull request of its own."""

    key: str
    """Fit for a branch name."""
    owners: tuple[str, ...]
    paths: tuple[str, ...]

    @property
    def title(self) -> str:
        return " ".join(self.owners) or "nobody's"


def batches(
    plan: Plan, phase: Phase, files: Iterable[str], owners: Owners | None = None
) -> tuple[Batch, ...]:
    """With owners, no batch has files of two of them."""
    groups = [one.paths for one in slices(phase, files, owners)] if owners else [tuple(files)]
    cut = [
        batch
        for group in groups
        for batch in cut_by_folder(sorted(set(group), key=folder_order), phase.batch)
    ]
    return tuple(
        Batch(batch_id(plan, phase, paths), number, batch_title(paths), paths)
        for number, paths in enumerate(cut, 1)
    )


def slices(phase: Phase, files: Iterable[str], owners: Owners | None) -> tuple[Slice, ...]:
    """One for each owner, or group of owners, where the phase is split; else the phase as it is."""
    files = sorted(set(files))
    if phase.split != "owners" or owners is None:
        return (Slice("", (), tuple(files)),) if files else ()
    shares: dict[tuple[str, ...], list[str]] = {}
    for path in files:
        shares.setdefault(owners.of(path), []).append(path)
    named: Mapping[tuple[str, ...], str] = unique_keys(sorted(shares))
    return tuple(Slice(named[who], who, tuple(shares[who])) for who in sorted(shares))


def unique_keys(groups: Sequence[tuple[str, ...]]) -> dict[tuple[str, ...], str]:
    keys = {who: "-".join(owner_name(one) for one in who)[:60].strip("-.") or "nobody" for who in groups}
    shared = {key for key in keys.values() if list(keys.values()).count(key) > 1}
    return {who: f"{key}-{digest(' '.join(who))[:6]}" if key in shared else key for who, key in keys.items()}


def folder_order(path: str) -> tuple[tuple[str, ...], str]:
    """A folder's own files first, then those of the folders in it."""
    pure = PurePosixPath(path)
    return pure.parent.parts, pure.name


def cut_by_folder(paths: Sequence[str], most: int) -> list[tuple[str, ...]]:
    cut = []
    start = 0
    while len(paths) - start > most:
        end = min(range(start + (most + 1) // 2, start + most + 1), key=lambda at: seam(paths, at))
        cut.append(tuple(paths[start:end]))
        start = end
    return [*cut, tuple(paths[start:])] if paths[start:] else cut


def seam(paths: Sequence[str], at: int) -> tuple[int, str]:
    """How well the line can be cut before this file: best where the two files share the fewest folders, else
    by a draw that depends on the file alone."""
    before, after = (PurePosixPath(paths[index]).parent.parts for index in (at - 1, at))
    shared = next((depth for depth, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), None)
    depth = min(len(before), len(after)) if shared is None else shared
    return depth if before != after else 1000, digest(paths[at])


def batch_id(plan: Plan, phase: Phase, paths: Iterable[str]) -> str:
    return min(digest(f"{plan.slug}\0{phase.number}\0{path}") for path in paths)[:10]


def digest(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()


def batch_title(paths: Sequence[str]) -> str:
    if len(paths) == 1:
        return paths[0]
    folders = sorted({str(PurePosixPath(path).parent) for path in paths})
    if len(folders) == 1:
        return "the top folder" if folders == ["."] else folders[0]
    common = common_folder(folders)
    if common:
        return f"{common}, {len(folders)} folders"
    tops = sorted(
        {PurePosixPath(folder).parts[0] if folder != "." else "the top folder" for folder in folders}
    )
    return ", ".join(tops) if len(tops) <= 3 else f"{', '.join(tops[:2])} and {len(tops) - 2} more"


def common_folder(folders: Sequence[str]) -> str:
    parts = [PurePosixPath(folder).parts for folder in folders]
    shared = 0
    for level in zip(*parts, strict=False):
        if len(set(level)) > 1:
            break
        shared += 1
    return "/".join(parts[0][:shared])
