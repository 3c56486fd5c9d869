"""Names that would come to a file by a star import, where they mean something else: `from c import *`, and `New = 1`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from codemods.link.import_meanings import from_imports, origins_of
from codemods.link.load_time import LoadTimeImports, star_brings
from codemods.link.symbol_match import Key, ModuleNames
from codemods.model.facts import IMPORT, UNBOUND, FileFacts
from codemods.model.modules import Modules
from codemods.model.rules import Rules

Define = Callable[[str], ModuleNames | None]


def names_below_stars(
    modules: Modules,
    rules: Rules,
    facts: Mapping[str, FileFacts],
    load_time: LoadTimeImports,
    define: Define,
) -> Iterator[Key]:
    """The modules that can't bind a new name at their top, with that name."""
    sources: dict[str, list[str]] = {}
    for source, importers in load_time.star_importers.items():
        for importer in importers:
            sources.setdefault(importer, []).append(source)
    for name, meanings in new_names(rules).items() if sources else ():
        waiting = [one for one in sources if means_another(modules, facts, one, name, meanings, define)]
        found: set[str] = set()
        while waiting:
            for source in sources.get(waiting.pop(), ()):
                if source not in found and star_brings(modules, facts, (source, name)):
                    found.add(source)
                    waiting.append(source)
                    yield source, name


def new_names(rules: Rules) -> dict[str, set[tuple[str, ...]]]:
    """What a file may bind in the end, and what it stands for then."""
    names: dict[str, set[tuple[str, ...]]] = {}
    for rule in rules.replace:
        parts = tuple(rule.new.dotted.split("."))
        for count in range(1, len(parts) + 1):
            names.setdefault(parts[count - 1], set()).add(parts[:count])
    return names


def means_another(
    modules: Modules,
    facts: Mapping[str, FileFacts],
    module: str,
    name: str,
    meanings: set[tuple[str, ...]],
    define: Define,
) -> bool:
    for path in modules.paths_by_name.get(module, ()):
        one = facts.get(path, FileFacts())
        roles = one.scopes[0].bindings.get(name, frozenset()) if one.scopes else frozenset()
        origins = set(origins_of(modules, path, one, name, 0))
        if roles and (roles != {IMPORT} or not origins <= meanings):
            return True
        stars = {
            (*star.split("."), name): define(star)
            for statement, star in from_imports(modules, path, one)
            if statement.is_star
        }
        if any(key not in meanings and names and names.star_exports(name) for key, names in stars.items()):
            return True
        unbound = any(
            mention.name == name and one.binding_scope(name, mention.scope) == UNBOUND
            for mention in one.mentions
        )
        if unbound and stars.keys().isdisjoint(meanings):
            return True
    return False
