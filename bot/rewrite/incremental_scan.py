"""A scan that follows another of the same rules reads only what has changed between the two commits.

What is found in a file depends on that file, and on how the files of the tree hang together: which modules there
are, who imports and re-exports what. Where a change leaves that as it was, the unchanged files keep what was found
in them; where it may not have, all is scanned as if for the first time.
"""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.git.mirror import CommitTree
from bot.git.objects import Change
from bot.git.process import GitFailed
from bot.rewrite.blob_index import BlobIndex
from bot.rewrite.cached_tree import FILE_MODES, CachedTree
from bot.rewrite.rewrite import FileSites, scan, sites_by_file, unreadable
from codemods.link.links import Links
from codemods.model.facts import UNBOUND, FileFacts
from codemods.model.pickles import load_pickle
from codemods.model.rules import Rules, modules_of
from codemods.model.tree import Entry, Tree
from codemods.read.extract import Words, extract
from codemods.rewrites.docstrings import dotted_needles
from codemods.scan.joint_changes import called_keys, calls_through, link_joint_changes
from codemods.scan.reading_filter import STAR, before_star_imports
from codemods.scan.survey import Survey, survey, words_of

Progress = Callable[[int, int], None]
PYTHON = (".py", ".pyi")
MOST_CHANGES = 500


@dataclass(frozen=True)
class ScanResult:
    sites_by_file: Mapping[str, FileSites]
    previous_commit: str = ""
    """The commit that the scan before was of."""
    changes: tuple[Change, ...] | None = None
    """What changed since then, where nothing else had to be looked at."""
    searched_tree: CachedTree | None = None
    """Where all of it was looked at: what was searched for in it so far need not be again."""


@dataclass(frozen=True)
class KeptScan:
    """A scan as it is kept."""

    commit: str
    sites_by_file: Mapping[str, FileSites]
    words: tuple[bytes, ...]
    """A file without any of them is none of ours."""
    defining_files: frozenset[str]
    """Files of the old and the new modules: what they define concerns all others."""


@dataclass(frozen=True)
class KeptLinks:
    """How the files hang together; read only where one of ours has changed."""

    words: Words
    read_with_all_words: frozenset[str]
    """The files that were read with all the words."""
    links: Links


def scan_incrementally(
    tree: Tree,
    rules: Rules,
    *,
    processes: int = 1,
    progress: Progress | None = None,
    index: BlobIndex | None = None,
) -> ScanResult:
    if index is None or not isinstance(tree, CommitTree) or rules.codemods:
        return ScanResult(scan(tree, rules, processes=processes, progress=progress, index=index))
    key = hashlib.sha256(repr(rules).encode(errors="surrogatepass")).digest()
    before = load_pickle(index.get(b"scan 1 " + key), KeptScan)
    if before is not None:
        changed = changes(tree, before.commit)
        found = None if changed is None else follow_changes(tree, rules, before, changed, index, key)
        if found is not None:
            kept = KeptScan(tree.commit, found, before.words, before.defining_files)
            if changed:
                index.put(b"scan 1 " + key, pickle.dumps(kept))
            return ScanResult(found, before.commit, changed)
    remembered = CachedTree(tree, index)
    whole = survey(remembered, rules, index, progress, processes=processes)
    links = link_joint_changes(whole, None, ())
    found = sites_by_file(whole, links, processes=processes)
    keep_scan(whole, links, tree.commit, found, index, key)
    return ScanResult(found, searched_tree=remembered)


def keep_scan(
    whole: Survey, links: Links, commit: str, found: Mapping[str, FileSites], index: BlobIndex, key: bytes
) -> None:
    rules = whole.rules
    modules = modules_of(rules.replace) | {retired.module for retired in rules.retire}
    sensitive = {path for module in modules for path in links.modules.paths_by_name.get(module, ())}
    through = (
        {module.rpartition(".")[2] for module, _ in links.symbols} if whole.read_with_all_words else set()
    )
    words = (*sorted(whole.words.everywhere | through), *sorted(whole.words.in_imports))
    before = KeptScan(commit, found, (STAR, *(word.encode() for word in words)), frozenset(sensitive))
    index.put(b"scan 1 " + key, pickle.dumps(before))
    index.put(b"links 1 " + key, pickle.dumps(KeptLinks(whole.words, whole.read_with_all_words, links)))


def changes(tree: CommitTree, since: str) -> tuple[Change, ...] | None:
    try:
        found = tuple(tree.repository.diff(since, tree.commit))
    except GitFailed:
        return None
    return found if len(found) <= MOST_CHANGES else None


def follow_changes(
    tree: CommitTree, rules: Rules, before: KeptScan, changed: Sequence[Change], index: BlobIndex, key: bytes
) -> Mapping[str, FileSites] | None:
    """None where the change may concern other files too."""
    ours: list[Change] = []
    for change, old, new in changed_contents(tree, changed):
        if change.path in before.defining_files:
            return None
        if change.path.endswith(PYTHON):
            if change.status != "M" or change.old_mode not in FILE_MODES or change.new_mode not in FILE_MODES:
                return None
            if may_concern(before.words, old, new):
                ours.append(change)
        elif rules.docs and any(needle in old or needle in new for needle in before.words):
            return None
    if not ours:
        return before.sites_by_file
    whole = load_pickle(index.get(b"links 1 " + key), KeptLinks)
    return rescan_changed(tree, rules, before, ours, whole) if whole is not None else None


def may_concern(needles: Sequence[bytes], old: bytes, new: bytes) -> bool:
    """Without any of the words, a file matters by what it takes all from and passes on."""
    if any(needle in old or needle in new for needle in needles if needle != STAR):
        return True
    stars = [*before_star_imports(old)], [*before_star_imports(new)]
    return stars[0] != stars[1] or (bool(stars[0]) and b"__all__" in old + new)


def changed_contents(tree: CommitTree, changed: Sequence[Change]) -> Iterator[tuple[Change, bytes, bytes]]:
    sides = [Entry(one.path, blob, mode) for one in changed for blob, mode in blobs_of(one)]
    read = {entry.blob: data for entry, data in tree.read(sides)}
    for one in changed:
        yield one, read.get(one.old_blob, b""), read.get(one.new_blob, b"")


def blobs_of(change: Change) -> tuple[tuple[str, str], tuple[str, str]]:
    return (change.old_blob, change.old_mode), (change.new_blob, change.new_mode)


def rescan_changed(
    tree: CommitTree, rules: Rules, before: KeptScan, ours: Sequence[Change], whole: KeptLinks
) -> Mapping[str, FileSites] | None:
    found = dict(before.sites_by_file)
    for change, old, new in changed_contents(tree, ours):
        if whole.read_with_all_words and needles_in(before.words, old) != needles_in(before.words, new):
            return None
        words = whole.words if change.path in whole.read_with_all_words else words_of(rules)
        facts = extract(new, words)
        earlier = extract(old, words)
        if shared_facts(earlier) != shared_facts(facts) or calls_of_reexports(
            whole, change, earlier
        ) != calls_of_reexports(whole, change, facts):
            return None
        found.pop(change.path, None)
        spoken = any(needle in new for needle in dotted_needles(rules))
        links = replace(whole.links, files_with_dotted_names=frozenset({change.path} if spoken else ()))
        sites = sites_in(tree, rules, change, facts, replace(whole, links=links))
        if sites is not None:
            found[change.path] = sites
    return {path: found[path] for path in sorted(found)}


def calls_of_reexports(whole: KeptLinks, change: Change, facts: FileFacts) -> list[object]:
    """The calls that another file's re-export depends on."""
    through = calls_through(whole.links, called_keys(whole.links), change.path, facts)
    return [
        (key, [(one.keyword, one.starred) for one in mention.call.arguments])
        for key, mention in through
        if mention.call
    ]


def needles_in(needles: Sequence[bytes], content: bytes) -> list[bytes]:
    return [needle for needle in needles if needle in content]


def sites_in(
    tree: CommitTree, rules: Rules, change: Change, facts: FileFacts, whole: KeptLinks
) -> FileSites | None:
    path, blob = change.path, change.new_blob
    if facts.unreadable:
        return FileSites(path, blob, (), unreadable(facts))
    entry = Entry(path, blob, change.new_mode)
    alone = Survey(
        tree=tree,
        rules=rules,
        entries={path: entry},
        modules=whole.links.modules,
        words=whole.words,
        read_with_all_words=whole.read_with_all_words,
        facts={path: facts},
        links=whole.links,
    )
    sites = alone.sites_in(path, whole.links)
    return FileSites(path, blob, sites) if sites else None


def shared_facts(facts: FileFacts) -> object:
    """All of a file's facts that other files may depend on, wherever in it they stand."""
    return (
        bool(facts.unreadable),
        [
            (one.level, one.module, part_names(one.aliases), one.scope == 0, one.flags)
            for one in facts.imports
        ],
        {
            (one.name, part_names(one.attributes), binding_kind(facts, one.name, one.scope))
            for one in facts.mentions
            if one.attributes
        },
        {(one.value, one.context, one.content_start >= 0) for one in facts.strings},
        sorted((one.name, one.value, one.scope == 0) for one in facts.alias_assignments),
        facts.exports,
        facts.exports_complete,
        sorted(facts.scopes[0].bindings) if facts.scopes else [],
    )


def part_names(parts: Sequence[object]) -> tuple[object, ...]:
    return tuple((getattr(part, "name", ""), getattr(part, "asname", None)) for part in parts)


def binding_kind(facts: FileFacts, name: str, scope: int) -> str:
    home = facts.binding_scope(name, scope)
    return "module" if home == 0 else "nowhere" if home == UNBOUND else "within"
