"""The names that a symbol has in a file: by imports, through modules, and through re-exports."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from codemods.link.callees import Callees
from codemods.link.import_meanings import dotted_meanings, from_imports, imported_keys
from codemods.link.links import Links
from codemods.link.symbol_match import Key
from codemods.model.facts import UNBOUND, FileFacts, Mention
from codemods.model.rules import Symbol


def class_names(links: Links, path: str, facts: FileFacts, symbol: Symbol) -> frozenset[str]:
    """Dotted, as the file writes them."""
    own = (symbol.module, symbol.name or "")
    keys = {key for key, number in links.symbols.items() if links.rules.replace[number].old == symbol}
    return frozenset(name for key, name in names_by_key(links, path, facts) if key == own or key in keys)


def names_by_key(links: Links, path: str, facts: FileFacts) -> Iterator[tuple[Key, str]]:
    """What a file's names may stand for, by module and name."""
    for _, alias, key in imported_keys(links.modules, path, facts):
        yield key, alias.bound_name
    for mention in facts.mentions:
        attributes = [one.name for one in mention.attributes]
        for parts in meanings(links, path, facts, mention):
            own = len(parts) - len(attributes)
            for count in range(max(own, 2), len(parts) + 1):
                key = (".".join(parts[: count - 1]), parts[count - 1])
                yield key, ".".join((mention.name, *attributes[: count - own]))


def names_in_moved_modules(links: Links, facts: Mapping[str, FileFacts]) -> frozenset[Symbol]:
    return frozenset(
        Symbol(*key)
        for path, one in (facts.items() if links.whole_modules else ())
        for key, _ in names_by_key(links, path, one)
        if any(f"{key[0]}.".startswith(f"{module}.") for module in links.whole_modules)
    )


def meanings(links: Links, path: str, facts: FileFacts, mention: Mention) -> Iterator[tuple[str, ...]]:
    yield from dotted_meanings(links.modules, path, facts, mention)
    if facts.binding_scope(mention.name, mention.scope) == UNBOUND:
        for statement, module in from_imports(links.modules, path, facts):
            if statement.is_star and mention.name in links.star_names.get(module, ()):
                yield (*module.split("."), mention.name, *(one.name for one in mention.attributes))


def names_of_definition(tree: ast.Module, path: str, callees: Callees, symbol: Symbol) -> frozenset[str]:
    """The same for a symbol that no rule is about, by what the imports lead to."""
    name, found = symbol.name or "", set()
    if path in callees.modules.paths_by_name.get(symbol.module, ()):
        found.add(name)
    meant = callees.definition(symbol.module, name)
    for bound, module, imported in brought_names(tree, path, callees, name):
        if meant is not None and callees.definition(module, imported) == meant:
            found.add(bound)
    return frozenset(found)


def brought_names(tree: ast.Module, path: str, callees: Callees, name: str) -> Iterator[tuple[str, str, str]]:
    """The names that may be it: as the file writes them, and the module and name that they stand for."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield f"{alias.asname or alias.name}.{name}", alias.name, name
        elif isinstance(node, ast.ImportFrom):
            source = callees.modules.absolute(path, node.level, node.module)
            for alias in node.names if source else ():
                bound = alias.asname or alias.name
                if callees.modules.is_known(f"{source}.{alias.name}"):
                    yield f"{bound}.{name}", f"{source}.{alias.name}", name
                elif source:
                    yield bound, source, alias.name
