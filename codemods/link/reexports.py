"""Which modules re-export the symbols, and which names refer to those, from the facts of all files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from codemods.link.links import Key, Links, ModuleNames, dotted_meanings, from_imports
from codemods.model.facts import TYPE_CHECKING_ONLY, FileFacts, Mention
from codemods.model.modules import Modules
from codemods.model.rules import Rules, modules_of


def link_symbols(
    modules: Modules,
    rules: Rules,
    facts: Mapping[str, FileFacts],
    define: Callable[[str], ModuleNames | None],
) -> Links:
    """1. the symbols themselves  2. who re-exports them  3. who refers to those"""
    own = dict(own_keys(modules, rules))
    load_time = LoadTimeImports.read(modules, facts)
    symbols = with_reexports(modules, rules, facts, own, load_time)
    module_names = defined_names(rules, define)
    aliases = dict(alias_keys(modules, rules, facts, load_time)) if rules.settle else {}
    facades = frozenset(symbols) - frozenset(own)
    referenced, named_in_strings = references(modules, facts, facades | aliases.keys())
    return Links(
        modules=modules,
        rules=rules,
        symbols=symbols,
        own_symbols=frozenset(own),
        whole_modules=whole_modules(modules, rules),
        module_names=module_names,
        reexports=dotted_reexports(rules, module_names, load_time),
        not_in_stars=frozenset(key for key in symbols if not star_brings(modules, facts, key)),
        referenced=referenced,
        named_in_strings=named_in_strings,
        old_modules=frozenset(
            name for rule in rules.replace for name in same_module(modules, rule.old.module)
        ),
        aliases=aliases,
    )


def defined_names(rules: Rules, define: Callable[[str], ModuleNames | None]) -> dict[str, ModuleNames]:
    """What the old and the new modules bind, of those in the tree."""
    wanted = sorted(modules_of(rules.replace))
    return {module: names for module in wanted if (names := define(module)) is not None}


def whole_modules(modules: Modules, rules: Rules) -> dict[str, int]:
    return {
        name: number
        for number, rule in enumerate(rules.replace)
        if rule.old.name is None
        for name in same_module(modules, rule.old.module)
    }


def new_keys(rules: Rules) -> set[Key]:
    return {(rule.new.module, rule.new.name) for rule in rules.replace if rule.new.name}


def same_module(modules: Modules, name: str) -> tuple[str, ...]:
    """Every dotted name that reaches the module of that name."""
    found = [name]
    for path in modules.paths_by_name.get(name, ()):
        found += modules.names_by_path[path]
    return tuple(dict.fromkeys(found))


def own_keys(modules: Modules, rules: Rules) -> Iterator[tuple[Key, int]]:
    for number, rule in enumerate(rules.replace):
        if rule.old.name is not None:
            for module in same_module(modules, rule.old.module):
                yield (module, rule.old.name), number


@dataclass(frozen=True)
class LoadTimeImports:
    """The imports that run while modules are loaded."""

    importers: dict[Key, list[Key]]
    """By a module and a name in it: the modules that take it, with the name that it has there."""
    star_importers: dict[str, list[str]]
    """By a module: those that take all it has to give."""

    @classmethod
    def read(cls, modules: Modules, facts: Mapping[str, FileFacts]) -> LoadTimeImports:
        found = cls({}, {})
        for path, one in facts.items():
            for statement, module in from_imports(modules, path, one):
                if statement.scope != 0 or statement.flags & TYPE_CHECKING_ONLY:
                    continue
                for name in modules.names_by_path.get(path, ()):
                    if statement.is_star:
                        found.star_importers.setdefault(module, []).append(name)
                        continue
                    for alias in statement.aliases:
                        found.importers.setdefault((module, alias.name), []).append((name, alias.bound_name))
        return found


def alias_keys(
    modules: Modules, rules: Rules, facts: Mapping[str, FileFacts], load_time: LoadTimeImports
) -> Iterator[tuple[Key, int]]:
    """`from n import New as Old`, `Old = New`, and who takes that under the same name."""
    for number, rule in enumerate(rules.replace):
        old, new = rule.old.name, rule.new.name
        if not old or not new or old == new:
            continue
        new_names = [
            key
            for name in same_module(modules, rule.new.module)
            for key in load_time.importers.get((name, new), ())
        ]
        waiting = [key for key in new_names if key[1] == old]
        for path, one in facts.items():
            if any((r.name, r.value, r.scope) == (old, new, 0) for r in one.alias_assignments):
                waiting += [
                    (name, old) for name in modules.names_by_path.get(path, ()) if (name, new) in new_names
                ]
        seen: set[Key] = set()
        while waiting:
            key = waiting.pop()
            if key not in seen:
                seen.add(key)
                waiting += [other for other in load_time.importers.get(key, ()) if other[1] == old]
                yield key, number


def with_reexports(
    modules: Modules,
    rules: Rules,
    facts: Mapping[str, FileFacts],
    own: Mapping[Key, int],
    load_time: LoadTimeImports,
) -> dict[Key, int]:
    """The symbols and, along chains of imports, every name that re-exports one."""
    news, symbols, waiting = new_keys(rules), dict(own), list(own)
    while waiting:
        key = waiting.pop()
        importers = list(load_time.importers.get(key, ()))
        stars = load_time.star_importers.get(key[0], ())
        if stars and star_brings(modules, facts, key):
            importers += [(name, key[1]) for name in stars]
        for other in importers:
            if other not in symbols and other not in news:
                symbols[other] = symbols[key]
                waiting.append(other)
    return symbols


def dotted_reexports(
    rules: Rules, module_names: Mapping[str, ModuleNames], load_time: LoadTimeImports
) -> dict[Key, str]:
    """Names of modules that stand for an old module or a new symbol, with its dotted name."""
    news = new_keys(rules)
    wanted = {rule.old.module for rule in rules.replace} | {f"{module}.{name}" for module, name in news}
    last_source = {key: ".".join(source) for source, keys in load_time.importers.items() for key in keys}
    found = {key: dotted for key, dotted in last_source.items() if dotted in wanted}
    for module, name in news:
        if module in module_names and module_names[module].star_exports(name):
            for facade in load_time.star_importers.get(module, ()):
                found.setdefault((facade, name), f"{module}.{name}")
    return found


def star_brings(modules: Modules, facts: Mapping[str, FileFacts], key: Key) -> bool:
    """Whether a star import of the module brings the name."""
    module, name = key
    for path in modules.paths_by_name.get(module, ()):
        module_facts = facts.get(path)
        if module_facts is not None and module_facts.exports is not None and module_facts.exports_complete:
            return name in module_facts.exports
    return not name.startswith("_")


def references(
    modules: Modules, facts: Mapping[str, FileFacts], facades: frozenset[Key]
) -> tuple[frozenset[Key], dict[Key, frozenset[str]]]:
    """Re-exported names that are used elsewhere, and the files whose strings name them."""
    used: set[Key] = set()
    patched: dict[Key, set[str]] = {}
    if not facades:
        return frozenset(), {}
    dotted = {f"{module}.{name}": (module, name) for module, name in facades}
    for path, found in facts.items():
        for statement, module in from_imports(modules, path, found):
            used.update((module, alias.name) for alias in statement.aliases)
        for mention in found.mentions:
            if mention.attributes:
                used.update(attribute_keys(modules, path, found, mention, facades))
        for text in found.strings:
            if text.context in ("patch", "plain", "module"):
                for key in keys_in(text.value, dotted):
                    patched.setdefault(key, set()).add(path)
    return frozenset(used & facades), {key: frozenset(paths) for key, paths in patched.items()}


def keys_in(value: str, dotted: Mapping[str, Key]) -> Iterator[Key]:
    parts = value.replace(":", ".").split(".")
    for count in range(2, len(parts) + 1):
        key = dotted.get(".".join(parts[:count]))
        if key:
            yield key


def attribute_keys(
    modules: Modules, path: str, facts: FileFacts, mention: Mention, facades: frozenset[Key]
) -> Iterator[Key]:
    for parts in dotted_meanings(modules, path, facts, mention):
        for count in range(1, len(parts)):
            key = (".".join(parts[:count]), parts[count])
            if key in facades:
                yield key
