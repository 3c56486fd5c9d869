"""The rewriting of a tree: what is found in it, what becomes of each file, and the proof for each.

A file's result depends on that file and on what was read of the others before anything changed, never on another's
result: any part of the results can be used without the rest.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import codemods
from bot.work.proof import Proof, prove
from codemods.edits import Edit, ordered, splice
from codemods.extract import Words, read_parts
from codemods.file import File
from codemods.links import Links
from codemods.replacement import Rules
from codemods.sites import Site
from codemods.source import Source, Unreadable, check_python, read_source, write_source
from codemods.survey import Survey, survey
from codemods.tree import Entry, Index, Tree

__all__ = ["FileResult", "FileSites", "Index", "as_json", "folder_tree", "rewrite", "scan"]

Progress = Callable[[int, int], None]
SKIPPED_FOLDERS = frozenset(
    {".git", ".hg", ".venv", "venv", "node_modules", "__pycache__", ".tox", ".mypy_cache"}
)


@dataclass(frozen=True)
class FileResult:
    path: str
    status: Literal["changed", "unchanged", "skipped", "failed"]
    reason: str
    sites: tuple[Site, ...]
    content: bytes | None
    """The new content, where it changed."""
    deleted: bool = False
    proof: Proof | None = None


@dataclass(frozen=True)
class FileSites:
    path: str
    blob: str
    sites: tuple[Site, ...]
    unparsable: str | None = None


def rewrite(
    tree: Tree,
    rules: Rules,
    paths: Collection[str] | None = None,
    *,
    processes: int = 1,
    progress: Progress | None = None,
    index: Index | None = None,
) -> Iterator[FileResult]:
    """`paths`: the files that may change; all are read for what they define and re-export."""
    found = survey(tree, rules, index, check=index is not None)
    chosen = [path for path in sorted(found.facts) if paths is None or path in paths]
    working = [
        path
        for path in chosen
        if found.facts[path].mentions
        or found.facts[path].imports
        or found.facts[path].texts
        or found.facts[path].unreadable
    ]
    links = found.with_circles(found.with_renamed(paths), working)
    for number, (entry, data) in enumerate(found.tree.read(found.entries[path] for path in working), 1):
        result = rewrite_file(entry.path, data, found, links)
        if progress:
            progress(number, len(working))
        if result is not None:
            yield result


def rewrite_file(path: str, data: bytes, found: Survey, links: Links) -> FileResult | None:
    facts = found.facts[path]
    if facts.unreadable:
        where = f"line {facts.line}: " if facts.line else ""
        return FileResult(path, "skipped", where + facts.unreadable, (), None)
    source = read_source(data)
    if isinstance(source, Unreadable):
        return FileResult(path, "skipped", str(source), (), None)
    file = File(path, source, facts, links)
    codemods.decide(file)
    if not file.sites:
        return None
    sites = tuple(sorted(set(file.sites), key=lambda site: (site.line, site.column, site.kind)))
    edits = ordered(file.finish())
    if not edits:
        left = [site for site in sites if not site.safe]
        return FileResult(path, "skipped" if left else "unchanged", left[0].note if left else "", sites, None)
    after = source.with_text(splice(source.text, edits))
    proof = prove(file, edits, after, second_run(path, after, found.words, links))
    if not proof.ok:
        broken = check_python(source.text)
        if broken:
            return FileResult(path, "skipped", str(broken), (), None)
        return FileResult(path, "failed", "; ".join(proof.failures), sites, None, proof=proof)
    return FileResult(path, "changed", "", sites, write_source(after), proof=proof)


def second_run(path: str, after: Source, words: Words, links: Links) -> list[Edit] | None:
    """What another run would change in the new text."""
    rules = links.rules
    olds = {rule.old for rule in rules.replace}
    if any(rule.new in olds for rule in rules.replace):
        return None
    facts = read_parts(after, words)
    if isinstance(facts, Unreadable):
        return []
    file = File(path, after, facts, links)
    codemods.decide(file)
    return file.finish()


def scan(
    tree: Tree,
    rules: Rules,
    *,
    processes: int = 1,
    progress: Progress | None = None,
    index: Index | None = None,
) -> Mapping[str, FileSites]:
    """What is left: every file with sites, or that can't be parsed although it holds the words."""
    found = survey(tree, rules, index, progress)
    links = found.with_renamed(None)
    left: dict[str, FileSites] = {}
    for path in sorted(found.facts):
        facts, blob = found.facts[path], found.entries[path].blob
        if facts.unreadable:
            where = f"line {facts.line}: " if facts.line else ""
            left[path] = FileSites(path, blob, (), where + facts.unreadable)
            continue
        if not (facts.mentions or facts.imports or facts.texts):
            continue
        sites = sites_of(path, found, links)
        if sites:
            left[path] = FileSites(path, blob, sites)
    return left


def sites_of(path: str, found: Survey, links: Links) -> tuple[Site, ...]:
    file = File(path, LazySource(found.tree, found.entries[path]), found.facts[path], links)
    codemods.decide(file)
    return tuple(sorted(set(file.sites), key=lambda site: (site.line, site.column, site.kind)))


class LazySource(Source):
    """A text that is read only where a decision needs a look at it."""

    def __init__(self, tree: Tree, entry: Entry) -> None:
        object.__setattr__(self, "_from", (tree, entry))
        object.__setattr__(self, "encoding", "utf-8")
        object.__setattr__(self, "mark", False)
        object.__setattr__(self, "cache", {})

    @cached_property
    def text(self) -> bytes:
        tree, entry = self._from  # type: ignore[attr-defined]
        source = read_source(next(data for _, data in tree.read([entry])))
        return b"" if isinstance(source, Unreadable) else source.text


def as_json(results: Iterable[FileResult]) -> dict[str, Any]:
    """The object that the command line prints."""
    files = [
        {
            "path": result.path,
            "status": result.status,
            "reason": result.reason,
            "sites": [
                {
                    "line": site.line,
                    "kind": site.kind,
                    "symbol": site.symbol,
                    "safe": site.safe,
                    "note": site.note,
                }
                for site in result.sites
            ],
        }
        for result in results
    ]
    statuses = ("changed", "unchanged", "skipped", "failed")
    totals = {status: sum(file["status"] == status for file in files) for status in statuses}
    sites = [site for file in files for site in file["sites"]]
    unsafe = sum(not site["safe"] for site in sites)  # type: ignore[index]
    return {
        "files": files,
        "totals": {"files": len(files), **totals, "sites": len(sites), "unsafe": unsafe},
    }


# ---- a folder as a tree


@dataclass(frozen=True)
class Folder:
    root: Path

    def entries(self) -> Sequence[Entry]:
        return self._entries

    @cached_property
    def _entries(self) -> list[Entry]:
        found = []
        for folder, folders, names in os.walk(self.root):
            folders[:] = sorted(set(folders) - SKIPPED_FOLDERS)
            for name in names:
                entry = self.entry(Path(folder, name))
                if entry is not None:
                    found.append(entry)
        return sorted(found, key=lambda entry: entry.path)

    def entry(self, file: Path) -> Entry | None:
        path = file.relative_to(self.root).as_posix()
        if file.is_symlink():
            return Entry(path, "", "120000")
        try:
            status = file.stat()
        except OSError:
            return None
        stamp = f"{path}\0{status.st_size}\0{status.st_mtime_ns}\0{status.st_ino}"
        blob = hashlib.sha1(stamp.encode("utf-8", "surrogateescape"), usedforsecurity=False).hexdigest()
        return Entry(path, blob, "100755" if status.st_mode & 0o100 else "100644")

    def grep(self, words: Sequence[bytes], entries: Sequence[Entry] | None = None) -> set[str]:
        chosen = self.entries() if entries is None else entries
        return {entry.path for entry, data in self.read(chosen) if any(word in data for word in words)}

    def read(self, entries: Iterable[Entry]) -> Iterator[tuple[Entry, bytes]]:
        for entry in entries:
            try:
                yield entry, (self.root / entry.path).read_bytes()
            except OSError:
                yield entry, b""


def folder_tree(root: Path) -> Tree:
    """A folder's files, without what version control and tools keep there."""
    return Folder(root)
