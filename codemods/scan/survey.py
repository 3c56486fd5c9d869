"""Reads of a tree what a run needs: the files that hold its words, and how those hang together."""

from __future__ import annotations

import ast
import hashlib
import pickle
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from codemods.catalog import order
from codemods.edit.file_rewrite import FileRewrite
from codemods.link.import_graph import ImportEdge, ImportGraph, import_path, load_time_imports
from codemods.link.links import Links, ModuleNames
from codemods.link.missing_names import definers, missing_names
from codemods.link.reexports import link_symbols
from codemods.link.signatures import CallSignature, signature_of
from codemods.model.facts import FileFacts
from codemods.model.modules import Modules, find_modules
from codemods.model.pickles import load_pickle
from codemods.model.rules import Rules, modules_of
from codemods.model.site import Site
from codemods.model.tree import Entry, Index, Tree
from codemods.read.extract import extract, facts_of
from codemods.read.source import Source, Unreadable, parse_python, read_source
from codemods.read.words import Words
from codemods.rewrites.computed_names import needles as computed
from codemods.rewrites.docstrings import dotted_needles
from codemods.scan.reading_filter import STAR, ReadingFilter, StarImportsOnly
from codemods.workers.processes import FailedTask, run_in_processes

WORTH_PROCESSES = 200
SECONDS_PER_FILE = 30.0
FILE_MODES = ("100644", "100755")
Progress = Callable[[int, int], None]


def words_of(rules: Rules) -> Words:
    search: set[str] = set()
    modules: set[str] = set()
    watched: set[str] = set()
    roots: set[str] = set()
    for rule in rules.replace:
        last = rule.old.module.rpartition(".")[2]
        modules.add(last)
        search.add(rule.old.name or last)
        if rules.settle and rule.new.name:
            search.add(rule.new.name)
        names = (rule.new.module.rpartition(".")[2], rule.new.module.partition(".")[0])
        (roots if rule.old.name else watched).update(names)
        if rule.new.name:
            watched.add(rule.new.name)
    search.update(retired.module.rpartition(".")[2] for retired in rules.retire)
    return Words(frozenset(search), frozenset(modules), frozenset(watched), frozenset(roots))


@dataclass
class Survey:
    """A tree as one run sees it."""

    tree: Tree
    rules: Rules
    entries: dict[str, Entry]
    modules: Modules
    words: Words
    read_with_all_words: frozenset[str]
    """The files that were read with every word; the others only with those of the rules."""
    facts: dict[str, FileFacts]
    links: Links
    index: Index | None = None
    import_graph: ImportGraph = field(init=False)

    def __post_init__(self) -> None:
        self.import_graph = ImportGraph(self.modules, self.imports_of)

    def imports_of(self, path: str) -> tuple[ImportEdge, ...]:
        entry = self.entries.get(path)
        if entry is None:
            return ()
        key = hashlib.sha256(b"edges\0" + entry.blob.encode()).digest()
        cached: tuple[ImportEdge, ...] | None = (
            load_pickle(self.index.get(key), tuple) if self.index else None
        )
        if cached is not None:
            return cached
        imports = load_time_imports(read_content(self.tree, entry))
        if self.index:
            self.index.put(key, pickle.dumps(imports))
        return imports

    def sites_in(self, path: str, links: Links) -> tuple[Site, ...]:
        """The sites of a file, without reading it again where its facts tell."""
        facts = self.facts[path]
        if facts.unreadable:
            return (Site(facts.unreadable_line, 0, "unreadable", "", False, facts.unreadable),)
        if not (facts.mentions or facts.imports or facts.strings or path in links.files_with_dotted_names):
            return ()
        file = FileRewrite(path, LazySource(self.tree, self.entries[path]), facts, links)
        order.decide(file)
        return tuple(sorted(set(file.sites), key=lambda site: (site.line, site.column, site.kind)))

    def decide(self, path: str, links: Links) -> FileRewrite:
        file = FileRewrite(
            path, LazySource(self.tree, self.entries[path]), self.facts.get(path, FileFacts()), links
        )
        order.decide(file)
        return file

    def with_import_cycles(self, links: Links, paths: Collection[str]) -> Links:
        """Which of these files would close a circle by loading a new module."""
        circles: dict[tuple[str, str], tuple[str, ...]] = {}
        for module in sorted({rule.new.module for rule in self.rules.replace}):
            for start in self.modules.paths_by_name.get(module, ()):
                loaded_by = self.import_graph.reachable_from(start)
                for path in paths:
                    if (
                        path in loaded_by
                        and path != start
                        and start not in self.import_graph.reachable_from(path, start)
                    ):
                        circles[(path, module)] = (path, *import_path(loaded_by, path))
        return replace(links, import_cycles=circles)


class LazySource(Source):
    """A text that is read only where a decision needs a look at it."""

    def __init__(self, tree: Tree, entry: Entry) -> None:
        object.__setattr__(self, "_from", (tree, entry))
        object.__setattr__(self, "encoding", "utf-8")
        object.__setattr__(self, "has_byte_order_mark", False)

    @cached_property
    def text(self) -> bytes:
        tree, entry = self._from  # type: ignore[attr-defined]
        source = read_source(read_content(tree, entry))
        return b"" if isinstance(source, Unreadable) else source.text


def survey_tree(
    tree: Tree,
    rules: Rules,
    index: Index | None = None,
    progress: Progress | None = None,
    *,
    check: bool = True,
    processes: int = 1,
) -> Survey:
    """1. The modules by their paths. 2. The files with the words. 3. What re-exports under further names.
    4. What the old and the new modules define. 5. How it hangs together."""
    entries = {entry.path: entry for entry in tree.entries() if entry.mode in FILE_MODES}
    modules = find_modules(list(entries), rules.roots, modules_of(rules.replace))
    words = words_of(rules)
    facts: dict[str, FileFacts] = {}
    define = Definitions(tree, entries, modules)
    searched: set[str] = set()
    read_with_all_words: set[str] = set()
    python = [entry for path, entry in entries.items() if path.endswith((".py", ".pyi"))]
    reachable = python
    while True:
        new_words = sorted(words.everywhere - searched)
        needles = [word.encode() for word in new_words]
        if not searched:
            import_only = words.in_imports - words.everywhere
            needles += [
                STAR,
                *(module.encode() + b" import" for module in import_only),
                *computed(import_only),
            ]
        searched |= words.everywhere
        matching = tree.grep(needles, reachable)
        read_with_all_words |= matching if reachable is not python else set()
        facts.update(
            read_facts(
                tree,
                [e for e in python if e.path in matching],
                ReadingFilter(words, rules, modules),
                index,
                progress,
                check,
                processes,
            )
        )
        links = link_symbols(modules, rules, facts, define)
        further = {name for _, name in links.symbols} - words.everywhere
        if not further:
            break
        through = {module for module, name in links.symbols if name in further}
        reachable = possible_importers(tree, python, modules, through)
        words = replace(words, everywhere=words.everywhere | further)
    links = replace(
        links,
        signatures=rule_signatures(tree, rules, entries, modules),
        defining_modules=definers(tree, python, links, missing_names(links, facts)),
        files_with_dotted_names=frozenset(tree.grep(dotted_names, python))
        if (dotted_names := list(dotted_needles(rules)))
        else frozenset(),
    )
    return Survey(tree, rules, entries, modules, words, frozenset(read_with_all_words), facts, links, index)


def possible_importers(
    tree: Tree, python: Sequence[Entry], modules: Modules, through: Collection[str]
) -> list[Entry]:
    """The files that could import from these modules: they name one, or lie in its package."""
    lasts = sorted({module.rpartition(".")[2] for module in through})
    naming = tree.grep([last.encode() for last in lasts], python)
    folders = tuple(
        path.rpartition("/")[0] + "/"
        for module in through
        for path in modules.paths_by_name.get(module, ())
        if modules.is_package(path)
    )
    return [entry for entry in python if entry.path in naming or entry.path.startswith(folders)]


def rule_signatures(
    tree: Tree, rules: Rules, entries: Mapping[str, Entry], modules: Modules
) -> dict[int, tuple[CallSignature | None, CallSignature | None]]:
    trees: dict[str, ast.Module | None] = {}

    def signature(module: str, name: str) -> CallSignature | None:
        paths = [
            path for path in modules.paths_by_name.get(module, ()) if path in entries and path.endswith(".py")
        ]
        if len(paths) != 1:
            return None
        if paths[0] not in trees:
            source = read_source(read_content(tree, entries[paths[0]]))
            parsed = source if isinstance(source, Unreadable) else parse_python(source.text)
            trees[paths[0]] = parsed if isinstance(parsed, ast.Module) else None
        syntax_tree = trees[paths[0]]
        return signature_of(syntax_tree, name) if syntax_tree else None

    signatures = {}
    for number, rule in enumerate(rules.replace):
        if rule.old.name and rule.new.name:
            to = rule.calls.to if rule.calls else rule.new.name
            pair = (signature(rule.old.module, rule.old.name), signature(rule.new.module, to))
            if pair[0] != pair[1] or rule.calls:
                signatures[number] = pair
    return signatures


def read_facts(
    tree: Tree,
    entries: Sequence[Entry],
    reading_filter: ReadingFilter,
    index: Index | None,
    progress: Progress | None,
    check: bool,
    processes: int,
) -> Iterator[tuple[str, FileFacts]]:
    words, missing = reading_filter.words, list[Entry]()
    for entry in entries:
        cached = kept_facts(index, words.cache_key(entry.blob)) if index is not None else None
        facts = None if cached is None else facts_at(reading_filter, entry, cached)
        if facts is None:
            missing.append(entry)
        else:
            yield entry.path, facts
    skipped: list[tuple[Entry, StarImportsOnly]] = []
    todo = files_to_read(tree, missing, reading_filter, skipped)
    count = processes if len(missing) >= WORTH_PROCESSES else min(processes, 1)
    reading = ReadContext(words, check)
    for number, ((entry, _), result) in enumerate(
        run_in_processes(read_task, reading, todo, count, SECONDS_PER_FILE), 1
    ):
        facts = FileFacts(unreadable=result.reason) if isinstance(result, FailedTask) else result
        if index is not None:
            index.put(words.cache_key(entry.blob), pickle.dumps(facts))
        if progress:
            progress(number + len(skipped), len(missing))
        yield entry.path, facts
    for entry, stars in skipped:
        if index is not None:
            index.put(words.cache_key(entry.blob), pickle.dumps(stars))
        yield entry.path, FileFacts()


def kept_facts(index: Index, key: bytes) -> FileFacts | StarImportsOnly | None:
    return load_pickle(index.get(key), FileFacts, StarImportsOnly)


def facts_at(
    reading_filter: ReadingFilter, entry: Entry, cached: FileFacts | StarImportsOnly
) -> FileFacts | None:
    """What is known of a content, for the place where it lies; None where that is not enough."""
    if isinstance(cached, StarImportsOnly):
        return None if reading_filter.imports_from_tree(entry.path, cached) else FileFacts()
    return cached


def files_to_read(
    tree: Tree,
    entries: Sequence[Entry],
    reading_filter: ReadingFilter,
    skipped: list[tuple[Entry, StarImportsOnly]],
) -> Iterator[tuple[Entry, bytes]]:
    """The others are put aside."""
    for entry, data in tree.read(entries):
        stars = reading_filter.star_imports_only(data)
        if stars is None or reading_filter.imports_from_tree(entry.path, stars):
            yield entry, data
        else:
            skipped.append((entry, stars))


@dataclass(frozen=True)
class ReadContext:
    words: Words
    must_parse: bool


def read_task(context: ReadContext, task: tuple[Entry, bytes]) -> FileFacts:
    return extract(task[1], context.words, check=context.must_parse)


def whole_facts(data: bytes) -> FileFacts:
    source = read_source(data)
    tree = source if isinstance(source, Unreadable) else parse_python(source.text)
    if isinstance(source, Unreadable) or isinstance(tree, Unreadable):
        return FileFacts(unreadable="it does not parse")
    return facts_of(source, tree, Words(frozenset()))


def read_content(tree: Tree, entry: Entry) -> bytes:
    return next((data for _, data in tree.read([entry])), b"")


@dataclass
class Definitions:
    """What the modules of the tree bind, read when it is asked for."""

    tree: Tree
    entries: dict[str, Entry]
    modules: Modules
    known: dict[str, ModuleNames | None] = field(default_factory=dict)

    def __call__(self, module: str) -> ModuleNames | None:
        if module not in self.known:
            self.known[module] = ModuleNames(frozenset(), True)
            self.known[module] = self.read(module)
        return self.known[module]

    def read(self, module: str) -> ModuleNames | None:
        paths = [path for path in self.modules.paths_by_name.get(module, ()) if path in self.entries]
        if not paths:
            return ModuleNames(frozenset(), True) if module in self.modules.packages else None
        names: set[str] = set()
        listed: set[str] | None = None
        is_open = False
        for path in paths:
            facts = whole_facts(read_content(self.tree, self.entries[path]))
            if facts.unreadable:
                return ModuleNames(frozenset(), True)
            bound, maybe_more = self.names_of(path, facts)
            names |= bound
            is_open |= maybe_more
            if facts.exports is not None and facts.exports_complete:
                listed = {*(listed or ()), *facts.exports}
        below = module + "."
        names.update(
            name[len(below) :].partition(".")[0]
            for name in self.modules.paths_by_name
            if name.startswith(below)
        )
        return ModuleNames(frozenset(names), is_open, None if listed is None else frozenset(listed))

    def names_of(self, path: str, facts: FileFacts) -> tuple[set[str], bool]:
        names = set(facts.scopes[0].bindings)
        is_open = "__getattr__" in names
        for statement in facts.imports:
            if statement.is_star:
                source = self.modules.absolute(path, statement.level, statement.module)
                star_source = self(source) if source else None
                names |= star_source.names if star_source else set()
                is_open |= star_source is None or star_source.incomplete
        return names, is_open
