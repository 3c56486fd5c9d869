"""What the modules of a tree define: the names that they bind, and what the calls of the rules take and give."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from codemods.link.callees import Callee, CalleePair, Callees, ParsedModule
from codemods.link.symbol_match import ModuleNames, call_target
from codemods.model.facts import FileFacts
from codemods.model.modules import Modules
from codemods.model.rules import CallChange, Rules
from codemods.model.tree import Entry, Tree, read_content
from codemods.read.source import Unreadable, parse_python, read_source
from codemods.scan.file_facts import whole_facts


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


def rule_callees(parsed: ParsedModules, rules: Rules, modules: Modules) -> dict[int, CalleePair]:
    """By a rule's number, where calls of the old symbol may not fit the new one as they are."""
    callees = Callees(parsed, modules)
    pairs = {}
    for number, rule in enumerate(rules.replace):
        target = call_target(rule)
        if rule.old.name and target is not None:
            old = callees.find(rule.old.module, rule.old.name)
            new = with_known_result(callees.find(target.module, target.dotted_name), rule.calls)
            itself = callees.find(rule.new.module, rule.new.name or "")
            if old != new or rule.calls:
                pairs[number] = CalleePair(old, new, itself)
    return pairs


def with_known_result(callee: Callee, calls: CallChange | None) -> Callee:
    """What the plan says where it can't be read."""
    if callee.gives or calls is None or calls.is_async is None:
        return callee
    return replace(callee, gives="awaitable" if calls.is_async else "value")


@dataclass
class ParsedModules:
    """The syntax trees of modules that one file defines."""

    tree: Tree
    entries: Mapping[str, Entry]
    modules: Modules
    known: dict[str, ParsedModule | None] = field(default_factory=dict)

    def __call__(self, module: str) -> ParsedModule | None:
        if module not in self.known:
            self.known[module] = self.parse(module)
        return self.known[module]

    def parse(self, module: str) -> ParsedModule | None:
        known = self.modules.paths_by_name.get(module, ())
        paths = [path for path in known if path in self.entries and path.endswith(".py")]
        if len(paths) != 1:
            return None
        source = read_source(read_content(self.tree, self.entries[paths[0]]))
        parsed = source if isinstance(source, Unreadable) else parse_python(source.text)
        return ParsedModule(module, paths[0], parsed) if isinstance(parsed, ast.Module) else None
