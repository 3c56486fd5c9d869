"""Modules that bind the name of a symbol which they import to something else as well: `class Old(Old)`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping

from codemods.link.import_meanings import imported_keys, origins_of
from codemods.link.symbol_match import Key, ModuleNames, star_may_bring
from codemods.model.facts import DEFINE, IMPORT, IN_TRY, LOAD, STORE, FileFacts, Mention
from codemods.model.modules import Modules


def is_replaced(modules: Modules, facts: Mapping[str, FileFacts], source: Key, key: Key) -> bool:
    """Whether something else has the name in the end, below the import that brings the symbol."""
    module, name = key
    for path in modules.paths_by_name.get(module, ()):
        one = facts.get(path, FileFacts())
        imported = list(imported_keys(modules, path, one))
        brings = [
            statement.start
            for statement, alias, found in imported
            if found == source or (statement.is_star and found[0] == source[0])
            if statement.scope == 0 and (alias.bound_name == name or statement.is_star)
        ]
        others = [
            statement.start
            for statement, alias, found in imported
            if statement.column == 0 and alias.bound_name == name and found != source
        ]
        others += [mention.start for mention in always_bound(one, name)]
        if brings and max(others, default=-1) > max(brings):
            return True
    return False


def always_bound(facts: FileFacts, name: str) -> Iterator[Mention]:
    """Where a statement at the top of the module binds the name to what isn't another name of the symbol."""
    aliases = {one.start for one in facts.alias_assignments if one.name == name}
    starts = {scope.start for scope in facts.scopes if scope.parent == 0}
    for one in facts.mentions:
        if (one.name, one.scope) == (name, 0):
            is_assigned = one.role == STORE and one.column == 0 and one.start not in aliases
            if is_assigned or (one.role == DEFINE and one.start - one.column in starts):
                yield one


def keys_also_bound(
    modules: Modules,
    facts: Mapping[str, FileFacts],
    symbols: Collection[Key],
    news: Collection[Key],
    define: Callable[[str], ModuleNames | None],
) -> Iterator[Key]:
    """Those of names that a module may bind to something else as well: `if x: Old = None`."""
    same = {*symbols, *news}
    for module, name in symbols:
        for path in modules.paths_by_name.get(module, ()):
            one = facts.get(path, FileFacts())
            roles = one.scopes[0].bindings.get(name, frozenset()) if one.scopes else frozenset()
            origins = origins_of(modules, path, one, name, 0)
            others = {as_key(parts) for parts in origins} - same
            others |= {
                (star, name)
                for star in stars_below(modules, path, one, name, same)
                if star_may_bring(define(star), name)
            }
            if others or (roles - {IMPORT} and not is_only_alias(modules, path, one, name, same)):
                yield module, name


def stars_below(
    modules: Modules, path: str, facts: FileFacts, name: str, symbols: Collection[Key]
) -> Iterator[str]:
    """The modules that a file star imports below the import of a symbol, and that don't bring that."""
    is_bound = False
    for statement, alias, key in imported_keys(modules, path, facts):
        if statement.scope == 0 and statement.is_star and (key[0], name) not in symbols:
            yield from [key[0]] if is_bound else []
        elif statement.scope == 0 and (statement.is_star or alias.bound_name == name):
            is_bound = is_bound or statement.is_star or key in symbols


def as_key(parts: tuple[str, ...]) -> Key:
    return ".".join(parts[:-1]), parts[-1]


def is_only_alias(modules: Modules, path: str, facts: FileFacts, name: str, symbols: Collection[Key]) -> bool:
    """Whether all that binds a name besides imports are assignments of the symbol: `Old = o.Old`, `Old = Old`. What
    a `try` binds is for where an import fails."""
    assigned = [one for one in facts.alias_assignments if (one.name, one.scope) == (name, 0)]
    for one in assigned:
        root, *rest = one.value.split(".")
        found = [(*origin, *rest) for origin in origins_of(modules, path, facts, root, 0)]
        if (
            not one.flags & IN_TRY
            and one.value != name
            and not any(as_key(parts) in symbols for parts in found)
        ):
            return False
    stores = [one for one in facts.mentions if one.name == name and one.role not in (LOAD, IMPORT)]
    own = [one for one in stores if facts.binding_scope(name, one.scope) == 0 and not one.flags & IN_TRY]
    return len(own) == len([one for one in assigned if not one.flags & IN_TRY])
