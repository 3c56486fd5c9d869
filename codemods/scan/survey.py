"""Reads what a run needs of a tree: the files that hold its words, and how they depend on each other."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from codemods.catalog import order
from codemods.edit.file_rewrite import FileRewrite
from codemods.link.by_name.fixtures import deprecated_fixtures, deprecated_tests
from codemods.link.by_name.modules_by_data import modules_by_data, names_to_lack
from codemods.link.by_name.registered_classes import registered_classes
from codemods.link.by_name.shown_classes import shown_alike
from codemods.link.callees import Callees
from codemods.link.facades import unread_facades
from codemods.link.given_modules import FunctionReading, given_modules, keys_taken
from codemods.link.held_modules import ModuleHolder, holders_in, taken_of_holders, takes_of_unknown
from codemods.link.hidden_names import hidden_by_modules
from codemods.link.import_graph import (
    ImportEdge,
    ImportGraph,
    import_path,
    imports_when_loaded,
    is_module_import,
    load_time_imports,
)
from codemods.link.import_meanings import from_imports
from codemods.link.interfaces.interface_change import compare_interfaces
from codemods.link.links import GivenModule, Links
from codemods.link.lost_bases import lost_bases
from codemods.link.member_uses import NO_MEMBERS, FoundMembers
from codemods.link.misfits.names_in_file import names_in_moved_modules
from codemods.link.missing_names import definers, missing_names
from codemods.link.patched_globals import replaced_globals, separate_state
from codemods.link.reassigned_symbols import late_readers, reassigned_symbols
from codemods.link.reexports import link_symbols
from codemods.link.symbol_match import Key, star_may_bring
from codemods.model.facts import FileFacts
from codemods.model.modules import Modules, find_modules
from codemods.model.pickles import load_pickle
from codemods.model.rules import Rules, modules_of
from codemods.model.site import Site
from codemods.model.tree import Entry, Index, Tree, read_content
from codemods.read.extract import extract
from codemods.read.run_time_names.composed_names import FORMS as COMPOSING
from codemods.read.run_time_names.taken_modules import FORMS as TAKING
from codemods.read.run_time_names.taken_modules import (
    TakenModule,
    TakenNames,
    gives_name,
    names_asked_for,
    taken_names,
)
from codemods.read.top_level import word_starts
from codemods.read.words import SearchedNames
from codemods.rewrites.run_time_names.shown_names import own_texts
from codemods.rewrites.texts.docstrings import dotted_needles
from codemods.rewrites.texts.other_files import (
    PYTHON_SUFFIXES,
    RUNNERS,
    is_other_file,
    is_python_script,
    may_be_script,
)
from codemods.scan.asked_bases import asked_bases
from codemods.scan.definitions import Definitions, ParsedModules, rule_callees
from codemods.scan.file_facts import Progress, ReadOptions, read_facts
from codemods.scan.importers import bound_modules, files_reaching, imports_module, possible_importers
from codemods.scan.lazy_source import LazySource
from codemods.scan.loaded_parts import read_loaded_packages
from codemods.scan.named_elsewhere import named_elsewhere, read_made_names, with_names
from codemods.scan.reading_filter import ReadingFilter, hides_word
from codemods.scan.search_words import first_needles, needles, new_names, words_of

FILE_MODES = ("100644", "100755")


@dataclass
class Survey:
    """A tree as one run sees it."""

    tree: Tree
    rules: Rules
    entries: dict[str, Entry]
    modules: Modules
    words: SearchedNames
    read_with_all_words: frozenset[str]
    """The files that were read with every word; the others only with those of the rules."""
    facts: dict[str, FileFacts]
    links: Links
    index: Index | None = None
    scripts: frozenset[str] = frozenset()
    """Python scripts without a suffix."""
    members: FoundMembers = NO_MEMBERS
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
        """The references of a file, without reading it again if its facts suffice."""
        facts = self.facts[path]
        if facts.unreadable:
            return (Site(facts.unreadable_line, 0, "unreadable", "", False, facts.unreadable),)
        file = self.decided(path, links)
        return () if file is None else file.sites_in_order

    def decided(self, path: str, links: Links) -> FileRewrite | None:
        """What is decided about a file; None where nothing in it is of concern."""
        if not self.may_refer(path, links):
            return None
        file = self.decide(path, links)
        return file if file.sites else None

    def may_refer(self, path: str, links: Links) -> bool:
        """Whether anything was found in a file that could be a reference."""
        facts = self.facts[path]
        found = facts.unreadable or facts.mentions or facts.imports or facts.strings or facts.loose_attributes
        return bool(found) or any(
            path in paths
            for paths in (
                links.members,
                links.files_with_dotted_names,
                links.asked_bases,
                links.named_elsewhere,
            )
        )

    def decide(self, path: str, links: Links) -> FileRewrite:
        file = FileRewrite(
            path, LazySource(self.tree, self.entries[path]), self.facts.get(path, FileFacts()), links
        )
        order.decide(file)
        return file

    @cached_property
    def import_cycles(self) -> Mapping[tuple[str, str], tuple[str, ...]]:
        """The cycles that a file with the words would close by loading a new module that it doesn't load yet."""
        cycles: dict[tuple[str, str], tuple[str, ...]] = {}
        for module in sorted({rule.new.module for rule in self.rules.replace}):
            old = {rule.old.module for rule in self.rules.replace if rule.new.module == module}
            for start in self.modules.paths_by_name.get(module, ()):
                for loaded in (start, *self.import_graph.parent_packages(start)):
                    loaded_by = self.import_graph.reachable_from(loaded)
                    for path in self.facts.keys() & loaded_by.keys() - {start}:
                        if self.is_new_circle(path, loaded, old) and not self.imports_last(start, path):
                            cycles.setdefault((path, module), (path, *import_path(loaded_by, path)))
        return cycles

    def imports_last(self, start: str, path: str) -> bool:
        """Whether a module leads to another by its last statement alone: it has all of its names by then."""
        parsed = ParsedModules(self.tree, self.entries, self.modules)(self.modules.name_of(start))
        body = parsed.tree.body if parsed and parsed.path == start else []
        if not is_module_import(body[-1:]):
            return False
        graph = self.import_graph
        last = ImportGraph(self.modules, lambda _: tuple(imports_when_loaded(body[-1:])))
        others = ImportGraph(self.modules, lambda _: tuple(imports_when_loaded(body[:-1])))
        ways = {*others.loaded_files(start), *last.loaded_files(start)} - {path}
        direct = path in last.loaded_files(start) and path not in others.loaded_files(start)
        return direct and not any(path in graph.reachable_from(way, path) for way in ways)

    def is_new_circle(self, path: str, loaded: str, old_modules: Collection[str]) -> bool:
        """Whether `path`, which `loaded` leads to, neither loads that yet nor is in a cycle with the old module."""
        graph = self.import_graph
        if path in graph.circle_of(loaded) or loaded in graph.parent_packages(path):
            return False
        old_paths = [one for module in old_modules for one in self.modules.paths_by_name.get(module, ())]
        return not any(path in graph.circle_of(old) for old in old_paths if old != path)


def survey_tree(
    tree: Tree,
    rules: Rules,
    index: Index | None = None,
    progress: Progress | None = None,
    *,
    check: bool = True,
    processes: int = 1,
    members_in: Collection[str] | None = None,
) -> Survey:
    """1. The modules by their paths. 2. The files with the words, and what re-exports under further names.
    3. What the old and the new modules define. 4. Members, whose uses are asked for in `members_in`, or everywhere."""
    entries = {entry.path: entry for entry in tree.entries() if entry.mode in FILE_MODES}
    modules = find_modules(list(entries), rules.roots, modules_of(rules.symbols))
    scripts = python_scripts(tree, entries)
    python = [entry for path, entry in entries.items() if path.endswith(PYTHON_SUFFIXES) or path in scripts]
    if modules.rivals.asked:
        own = frozenset(tree.grep([b"sys.path"], python))
        modules = replace(modules, rivals=replace(modules.rivals, with_own_paths=own))
    definitions = Definitions(tree, entries, modules)
    options = ReadOptions(index, progress, check, processes)
    search = SymbolSearch(tree, rules, modules, python, definitions, options, words_of(rules))
    links = search.run()
    links = replace(
        links,
        names_in_stars=names_in_stars(rules, modules, search.facts, definitions),
        defining_modules=definers(tree, python, links, missing_names(links, search.facts)),
        files_with_dotted_names=files_with_dotted_names(tree, rules, python),
    )
    wide = frozenset(search.read_with_all_words)
    members = NO_MEMBERS
    if rules.members:
        from codemods.scan.members import find_members  # with the type checker's client, which few runs need

        members = find_members(tree, rules, entries, modules, index, members_in, progress)
    uses = [path for path in members.uses if not is_other_file(path) or path in scripts]
    made = read_made_names(tree, rules, python)
    links = replace(
        links,
        asked_bases=asked_bases(tree, links, python, ParsedModules(tree, entries, modules)),
        made_names=frozenset(one for names in made.values() for one in names),
        named_elsewhere=named_elsewhere(tree, rules, python, made),
        own_texts=own_texts(rules, search.facts),
        loaded_packages=read_loaded_packages(tree, rules, modules, python),
        registered_classes=with_names(links.registered_classes, rules, made, search.facts),
    )
    unread = {path: FileFacts() for path in (*uses, *links.asked_bases, *links.named_elsewhere)}
    facts = {**unread, **search.facts}
    words = search.words.with_further(search.bound_names)
    return Survey(tree, rules, entries, modules, words, wide, facts, links, index, scripts, members)


def python_scripts(tree: Tree, entries: Mapping[str, Entry]) -> frozenset[str]:
    """Files without a suffix whose first line says that Python runs them."""
    possible = [entry for path, entry in entries.items() if may_be_script(path)]
    holding = tree.grep(RUNNERS, possible) if possible else set()
    read = tree.read([entry for entry in possible if entry.path in holding])
    return frozenset(entry.path for entry, data in read if is_python_script(data))


def names_in_stars(
    rules: Rules, modules: Modules, facts: Mapping[str, FileFacts], definitions: Definitions
) -> frozenset[Key]:
    renamed = [rule for rule in rules.replace if rules.settle or rule.style != "as"]
    symbols = [symbol for rule in renamed for symbol in (rule.old, rule.new)]
    names = {symbol.name for symbol in symbols if symbol.name}
    stars = {
        module
        for path, one in facts.items()
        if names
        for statement, module in from_imports(modules, path, one)
        if statement.is_star
    }
    return frozenset(
        (module, name)
        for module in sorted(stars)
        for name in names
        if star_may_bring(definitions(module), name)
    )


@dataclass
class SymbolSearch:
    """Reads the files with the words, then those that could import a re-export under a further name."""

    tree: Tree
    rules: Rules
    modules: Modules
    python: Sequence[Entry]
    definitions: Definitions
    options: ReadOptions
    words: SearchedNames
    facts: dict[str, FileFacts] = field(default_factory=dict)
    read_with_all_words: set[str] = field(default_factory=set)
    facades: set[str] = field(default_factory=set)
    """Files that hold no word, and that were read because somebody takes the name of a symbol through them."""
    bound_names: frozenset[str] = frozenset()
    """Names that modules give an old module."""
    taken: dict[str, TakenNames] = field(default_factory=dict)
    """By file: the modules of which it takes what isn't written out."""
    asked: dict[str, list[tuple[TakenModule, str]]] = field(default_factory=dict)
    """By file: new names that it asks modules for, which may not have them."""
    known_holders: dict[Collection[str], tuple[ModuleHolder, ...]] = field(default_factory=dict)

    def run(self) -> Links:
        if not self.words.everywhere:
            return self.link(self.rules)
        self.read_matching(self.python, first_needles(self.words), self.words)
        if any(rule.style != "as" for rule in self.rules.replace) or self.rules.settle:
            self.read_composing()
        while True:
            links = self.link(self.rules)
            if self.rules.staying:
                staying = self.link(replace(self.rules, replace=self.rules.staying, staying=(), retire=()))
                links = replace(links, staying=staying)
            if not self.follow(links):
                return links

    def follow(self, links: Links) -> bool:
        """Reads the files that may reach the symbols, or their modules, under names that weren't searched for yet.
        False where that has told nothing new."""
        known = dict(self.facts)
        symbols = [*links.symbols, *(links.staying.symbols if links.staying else ())]
        further = frozenset(name for _, name in symbols) - self.words.everywhere
        if further:
            through = {module for module, name in symbols if name in further}
            self.words = self.words.with_further(further)
            importers = possible_importers(self.tree, self.holding(further), self.modules, through)
            self.read_with_all_words |= self.read(importers, further, self.words)
        bound = {key: module for key, module in bound_modules(links).items() if key[1] not in self.all_words}
        if bound:
            self.bound_names |= {name for _, name in bound}
            reaching = files_reaching(self.tree, self.python, self.modules, bound)
            words = self.words.with_further(self.bound_names)
            self.read_with_all_words |= self.read(reaching, self.bound_names, words)
        return self.facts != known or self.read_facades(links)

    def read_composing(self) -> None:
        """Reads the files that may put a name together, or take it as data, which a module loses or gets."""
        holding = self.tree.grep((*COMPOSING, *TAKING), self.python)
        reading_filter = ReadingFilter(self.words, self.rules, self.modules)
        chosen = []
        new = new_names(self.rules)
        for entry, data in self.tree.read([entry for entry in self.python if entry.path in holding]):
            self.taken[entry.path] = taken_names(data)
            self.asked[entry.path] = list(names_asked_for(data, new))
            if entry.path not in self.facts and hides_word(data, self.words.everywhere):
                chosen.append(entry)
        self.facts.update(read_facts(self.tree, chosen, reading_filter, self.options))

    @property
    def all_words(self) -> frozenset[str]:
        return self.words.everywhere | self.bound_names

    def read_facades(self, links: Links) -> bool:
        """Reads the files that may give the old modules under another name; False where there are none."""
        names: dict[str, set[str]] = {}
        for module, name in unread_facades(links, self.facts, self.words.everywhere, self.facades):
            for path in self.modules.paths_by_name[module]:
                names.setdefault(path, set()).add(name)
        self.facades |= names.keys()
        entries = [entry for entry in self.python if entry.path in names]
        for entry, data in self.tree.read(entries):
            words = self.words.with_further(frozenset(names[entry.path]))
            self.facts[entry.path] = extract(data, words, check=self.options.must_parse)
        return bool(entries)

    def link(self, rules: Rules) -> Links:
        links = link_symbols(self.modules, rules, self.facts, self.definitions)
        parsed = ParsedModules(self.tree, self.definitions.entries, self.modules)
        callees = Callees(parsed, self.modules)
        given = given_modules(self.modules, parsed, self.facts, {module for module, _ in links.symbols})
        for path, held in self.held_modules(links, parsed).items():
            given[path] = (*given.get(path, ()), *held)
        return replace(
            links,
            given_modules=given,
            modules_by_data=modules_by_data(self.modules, self.taken),
            names_below_stars=links.names_below_stars | set(names_to_lack(self.modules, self.asked)),
            names_of_frames=links.names_of_frames | self.names_given_to_takers(),
            referenced=links.referenced | (keys_taken(given) & (links.symbols.keys() - links.own_symbols)),
            callees=rule_callees(parsed, rules, self.modules),
            patched_globals=replaced_globals(self.modules, rules, self.facts, parsed),
            separate_state=separate_state(rules, parsed),
            hidden_by_modules=frozenset(hidden_by_modules(links, parsed)),
            reassigned_symbols=reassigned_symbols(self.modules, rules, self.facts, parsed),
            late_readers=late_readers(rules, parsed),
            registered_classes=registered_classes(rules, callees),
            fixtures=deprecated_fixtures(rules, callees),
            tests=deprecated_tests(rules, callees),
            shown_alike=shown_alike(rules, callees),
            lost_bases=lost_bases(rules, callees),
            interfaces=compare_interfaces(rules, callees, names_in_moved_modules(links, self.facts)),
        )

    def names_given_to_takers(self) -> frozenset[str]:
        """The names that functions get which take them of some module."""
        takers = {name for taken in self.taken.values() for name in taken.takers}
        named: dict[str, set[str]] = {}
        for path, facts in self.facts.items() if takers else ():
            for text in facts.strings:
                if text.value in self.words.everywhere:
                    named.setdefault(path, set()).add(text.value)
        found = self.tree.read([entry for entry in self.python if entry.path in named])
        return frozenset(
            name for entry, data in found for name in named[entry.path] if gives_name(data, name, takers)
        )

    def held_modules(self, links: Links, parsed: ParsedModules) -> dict[str, tuple[GivenModule, ...]]:
        """By file: what it takes of modules that attributes and other things of other files hold."""
        names = {rule.old.name for rule in links.rules.replace if rule.old.name}
        entries = [
            entry
            for entry in self.python
            if entry.path in self.facts and takes_of_unknown(links, entry.path, self.facts[entry.path], names)
        ]
        holders = self.holders(FunctionReading(self.modules, parsed), links.old_modules) if entries else ()
        found = {
            entry.path: tuple(taken_of_holders(links, entry.path, self.facts[entry.path], data, holders))
            for entry, data in (self.tree.read(entries) if holders else ())
        }
        return {path: given for path, given in found.items() if given}

    def holders(self, reading: FunctionReading, modules: Collection[str]) -> tuple[ModuleHolder, ...]:
        if modules not in self.known_holders:
            holding = self.tree.grep(
                sorted(name.rpartition(".")[2].encode() for name in modules), self.python
            )
            possible = [entry for entry in self.python if entry.path in holding]
            paths = [
                entry.path
                for entry, data in self.tree.read(possible)
                if any(imports_module(data, module) for module in modules)
            ]
            parsed = [reading.parsed(self.modules.name_of(path)) for path in paths]
            found = {one for file in parsed if file for one in holders_in(reading, file, modules)}
            self.known_holders[modules] = tuple(found)
        return self.known_holders[modules]

    def holding(self, names: frozenset[str]) -> list[Entry]:
        """Where no search is kept, as a whole: looking for one costs less than for the names of many modules."""
        matching = self.tree.grep(needles(names), self.python)
        entries = [entry for entry in self.python if entry.path in matching]
        if self.options.index is not None:
            return entries
        read = self.tree.read(entries)
        return [entry for entry, data in read if next(word_starts(data, names), None) is not None]

    def read(self, entries: Sequence[Entry], names: frozenset[str], words: SearchedNames) -> set[str]:
        """The files of these that hold any of the names; each is read for the words."""
        return self.read_matching(entries, needles(names), words)

    def read_matching(
        self, entries: Sequence[Entry], searched: Sequence[bytes], words: SearchedNames
    ) -> set[str]:
        matching = self.tree.grep(searched, entries)
        chosen = [entry for entry in self.python if entry.path in matching]
        reading_filter = ReadingFilter(words, self.rules, self.modules)
        self.facts.update(read_facts(self.tree, chosen, reading_filter, self.options))
        return matching


def files_with_dotted_names(tree: Tree, rules: Rules, python: Sequence[Entry]) -> frozenset[str]:
    searched = list(dotted_needles(rules))
    return frozenset(tree.grep(searched, python)) if searched else frozenset()
