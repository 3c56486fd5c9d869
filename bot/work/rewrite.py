"""The rewriting of a tree: what is found in it, what becomes of each file, and the proof for each.

A file's result depends on that file and on what was read of the others before anything changed, never on another's
result: any part of the results can be used without the rest.
"""

from __future__ import annotations

import difflib
import hashlib
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any, Literal

import codemods
from bot.work.proof import NOTHING_TO_PROVE, Proof, prove, prove_own, prove_page, prove_redirect
from codemods import own
from codemods.docs import Page, is_page
from codemods.edits import Edit, ordered, splice
from codemods.extract import Words, read_parts
from codemods.facts import Facts
from codemods.file import File
from codemods.links import Key, Links
from codemods.processes import Lost, spread
from codemods.replacement import CustomCodemod, Retire, Rules
from codemods.retire import Kept, redirect, references
from codemods.sites import Site
from codemods.source import Source, Unreadable, check_python, read_source, write_source
from codemods.survey import Survey, content, survey, whole_facts, words_of
from codemods.tree import Entry, Index, Tree

__all__ = ["FileResult", "FileSites", "Index", "as_json", "folder_tree", "rewrite", "scan"]

Progress = Callable[[int, int], None]
SECONDS_PER_FILE = 60.0
WORTH_PROCESSES = 100
"""Files for which starting processes pays."""
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
    """`paths`: the files that may change; all are read for what they define and re-export.

    1. What the tree holds. 2. Python files, those first whose new names strings in other files depend on.
    3. Documentation. 4. Modules that are retired. 5. Codemods of the operator's own.
    """
    chosen = None if paths is None else frozenset(paths)
    found = survey(tree, rules, index, check=index is not None, processes=processes)
    results = chain(
        rewrite_python(found, chosen, processes, progress),
        rewrite_pages(found, chosen),
        retire_modules(found, chosen),
    )
    yield from own_on_top(found, results, chosen, processes) if rules.codemods else results


def rewrite_python(
    found: Survey, chosen: frozenset[str] | None, processes: int, progress: Progress | None
) -> Iterator[FileResult]:
    retired = {path for one in found.rules.retire for path in found.modules.paths.get(one.module, ())}
    kept: set[Key] = set()
    while True:
        links = found.with_renamed(chosen, kept)
        tied = sorted({path for key in links.renamed for path in found.tied(key)})
        first = [result for path in tied for result in rewrite_all(found, links, [path], 1)]
        lost = set(tied) - {result.path for result in first if result.status == "changed"}
        broken = {key for key in links.renamed if lost.intersection(found.tied(key))}
        if not broken:
            break
        kept |= broken
    yield from first
    others = [
        path
        for path in sorted(found.facts)
        if path not in tied and path not in retired and (chosen is None or path in chosen)
    ]
    concerned = [path for path in others if found.concerns(path, links)]
    for number, result in enumerate(rewrite_all(found, links, concerned, processes), 1):
        if progress:
            progress(number, len(concerned))
        yield result


@dataclass(frozen=True)
class Desk:
    """What a process needs to know once."""

    links: Links
    words: Words
    wide: Words
    """With the names that re-exports have given the symbols."""


Task = tuple[str, bytes, Facts, bool]


def rewrite_all(found: Survey, links: Links, paths: Sequence[str], processes: int) -> Iterator[FileResult]:
    desk = Desk(found.with_circles(links, paths), words_of(found.rules), found.words)
    entries = [found.entries[path] for path in paths]
    tasks: Iterator[Task] = (
        (entry.path, data, found.facts[entry.path], entry.path in found.wide)
        for entry, data in found.tree.read(entries)
    )
    count = processes if len(paths) >= WORTH_PROCESSES else 1
    for (path, _, _, _), result in spread(rewrite_file, desk, tasks, count, SECONDS_PER_FILE):
        if isinstance(result, Lost):
            yield FileResult(path, "failed", result.reason, (), None)
        elif result is not None:
            yield result


def rewrite_file(desk: Desk, task: Task) -> FileResult | None:
    path, data, facts, wide = task
    if facts.unreadable:
        return FileResult(path, "skipped", unreadable(facts), (), None)
    source = read_source(data)
    if isinstance(source, Unreadable):
        return FileResult(path, "skipped", str(source), (), None)
    file = File(path, source, facts, desk.links)
    codemods.decide(file)
    if not file.sites:
        return None
    sites = sites_in_order(file)
    edits = ordered(file.finish())
    if not edits:
        left = [site for site in sites if not site.safe]
        return FileResult(path, "skipped" if left else "unchanged", left[0].note if left else "", sites, None)
    after = source.with_text(splice(source.text, edits))
    proof = prove(file, edits, after, second_run(path, after, desk.links, desk.wide if wide else desk.words))
    if proof.ok:
        return FileResult(path, "changed", "", sites, write_source(after), proof=proof)
    broken = check_python(source.text)
    if broken:
        return FileResult(path, "skipped", str(broken), (), None)
    return FileResult(path, "failed", "; ".join(proof.failures), sites, None, proof=proof)


def unreadable(facts: Facts) -> str:
    return f"line {facts.line}: {facts.unreadable}" if facts.line else str(facts.unreadable)


def sites_in_order(file: File) -> tuple[Site, ...]:
    return tuple(sorted(set(file.sites), key=lambda site: (site.line, site.column, site.kind)))


def second_run(path: str, after: Source, links: Links, words: Words) -> list[Edit] | None:
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
    paths: Collection[str] | None = None,
    *,
    processes: int = 1,
    progress: Progress | None = None,
    index: Index | None = None,
) -> Mapping[str, FileSites]:
    """What is left: every file with sites, or that can't be parsed although it holds the words; of `paths` alone
    where they are given."""
    found = survey(tree, rules, index, progress, processes=processes)
    links = found.with_renamed(None)
    chosen = None if paths is None else frozenset(paths)
    left: dict[str, FileSites] = {}
    for path in sorted(found.facts if chosen is None else chosen & found.facts.keys()):
        facts, blob = found.facts[path], found.entries[path].blob
        if facts.unreadable:
            left[path] = FileSites(path, blob, (), unreadable(facts))
        elif found.concerns(path, links):
            left[path] = FileSites(path, blob, found.concerns(path, links))
    for entry, _, _, sites in pages(found, chosen):
        left[entry.path] = FileSites(entry.path, entry.blob, tuple(sites))
    for result in run_own(found, chosen, processes, {}) if rules.codemods else ():
        before = left[result.path].sites if result.path in left else ()
        left[result.path] = FileSites(result.path, found.entries[result.path].blob, (*before, *result.sites))
    return left


# ---- documentation


def pages(
    found: Survey, chosen: frozenset[str] | None
) -> Iterator[tuple[Entry, bytes, list[Edit], list[Site]]]:
    if not found.rules.docs:
        return
    page = Page(found.rules)
    entries = [
        entry for path, entry in found.entries.items() if is_page(path) and (chosen is None or path in chosen)
    ]
    matching = found.tree.grep(page.needles, entries) if entries and page.needles else set()
    for entry, data in found.tree.read([entry for entry in entries if entry.path in matching]):
        edits, sites = page.decide(data)
        if sites:
            yield entry, data, edits, sites


def rewrite_pages(found: Survey, chosen: frozenset[str] | None) -> Iterator[FileResult]:
    page = Page(found.rules)
    for entry, data, edits, sites in pages(found, chosen):
        after = splice(data, edits)
        proof = prove_page(entry.path, data, after, edits, page.decide(after)[0])
        if proof.ok:
            yield FileResult(entry.path, "changed", "", tuple(sites), after, proof=proof)
        else:
            yield FileResult(entry.path, "failed", "; ".join(proof.failures), tuple(sites), None, proof=proof)


# ---- the end of a module


def retire_modules(found: Survey, chosen: frozenset[str] | None) -> Iterator[FileResult]:
    for one in found.rules.retire:
        paths = [path for path in found.modules.paths.get(one.module, ()) if path in found.entries]
        for path in paths:
            if chosen is None or path in chosen:
                yield from (
                    remove(found, one, path, paths)
                    if one.to == "removed"
                    else make_redirect(found, one, path)
                )


def remove(found: Survey, one: Retire, path: str, paths: Sequence[str]) -> Iterator[FileResult]:
    """Only with no reference left; what this very run moves is left until then."""
    below = [name for name in found.modules.paths if name.startswith(one.module + ".")]
    if below:
        yield FileResult(
            path, "skipped", f"{one.module} is a package with modules below it: {below[0]}", (), None
        )
        return
    left = list(references(one.module, paths, found.facts, found.modules))
    if left:
        files = sorted({where for where, _ in left})
        more = f" and {len(files) - 3} more" if len(files) > 3 else ""
        reason = f"{len(left)} references are left, in {', '.join(files[:3])}{more}"
        yield FileResult(path, "skipped", reason, tuple(site for _, site in left[:50]), None)
        return
    yield FileResult(
        path, "changed", "", (Site(1, 0, "module", one.module, True),), None, True, NOTHING_TO_PROVE
    )


def make_redirect(found: Survey, one: Retire, path: str) -> Iterator[FileResult]:
    data = content(found.tree, found.entries[path])
    source, facts = read_source(data), whole_facts(data)
    if isinstance(source, Unreadable) or facts.unreadable:
        reason = str(source) if isinstance(source, Unreadable) else unreadable(facts)
        yield FileResult(path, "skipped", reason, (), None)
        return
    made = redirect(one, source, facts, found.links)
    if made is None:
        return
    site = Site(
        1, 0, "module", one.module, not isinstance(made, Kept), made.reason if isinstance(made, Kept) else ""
    )
    if isinstance(made, Kept):
        yield FileResult(path, "skipped", made.reason, (site,), None)
        return
    after = source.with_text(made.text)
    again = redirect(one, after, whole_facts(made.text), found.links)
    proof = prove_redirect(found, path, made, again is None)
    if proof.ok:
        yield FileResult(path, "changed", "", (site,), write_source(after), proof=proof)
    else:
        yield FileResult(path, "failed", "; ".join(proof.failures), (site,), None, proof=proof)


# ---- codemods of the operator's own


def own_on_top(
    found: Survey, results: Iterable[FileResult], chosen: frozenset[str] | None, processes: int
) -> Iterator[FileResult]:
    """A file that both change gets both, with the proofs of both."""
    before = {result.path: result for result in results}
    texts = {path: result.content for path, result in before.items() if result.content is not None}
    gone = {path for path, result in before.items() if result.deleted or result.status == "failed"}
    for after in run_own(found, chosen, processes, texts, gone):
        first = before.pop(after.path, None)
        if first is None or after.status != "changed" or first.content is None:
            yield after
        else:
            yield replace(after, sites=(*first.sites, *after.sites), proof=first.proof)
    yield from before.values()


def run_own(
    found: Survey,
    chosen: frozenset[str] | None,
    processes: int,
    texts: Mapping[str, bytes],
    gone: Collection[str] = (),
) -> Iterator[FileResult]:
    paths = [
        p for p in sorted(found.entries) if p.endswith((".py", ".pyi")) and (chosen is None or p in chosen)
    ]
    read = found.tree.read([found.entries[path] for path in paths])
    tasks = ((entry.path, texts.get(entry.path, data)) for entry, data in read if entry.path not in gone)
    count = processes if len(paths) >= WORTH_PROCESSES else 1
    for (path, _), result in spread(own_file, found.rules.codemods, tasks, count, SECONDS_PER_FILE):
        if isinstance(result, Lost):
            yield FileResult(path, "failed", result.reason, (), None)
        elif result is not None:
            yield result


def own_file(chosen: tuple[CustomCodemod, ...], task: tuple[str, bytes]) -> FileResult | None:
    """One codemod after the other; each one's second run over its own result must change nothing."""
    path, data = task
    source = read_source(data)
    if isinstance(source, Unreadable):
        return None
    text, sites, again = source, [], ""
    for one in chosen:
        result = own.run(one, path, text)
        if isinstance(result, own.Refused):
            return None if result.skipped else FileResult(path, "failed", result.reason, (), None)
        if result is None:
            continue
        sites += changed_lines(text, result.text, one.name)
        text = source.with_text(result.text)
        once_more = own.run(one, path, text)
        again = again or ("" if once_more is None else f"{one.name} changes its own result")
    if text is source:
        return None
    proof = prove_own(text, again)
    if not proof.ok:
        return FileResult(path, "failed", "; ".join(proof.failures), tuple(sites), None, proof=proof)
    return FileResult(path, "changed", "", tuple(sites), write_source(text), proof=proof)


def changed_lines(before: Source, after: bytes, name: str) -> list[Site]:
    matcher = difflib.SequenceMatcher(None, before.text.splitlines(), after.splitlines(), autojunk=False)
    return [
        Site(i + 1, 0, "codemod", name, True) for tag, i, _, _, _ in matcher.get_opcodes() if tag != "equal"
    ]


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
