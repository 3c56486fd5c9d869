"""Other globals of a deprecated module that its symbol reads and that some file replaces, as tests do."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from codemods.link.callees import ParsedModule
from codemods.link.import_meanings import dotted_meanings, imported_keys
from codemods.link.links import Links
from codemods.link.symbol_match import Key, SymbolMatch
from codemods.model.facts import ASSIGNED, PATCHED, FileFacts
from codemods.model.modules import Modules
from codemods.model.rules import Replacement, Rules
from codemods.read.name_walk import last_name

PATCH_STAYS = "this file patches what the symbol reads, by a string, and the plan has no `also: [strings]`"
PATCH_CANNOT_FOLLOW = "this file patches what the symbol reads, with the module and the name apart"
STAYS = {"string": PATCH_STAYS, "apart": PATCH_CANNOT_FOLLOW}
CONTAINERS = frozenset(
    {"dict", "list", "set", "defaultdict", "OrderedDict", "Counter", "deque", "local", "ContextVar"}
)
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def replaced_globals(
    modules: Modules,
    rules: Rules,
    facts: Mapping[str, FileFacts],
    parsed: Callable[[str], ParsedModule | None],
) -> dict[tuple[int, str, bool], str]:
    """By a rule's number and a global of the old module that some file replaces: why that can't follow the symbol.

    Empty where it can: the new symbol reads the same global of its own module, and nothing else reads the old one.
    """
    own = {(rule.old.module, rule.old.name) for rule in rules.replace}
    old_modules = frozenset(rule.old.module for rule in rules.replace if rule.old.name)
    found: dict[tuple[int, str, bool], str] = {}
    for module, name, below in sorted(set(replacements(modules, facts, old_modules))):
        for number, rule in enumerate(rules.replace):
            if rule.old.module == module and rule.old.name and (module, name) not in own:
                trouble = patch_trouble(rule, name, below, rules, parsed)
                if trouble is not None:
                    found[number, name, below] = trouble
    return found


Form = Literal["string", "object", "apart"]
"""`patch("m.helper")`; `patch.object(m, "helper")`, `m.helper = fake`; `patch.multiple("m", helper=fake)`."""


def replacements(
    modules: Modules, facts: Mapping[str, FileFacts], old_modules: Collection[str]
) -> Iterator[tuple[str, str, bool]]:
    """Globals of these modules that a file patches or assigns, and whether it is something below them."""
    for path, one in facts.items():
        for parts, _ in names_replaced(modules, path, one):
            for count in range(1, len(parts)):
                if ".".join(parts[:count]) in old_modules:
                    yield ".".join(parts[:count]), parts[count], len(parts) > count + 1


def find_patched(links: Links, parts: tuple[str, ...]) -> SymbolMatch | None:
    """Another global of an old module, which some file replaces to change what the symbol does."""
    for (number, name, below), trouble in links.patched_globals.items():
        rule = links.rules.replace[number]
        module, length = rule.old.module, rule.old.module.count(".") + 2
        if ".".join(parts[:length]) == f"{module}.{name}" and below == (len(parts) > length):
            return SymbolMatch(number, module, length, rule.new.module, name, str(rule.old), trouble)
    return None


def state_troubles(links: Links, path: str, facts: FileFacts) -> dict[int, str]:
    """By a rule's number: why its symbol can't be replaced in a file, which changes or uses what that reads."""
    troubles = dict(used_state(links, path, facts)) if links.separate_state else {}
    for parts, form in names_replaced(links.modules, path, facts) if links.patched_globals else ():
        match = find_patched(links, parts)
        stays = STAYS.get(form, "") if form == "apart" or not links.rules.strings else ""
        if match and (match.trouble or stays):
            troubles.setdefault(match.rule_number, match.trouble or stays)
    return troubles


def used_state(links: Links, path: str, facts: FileFacts) -> Iterator[tuple[int, str]]:
    """Of symbols whose state a file uses as well."""
    used = set(names_taken(links.modules, path, facts))
    for number, names in links.separate_state.items():
        rule = links.rules.replace[number]
        found = sorted(name for name in names if (rule.old.module, name) in used)
        if found:
            own = f"{rule.new.module} has its own"
            yield number, f"this file uses {found[0]} of {rule.old.module}, too; {own}"


def names_replaced(modules: Modules, path: str, facts: FileFacts) -> Iterator[tuple[tuple[str, ...], Form]]:
    """What a file patches or assigns in other modules, and how it names that."""
    named: dict[int, list[str]] = {}
    for text in facts.strings:
        parts = tuple(text.value.split("."))
        if text.owner_start >= 0:
            if text.context == "attribute":
                named.setdefault(text.owner_start, []).append(text.value)
        elif text.context == "patch":
            yield modules.meaning(path, parts), "string"
        elif text.flags & (PATCHED | ASSIGNED):
            taken = (attribute.name for attribute in text.attributes)
            yield modules.meaning(path, (*parts, *taken)), "apart"
    for mention in facts.mentions:
        if mention.flags & ASSIGNED or mention.start in named:
            for parts in dotted_meanings(modules, path, facts, mention):
                yield from (((*parts, name), "object") for name in named.get(mention.start, ()))
                if mention.flags & ASSIGNED:
                    yield parts, "object"


def names_taken(modules: Modules, path: str, facts: FileFacts) -> Iterator[Key]:
    """What a file takes of other modules, by their names."""
    yield from (key for _, _, key in imported_keys(modules, path, facts))
    for mention in facts.mentions:
        for parts in dotted_meanings(modules, path, facts, mention) if mention.attributes else ():
            yield from ((".".join(parts[:count]), parts[count]) for count in range(1, len(parts)))


def patch_trouble(
    rule: Replacement, name: str, below: bool, rules: Rules, parsed: Callable[[str], ParsedModule | None]
) -> str | None:
    """None where the symbol doesn't depend on the global, or still reads what is replaced."""
    old, new = parsed(rule.old.module), parsed(rule.new.module)
    if old is None:
        return None
    before, after = ModuleGlobals(old.tree), ModuleGlobals(new.tree if new else ast.Module([], []))
    meaning = after.meaning(name)
    is_passed_on = f"{rule.old.module}.{name}" == meaning
    same = meaning in (before.meaning(name), f"{rule.old.module}.{name}")
    if (
        not before.depends_on(rule.old.name or "", name)
        or after.uses_through(rule.new.name or "", rule.old.module.rpartition(".")[2], name)
        or (below and same and (is_passed_on or after.is_imported(name)))
    ):
        return None
    note = f"{rule.old.dotted} reads {name}, which is replaced here"
    moved = {one.old.name or "" for one in rules.replace if one.old.module == rule.old.module}
    others = sorted(before.readers(name) - before.used_only_by(moved))
    if others:
        return f"{note}, and so does {others[0]} beside it"
    if not same or not after.depends_on(rule.new.name or "", name):
        return f"{note}; {rule.new.dotted} doesn't read the same {name} of {rule.new.module}"
    return ""


def separate_state(rules: Rules, parsed: Callable[[str], ParsedModule | None]) -> dict[int, frozenset[str]]:
    """By a rule's number: what the old symbol keeps in its module (a dict, a list), of which the new one has its own."""
    found: dict[int, frozenset[str]] = {}
    for number, rule in enumerate(rules.replace):
        old, new = parsed(rule.old.module) if rule.old.name else None, parsed(rule.new.module)
        if old is not None and new is not None and old.path != new.path:
            before, after = ModuleGlobals(old.tree), ModuleGlobals(new.tree)
            kept = {
                name
                for name in before.containers & after.containers
                if before.depends_on(rule.old.name or "", name)
                and after.depends_on(rule.new.name or "", name)
            }
            found.update({number: frozenset(kept)} if kept else {})
    return found


@dataclass
class ModuleGlobals:
    """What the definitions of a module read of its globals."""

    tree: ast.Module

    @cached_property
    def definitions(self) -> dict[str, ast.stmt]:
        return {node.name: node for node in self.tree.body if isinstance(node, DEFINITIONS)}

    @cached_property
    def containers(self) -> frozenset[str]:
        """Globals that hold what changes while the program runs."""
        return frozenset(
            target.id
            for node in self.tree.body
            if isinstance(node, (ast.Assign, ast.AnnAssign)) and is_container(node.value)
            for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
            if isinstance(target, ast.Name)
        )

    @cached_property
    def names_read(self) -> dict[str, frozenset[str]]:
        return {
            name: frozenset(inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name))
            for name, node in self.definitions.items()
        }

    def readers(self, name: str) -> set[str]:
        return {one for one, names in self.names_read.items() if name in names and one != name}

    def used_only_by(self, names: Collection[str]) -> set[str]:
        """These definitions and the private ones that nothing else uses."""
        found, size = set(names), 0
        while len(found) > size:
            size = len(found)
            private = (name for name in self.definitions if name.startswith("_"))
            found |= {name for name in private if self.readers(name) and self.readers(name) <= found}
        return found

    def is_imported(self, name: str) -> bool:
        imports = [node for node in self.tree.body if isinstance(node, (ast.Import, ast.ImportFrom))]
        return any(True for node in imports for _ in bound_by(node, name))

    def closure(self, name: str) -> Iterable[str]:
        """The definitions that one leads to, itself included."""
        waiting, found = [name], dict.fromkeys([name])
        while waiting:
            for other in self.names_read.get(waiting.pop(), ()):
                if other in self.definitions and other not in found:
                    found[other] = None
                    waiting.append(other)
        return found

    def depends_on(self, symbol: str, name: str) -> bool:
        return any(name in self.names_read.get(one, ()) for one in self.closure(symbol) if one != name)

    def uses_through(self, symbol: str, module: str, name: str) -> bool:
        """Whether the symbol reads it as `m.name`, where it is still replaced."""
        return any(
            isinstance(inner, ast.Attribute)
            and inner.attr == name
            and (inner.value.id if isinstance(inner.value, ast.Name) else getattr(inner.value, "attr", ""))
            == module
            for one in self.closure(symbol)
            if one in self.definitions
            for inner in ast.walk(self.definitions[one])
        )

    def meaning(self, name: str) -> str:
        """What binds the name: the text of its tree, or where an import has it from; empty where that's not clear."""
        found = [text for node in self.tree.body for text in bound_by(node, name)]
        return found[0] if len(found) == 1 else ""


def is_container(value: ast.expr | None) -> bool:
    return isinstance(value, (ast.Dict, ast.List, ast.Set)) or (
        isinstance(value, ast.Call) and last_name(value.func) in CONTAINERS
    )


def bound_by(node: ast.stmt, name: str) -> Iterator[str]:
    if isinstance(node, DEFINITIONS) and node.name == name:
        yield ast.dump(node)
    elif isinstance(node, ast.Assign) and any(
        isinstance(one, ast.Name) and one.id == name for one in node.targets
    ):
        yield ast.dump(node.value)
    elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == name:
        yield ast.dump(node.value) if node.value else ""
    elif isinstance(node, ast.Import):
        yield from (f"{one.name}" for one in node.names if (one.asname or one.name.partition(".")[0]) == name)
    elif isinstance(node, ast.ImportFrom):
        head = "." * node.level + (node.module or "")
        yield from (f"{head}.{one.name}" for one in node.names if (one.asname or one.name) == name)
