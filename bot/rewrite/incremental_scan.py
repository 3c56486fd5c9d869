"""A scan that reads only what has changed since the last scan with the same rules.

What is found in a file depends on that file, and on how the files of the tree hang together: which modules there
are, who imports and re-exports what. Where a change leaves that as it was, the unchanged files keep what was found
in them; where it may not have, all is scanned as if for the first time.
"""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from bot.git.mirror import CommitTree
from bot.git.objects import PathChange
from bot.git.process import GitFailed
from bot.rewrite.blob_index import BlobIndex
from bot.rewrite.cached_tree import FILE_MODES, CachedTree
from bot.rewrite.file_result import FileSites, unreadable
from bot.rewrite.other_files import sites_in_other_file
from bot.rewrite.scan import TrialResult, Trials, file_sites, scan, scan_links, sites_by_file
from codemods.link.import_graph import load_time_imports
from codemods.link.links import Links
from codemods.model.facts import IN_TRY, LOAD, UNBOUND, FileFacts
from codemods.model.modules import Modules
from codemods.model.pickles import load_pickle
from codemods.model.records import record
from codemods.model.rules import Rules, modules_of
from codemods.model.tree import Entry, Tree
from codemods.read.extract import extract
from codemods.read.run_time_names.class_names import made_names
from codemods.read.run_time_names.loaded_packages import loaded_packages
from codemods.read.run_time_names.taken_modules import names_asked_for, taken_names
from codemods.read.words import SearchedNames
from codemods.rewrites.texts.docstrings import dotted_needles
from codemods.rewrites.texts.other_files import is_other_file, may_be_script
from codemods.scan.asked_bases import asked_by_name, asks_for
from codemods.scan.file_facts import SECONDS_PER_FILE
from codemods.scan.joint_changes import called_keys, calls_through
from codemods.scan.loaded_parts import packages_of_modules
from codemods.scan.named_elsewhere import named_in, renamed_symbols, searched_names
from codemods.scan.reading_filter import STAR, before_star_imports, hides_word
from codemods.scan.search_words import new_names, words_of
from codemods.scan.survey import Survey, survey_tree
from codemods.scan.uses_through_reexports import changed_reexports, reexports_used
from codemods.workers.isolate import run_isolated
from codemods.workers.processes import FailedTask

Progress = Callable[[int, int], None]
PYTHON = (".py", ".pyi")
MOST_CHANGES = 500
SHORT = 64 * 1024
"""Bytes of a file that is read in this process."""


@record
class ScanResult:
    sites_by_file: Mapping[str, FileSites]
    previous_commit: str = ""
    """The commit that the scan before was of."""
    changes: tuple[PathChange, ...] | None = None
    """The changes since then, if nothing else had to be scanned."""
    deprecated_files: frozenset[str] | None = None
    """The files of the deprecated modules, where all of it was looked at."""
    searched_tree: CachedTree | None = None
    """Where all of it was looked at: what was searched for in it so far need not be again."""


@record
class KeptScan:
    """A scan as it is kept."""

    commit: str
    sites_by_file: Mapping[str, FileSites]
    words: tuple[bytes, ...]
    """A file without any of these words has no references."""
    defining_files: frozenset[str]
    """Files of the old and the new modules: what they define concerns all others."""
    loaded_files: frozenset[str] = frozenset()
    """The files whose imports were read for import cycles."""


@record
class KeptTrials:
    """What trials showed, for the next scan of everything."""

    by_path: Mapping[str, TrialResult]


@record
class KeptLinks:
    """How the files hang together; read only where one of ours has changed."""

    words: SearchedNames
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
    if index is None or not isinstance(tree, CommitTree):
        return ScanResult(scan(tree, rules, processes=processes, progress=progress, index=index))
    if rules.codemods or rules.members:
        searched = CachedTree(tree, index)
        found = scan(searched, rules, processes=processes, progress=progress, index=index)
        return ScanResult(found, searched_tree=searched)
    key = hashlib.sha256(repr(rules).encode(errors="surrogatepass")).digest()
    last_scan = load_pickle(index.get(b"scan 1 " + key), KeptScan)
    if last_scan is not None:
        changed = changes(tree, last_scan.commit)
        sites = None if changed is None else follow_changes(tree, rules, last_scan, changed, index, key)
        if sites is not None:
            kept = replace(last_scan, commit=tree.commit, sites_by_file=sites)
            if changed:
                index.put(b"scan 1 " + key, pickle.dumps(kept))
            return ScanResult(sites, last_scan.commit, changed)
    remembered = CachedTree(tree, index)
    survey = survey_tree(remembered, rules, index, progress, processes=processes)
    earlier = load_pickle(index.get(b"verdicts 1 " + key), KeptTrials)
    trials = Trials(survey, processes, earlier.by_path if earlier else {})
    links = scan_links(trials)
    sites = sites_by_file(trials, links)
    keep_scan(survey, links, tree.commit, sites, index, key)
    index.put(b"verdicts 1 " + key, pickle.dumps(KeptTrials(trials.verdicts)))
    return ScanResult(
        sites, deprecated_files=deprecated_files(survey.modules, rules), searched_tree=remembered
    )


def deprecated_files(modules: Modules, rules: Rules) -> frozenset[str]:
    return frozenset(path for one in rules.replace for path in modules.paths_by_name.get(one.old.module, ()))


def keep_scan(
    survey: Survey,
    links: Links,
    commit: str,
    sites_by_file: Mapping[str, FileSites],
    index: BlobIndex,
    key: bytes,
) -> None:
    rules = survey.rules
    modules = modules_of(rules.symbols) | {retired.module for retired in rules.retire}
    sensitive = {path for module in modules for path in links.modules.paths_by_name.get(module, ())}
    sensitive |= links.interfaces.files
    sensitive |= {one.path for taken in links.given_modules.values() for one in taken}
    through = (
        {module.rpartition(".")[2] for module, _ in links.symbols} if survey.read_with_all_words else set()
    )
    asked = {name for keys in links.lost_bases.values() for _, name in keys}
    sensitive |= {
        path
        for keys in links.lost_bases.values()
        for module, _ in keys
        for path in links.modules.paths_by_name.get(module, ())
    }
    words = (*sorted(survey.words.everywhere | through | asked), *sorted(survey.words.in_imports))
    made = {needle for one in searched_names(rules, links.made_names) for needle in one.needles}
    values = {value.encode() for one in links.registered_classes.values() for value in one.names}
    needles = (STAR, *(word.encode() for word in words), *sorted(made | values))
    loaded = frozenset(survey.import_graph.loaded_by_path)
    before = KeptScan(commit, sites_by_file, needles, frozenset(sensitive), loaded)
    index.put(b"scan 1 " + key, pickle.dumps(before))
    index.put(b"links 1 " + key, pickle.dumps(KeptLinks(survey.words, survey.read_with_all_words, links)))


def changes(tree: CommitTree, since: str) -> tuple[PathChange, ...] | None:
    try:
        changed = tuple(tree.repository.diff(since, tree.commit))
    except GitFailed:
        return None
    return changed if len(changed) <= MOST_CHANGES else None


def follow_changes(
    tree: CommitTree,
    rules: Rules,
    last_scan: KeptScan,
    changed: Sequence[PathChange],
    index: BlobIndex,
    key: bytes,
) -> Mapping[str, FileSites] | None:
    """None if the change may affect other files as well."""
    words = words_of(rules).everywhere
    relevant: list[PathChange] = []
    others: list[PathChange] = []
    for change, old, new in changed_contents(tree, changed):
        if change.path in last_scan.defining_files:
            return None
        if change.path.endswith(PYTHON):
            if change.status != "M" or change.old_mode not in FILE_MODES or change.new_mode not in FILE_MODES:
                return None
            is_relevant = may_concern(last_scan.words, old, new) or any(
                hides_word(content, words) for content in (old, new)
            )
            if evidence_in(old, rules) != evidence_in(new, rules):
                return None
            if change.path in last_scan.loaded_files and (is_relevant or imports_differ(old, new)):
                return None
            if is_relevant:
                relevant.append(change)
        elif any(word != STAR and (word in old or word in new) for word in last_scan.words):
            if not is_other_file(change.path) or may_be_script(change.path):
                return None
            others.append(change)
    if not relevant and not others:
        return last_scan.sites_by_file
    kept_links = load_pickle(index.get(b"links 1 " + key), KeptLinks)
    if kept_links is None:
        return None
    sites_by_path = rescan_changed(tree, rules, last_scan, relevant, kept_links)
    if sites_by_path is not None:
        rescan_other_files(tree, rules, others, kept_links, sites_by_path)
    return sites_by_path


def evidence_in(data: bytes, rules: Rules) -> object:
    """What files without any of the words say about others."""
    made = made_names(data) if renamed_symbols(rules) else ()
    loaded = loaded_packages(data) if packages_of_modules(rules) else ()
    imports = load_time_imports(data) if loaded else ()
    return taken_names(data), set(names_asked_for(data, new_names(rules))), made, loaded, imports


def may_concern(needles: Sequence[bytes], old: bytes, new: bytes) -> bool:
    """Without any of the words, a file matters by what it takes all from and passes on."""
    if any(needle in old or needle in new for needle in needles if needle != STAR):
        return True
    stars = [*before_star_imports(old)], [*before_star_imports(new)]
    return stars[0] != stars[1] or (bool(stars[0]) and b"__all__" in old + new)


def imports_differ(old: bytes, new: bytes) -> bool:
    return load_time_imports(old) != load_time_imports(new)


def changed_contents(
    tree: CommitTree, changed: Sequence[PathChange]
) -> Iterator[tuple[PathChange, bytes, bytes]]:
    sides = [Entry(one.path, blob, mode) for one in changed for blob, mode in blobs_of(one)]
    data_by_blob = {entry.blob: data for entry, data in tree.read(sides)}
    for one in changed:
        yield one, data_by_blob.get(one.old_blob, b""), data_by_blob.get(one.new_blob, b"")


def blobs_of(change: PathChange) -> tuple[tuple[str, str], tuple[str, str]]:
    return (change.old_blob, change.old_mode), (change.new_blob, change.new_mode)


def rescan_changed(
    tree: CommitTree, rules: Rules, last_scan: KeptScan, relevant: Sequence[PathChange], kept_links: KeptLinks
) -> dict[str, FileSites] | None:
    sites_by_path = dict(last_scan.sites_by_file)
    for change, old, new in changed_contents(tree, relevant):
        if change.path in kept_links.links.joint_paths:
            return None
        if questions_of(kept_links.links, old) != questions_of(kept_links.links, new):
            return None
        searched = searched_names(rules, kept_links.links.made_names)
        if set(named_in(old, searched)) != set(named_in(new, searched)):
            return None
        if kept_links.read_with_all_words and needles_in(last_scan.words, old) != needles_in(
            last_scan.words, new
        ):
            return None
        words = kept_links.words if change.path in kept_links.read_with_all_words else words_of(rules)
        facts, earlier = facts_of_change(new, words), facts_of_change(old, words)
        if is_compared(kept_links, change, facts) or is_compared(kept_links, change, earlier):
            return None
        if shared_facts(earlier) != shared_facts(facts) or calls_of_reexports(
            kept_links, change, earlier
        ) != calls_of_reexports(kept_links, change, facts):
            return None
        sites_by_path.pop(change.path, None)
        has_dotted_name = any(needle in new for needle in dotted_needles(rules))
        links = replace(
            kept_links.links, files_with_dotted_names=frozenset({change.path} if has_dotted_name else ())
        )
        sites = sites_in(tree, rules, change, facts, replace(kept_links, links=links))
        if sites is not None:
            sites_by_path[change.path] = sites
    return {path: sites_by_path[path] for path in sorted(sites_by_path)}


def questions_of(links: Links, data: bytes) -> object:
    """What a file asks for of the classes that an old one is built on, and what may bring it their objects."""
    names = {name for keys in links.lost_bases.values() for _, name in keys}
    questions = asked_by_name(data, names) if names and asks_for(data, names) else []
    return (questions, load_time_imports(data)) if questions else None


def facts_of_change(data: bytes, words: SearchedNames) -> FileFacts:
    """Of a long file read by a process of its own: it may have been written to take long."""
    if len(data) <= SHORT:
        return extract(data, words)
    found = run_isolated(extract_isolated, (data, words), SECONDS_PER_FILE)
    return FileFacts(unreadable=found.reason) if isinstance(found, FailedTask) else found


def extract_isolated(_: None, task: tuple[bytes, SearchedNames]) -> FileFacts:
    return extract(*task)


def is_compared(kept_links: KeptLinks, change: PathChange, facts: FileFacts) -> bool:
    """Whether another file's re-export depends on all that the file does with a class."""
    links = kept_links.links
    return bool(reexports_used(links, changed_reexports(links), change.path, facts))


def calls_of_reexports(kept_links: KeptLinks, change: PathChange, facts: FileFacts) -> list[object]:
    """The calls that another file's re-export depends on."""
    through = calls_through(kept_links.links, called_keys(kept_links.links), change.path, facts)
    return [
        (key, [(one.keyword, one.starred) for one in mention.call.arguments])
        for key, mention in through
        if mention.call
    ]


def needles_in(needles: Sequence[bytes], content: bytes) -> list[bytes]:
    return [needle for needle in needles if needle in content]


def sites_in(
    tree: CommitTree, rules: Rules, change: PathChange, facts: FileFacts, kept_links: KeptLinks
) -> FileSites | None:
    path, blob = change.path, change.new_blob
    if facts.unreadable:
        return FileSites(path, blob, (), unreadable(facts))
    survey = survey_of(tree, rules, change, {path: facts}, kept_links)
    trials = Trials(survey)
    results = trials.results(kept_links.links, [path])
    return file_sites(trials, path, results[0].sites) if results else None


def rescan_other_files(
    tree: CommitTree,
    rules: Rules,
    others: Sequence[PathChange],
    kept_links: KeptLinks,
    sites_by_path: dict[str, FileSites],
) -> None:
    for change, _, new in changed_contents(tree, others):
        sites_by_path.pop(change.path, None)
        entry = Entry(change.path, change.new_blob, change.new_mode)
        sites = sites_in_other_file(survey_of(tree, rules, change, {}, kept_links), entry, new)
        if sites:
            sites_by_path[change.path] = FileSites(change.path, change.new_blob, sites)


def survey_of(
    tree: CommitTree, rules: Rules, change: PathChange, facts: dict[str, FileFacts], kept_links: KeptLinks
) -> Survey:
    """Of one file alone, with what is known of the others."""
    return Survey(
        tree=tree,
        rules=rules,
        entries={change.path: Entry(change.path, change.new_blob, change.new_mode)},
        modules=kept_links.links.modules,
        words=kept_links.words,
        read_with_all_words=kept_links.read_with_all_words,
        facts=facts,
        links=kept_links.links,
    )


def shared_facts(facts: FileFacts) -> object:
    """All of a file's facts that other files may depend on, wherever in it they stand."""
    owners = {one.start: (one.name, part_names(one.attributes)) for one in facts.mentions}
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
        {
            (
                *(one.value, one.context, one.content_start >= 0),
                *(part_names(one.attributes), owners.get(one.owner_start)),
            )
            for one in facts.strings
        },
        sorted((one.name, one.value, one.scope == 0) for one in facts.alias_assignments),
        facts.exports,
        facts.exports_complete,
        {(one.name, one.function) for one in facts.loose_attributes},
        sorted(facts.scopes[0].bindings) if facts.scopes else [],
        [
            (one.name, one.role, one.column == 0, one.flags & IN_TRY)
            for one in facts.mentions
            if one.role != LOAD and one.scope == 0
        ],
    )


def part_names(parts: Sequence[object]) -> tuple[object, ...]:
    return tuple((getattr(part, "name", ""), getattr(part, "asname", None)) for part in parts)


def binding_kind(facts: FileFacts, name: str, scope: int) -> str:
    home = facts.binding_scope(name, scope)
    return "module" if home == 0 else "nowhere" if home == UNBOUND else "within"
