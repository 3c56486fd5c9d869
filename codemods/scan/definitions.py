"""What the modules of a tree define: the names that they bind, and the parameters of the rules' symbols."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field

from codemods.link.links import ModuleNames
from codemods.link.signatures import CallSignature, signature_of
from codemods.model.facts import FileFacts
from codemods.model.modules import Modules
from codemods.model.rules import Rules
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
