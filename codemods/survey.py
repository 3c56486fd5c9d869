"""Reads of a tree what a run needs: the files that hold its words, and how those hang together."""

from __future__ import annotations

import hashlib
import pickle
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import codemods
from codemods.extract import extract
from codemods.facts import Facts
from codemods.file import File
from codemods.graph import Edge, Graph, edges_of, way
from codemods.links import Defined, Key, Links, link
from codemods.modules import Modules, find_modules
from codemods.replacement import Rules
from codemods.source import Source, Unreadable, read_source
from codemods.tree import Entry, Index, Tree

STAR = b"import *"
FILE_MODES = ("100644", "100755")
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Words:
    """What makes a file worth reading, and the names that are kept of it."""

    search: frozenset[str]
    watched: frozenset[str]

    def key(self, entry: Entry) -> bytes:
        text = "\0".join(("facts", entry.blob, *sorted(self.search), "", *sorted(self.watched)))
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()

    def with_more(self, names: Iterable[str]) -> Words:
        return Words(self.search | frozenset(names), self.watched)


def words_of(rules: Rules) -> Words:
    search: set[str] = set()
    watched: set[str] = set()
    for rule in rules.replace:
        search.add(rule.old.module.rpartition(".")[2])
        if rule.old.name:
            search.add(rule.old.name)
        if rules.settle and rule.new.name:
            search.add(rule.new.name)
        watched.update((rule.new.module.rpartition(".")[2], rule.new.module.partition(".")[0]))
        if rule.new.name:
            watched.add(rule.new.name)
    search.update(retired.module.rpartition(".")[2] for retired in rules.retire)
    return Words(frozenset(search), frozenset(watched))


@dataclass
class Survey:
    """A tree as one run sees it."""

    tree: Tree
    rules: Rules
    entries: dict[str, Entry]
    modules: Modules
    words: Words
    facts: dict[str, Facts]
    links: Links
    index: Index | None = None
    graph: Graph = field(init=False)

    def __post_init__(self) -> None:
        self.graph = Graph(self.modules, self.edges)

    def edges(self, path: str) -> tuple[Edge, ...]:
        entry = self.entries.get(path)
        if entry is None:
            return ()
        key = hashlib.sha256(b"edges\0" + entry.blob.encode()).digest()
        kept = self.index.get(key) if self.index else None
        if kept is not None:
            found: tuple[Edge, ...] = pickle.loads(kept)
            return found
        found = edges_of(content(self.tree, entry))
        if self.index:
            self.index.put(key, pickle.dumps(found))
        return found

    def with_renamed(self, paths: Collection[str] | None, kept: Collection[Key] = ()) -> Links:
        """Re-exported names that strings of other files mean are renamed together with those strings, or not at all."""
        if not self.rules.strings or all(rule.style != "rename" for rule in self.rules.replace):
            return self.links
        keep = {key for key, files in self.links.patched.items() if not self.movable(key, files, paths)}
        links = replace(self.links, kept=frozenset({*keep, *kept}))
        renamed: dict[Key, str] = {}
        for module, name in sorted(self.links.patched.keys() - links.kept):
            for path in self.modules.paths.get(module, ()):
                new = self.decided(path, links).renamed.get(name)
                if new:
                    renamed[(module, name)] = new
        return replace(links, renamed=renamed)

    def movable(self, key: Key, files: Collection[str], paths: Collection[str] | None) -> bool:
        """Whether every file that says the name may change, and can."""
        concerned = {*files, *self.modules.paths.get(key[0], ())}
        if paths is not None and not concerned <= set(paths):
            return False
        dotted = ".".join(key)
        return all(
            text.body >= 0
            for path in files
            for text in self.facts[path].texts
            if text.value.startswith(dotted)
        )

    def decided(self, path: str, links: Links) -> File:
        source = read_source(content(self.tree, self.entries[path]))
        text = Source(b"") if isinstance(source, Unreadable) else source
        file = File(path, text, self.facts.get(path, Facts()), links)
        codemods.decide(file)
        return file

    def with_circles(self, links: Links, paths: Collection[str]) -> Links:
        """Which of these files would close a circle by loading a new module."""
        circles: dict[tuple[str, str], tuple[str, ...]] = {}
        for module in sorted({rule.new.module for rule in self.rules.replace}):
            for start in self.modules.paths.get(module, ()):
                behind = self.graph.reach(start)
                for path in paths:
                    if path in behind and path != start and start not in self.graph.reach(path, start):
                        circles[(path, module)] = (path, *way(behind, path))
        return replace(links, circles=circles)


def survey(tree: Tree, rules: Rules, index: Index | None = None, progress: Progress | None = None) -> Survey:
    """1. The modules by their paths. 2. The files with the words. 3. What re-exports under further names.
    4. What the old and the new modules define. 5. How it hangs together."""
    entries = {entry.path: entry for entry in tree.entries() if entry.mode in FILE_MODES}
    modules = find_modules(list(entries), rules.roots)
    words = words_of(rules)
    facts: dict[str, Facts] = {}
    define = Definitions(tree, entries, modules)
    searched: set[str] = set()
    while True:
        fresh = sorted(words.search - searched)
        needles = [word.encode() for word in fresh] + ([STAR] if not searched else [])
        searched |= words.search
        python = [entry for path, entry in entries.items() if path.endswith((".py", ".pyi"))]
        matching = tree.grep(needles, python)
        facts.update(read_facts(tree, [e for e in python if e.path in matching], words, index, progress))
        links = link(modules, rules, facts, define)
        more = {name for _, name in links.symbols} - words.search
        if not more:
            break
        words = words.with_more(more)
    return Survey(tree, rules, entries, modules, words, facts, links, index)


def read_facts(
    tree: Tree,
    entries: Sequence[Entry],
    words: Words,
    index: Index | None,
    progress: Progress | None,
) -> Iterator[tuple[str, Facts]]:
    missing: list[Entry] = []
    for entry in entries:
        kept = index.get(words.key(entry)) if index else None
        if kept is None:
            missing.append(entry)
        else:
            yield entry.path, pickle.loads(kept)
    worth = worth_reading(words.search)
    for number, (entry, data) in enumerate(tree.read(missing), 1):
        found = extract(data, words.search, words.watched) if worth(data) else Facts()
        if index:
            index.put(words.key(entry), pickle.dumps(found))
        if progress:
            progress(number, len(missing))
        yield entry.path, found


def worth_reading(words: Collection[str]) -> Callable[[bytes], bool]:
    """Whole words only: `Old` is not in `Older`."""
    any_word = b"|".join(re.escape(word.encode()) for word in sorted(words))
    pattern = re.compile(rb"(?<![\w\x80-\xff])(?:" + any_word + rb")(?![\w\x80-\xff])|import[ \t]*\*")
    return lambda data: pattern.search(data) is not None


def content(tree: Tree, entry: Entry) -> bytes:
    return next((data for _, data in tree.read([entry])), b"")


@dataclass
class Definitions:
    """What the modules of the tree bind, read when it is asked for."""

    tree: Tree
    entries: dict[str, Entry]
    modules: Modules
    seen: dict[str, Defined | None] = field(default_factory=dict)

    def __call__(self, module: str) -> Defined | None:
        if module not in self.seen:
            self.seen[module] = Defined(frozenset(), True)
            self.seen[module] = self.read(module)
        return self.seen[module]

    def read(self, module: str) -> Defined | None:
        paths = [path for path in self.modules.paths.get(module, ()) if path in self.entries]
        if not paths:
            return Defined(frozenset(), True) if module in self.modules.packages else None
        names: set[str] = set()
        is_open = False
        for path in paths:
            facts = extract(content(self.tree, self.entries[path]), ())
            if facts.unreadable:
                return Defined(frozenset(), True)
            found, more = self.names_of(path, facts)
            names |= found
            is_open |= more
        below = module + "."
        names.update(
            name[len(below) :].partition(".")[0] for name in self.modules.paths if name.startswith(below)
        )
        return Defined(frozenset(names), is_open)

    def names_of(self, path: str, facts: Facts) -> tuple[set[str], bool]:
        names = set(facts.scopes[0].bound)
        is_open = "__getattr__" in names
        for statement in facts.imports:
            if statement.star:
                source = self.modules.absolute(path, statement.level, statement.module)
                there = self(source) if source else None
                names |= there.names if there else set()
                is_open |= there is None or there.open
        return names, is_open
