"""Who re-exports what replaces what, and who refers to those: read off the facts of all files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from codemods.link.links import Key, Links, ModuleNames, dotted_meanings, from_imports
from codemods.model.facts import TYPE_CHECKING_ONLY, FileFacts, Mention
from codemods.model.modules import Modules
from codemods.model.rules import Rules


def link_symbols(
    modules: Modules,
    rules: Rules,
    facts: Mapping[str, FileFacts],
    define: Callable[[str], ModuleNames | None],
) -> Links:
    """Numbered as it goes: 1. the symbols themselves; 2. who re-exports them; 3. who refers to those."""
    direct = dict(own_keys(modules, rules))
    news = {(rule.new.module, rule.new.name) for rule in rules.replace if rule.new.name}
    module_list = {m for rule in rules.replace for m in (rule.old.module, rule.new.module)}
    defined = {module: found for module in sorted(module_list) if (found := define(module)) is not None}
    star_exported = {key for key in news if key[0] in defined and defined[key[0]].star_exports(key[1])}
    load_time = LoadTimeImports.read(modules, facts)
    symbols, reexports = follow_reexports(
        modules, facts, direct, news, watched_modules(rules), star_exported, load_time
    )
    aliases = dict(alias_keys(modules, rules, facts, load_time)) if rules.settle else {}
    facades = frozenset(symbols) - frozenset(direct)
    referenced, patched = references(modules, facts, facades | aliases.keys())
    unexported = frozenset(key for key in symbols if not star_brings(modules, facts, key))
    moved = {
        name: number
        for number, rule in enumerate(rules.replace)
        if rule.old.name is None
        for name in same_module(modules, rule.old.module)
    }
    return Links(
        modules=modules,
        rules=rules,
        symbols=symbols,
        own_symbols=frozenset(direct),
        whole_modules=moved,
        module_names=defined,
        reexports=reexports,
        not_in_stars=unexported,
        referenced=referenced,
        named_in_strings=patched,
        old_modules=frozenset(
            name for rule in rules.replace for name in same_module(modules, rule.old.module)
        ),
        aliases=aliases,
    )


def same_module(modules: Modules, name: str) -> tuple[str, ...]:
    """Every dotted name that reaches the module of that name."""
    found = [name]
    for path in modules.paths_by_name.get(name, ()):
        found += modules.names_by_path[path]
    return tuple(dict.fromkeys(found))


def watched_modules(rules: Rules) -> frozenset[str]:
    return frozenset(rule.old.module for rule in rules.replace)


def own_keys(modules: Modules, rules: Rules) -> Iterator[tuple[Key, int]]:
    for number, rule in enumerate(rules.replace):
        if rule.old.name is not None:
            for module in same_module(modules, rule.old.module):
                yield (module, rule.old.name), number


@dataclass(frozen=True)
class LoadTimeImports:
    """What the modules take from each other while they are loaded."""

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


def follow_reexports(
    modules: Modules,
    facts: Mapping[str, FileFacts],
    direct: Mapping[Key, int],
    news: set[Key],
    watched: frozenset[str],
    star_exported: set[Key],
    load_time: LoadTimeImports,
) -> tuple[dict[Key, int], dict[Key, str]]:
    """Chains of re-exports, until nothing new is found. `given`: those of the new that star imports bring."""
    sources, stars = load_time.importers, load_time.star_importers
    reexports = {key: ".".join(source) for source, keys in sources.items() for key in keys}
    symbols = dict(direct)
    waiting = list(direct)
    while waiting:
        key = waiting.pop()
        re_exporting = list(sources.get(key, ()))
        if stars.get(key[0]) and star_brings(modules, facts, key):
            re_exporting += [(name, key[1]) for name in stars[key[0]]]
        for other in re_exporting:
            if other not in symbols and other not in news:
                symbols[other] = symbols[key]
                waiting.append(other)
    module_reexports = {key: to for key, to in reexports.items() if to in watched or to in dotted_names(news)}
    for module, name in star_exported:
        for facade in stars.get(module, ()):
            module_reexports.setdefault((facade, name), f"{module}.{name}")
    return symbols, module_reexports


def dotted_names(keys: Iterable[Key]) -> set[str]:
    return {f"{module}.{name}" for module, name in keys}


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
    """Who else uses the names that are re-exported: imports and attributes, and strings by file."""
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
