"""Which modules re-export the symbols, and which names refer to those, from the facts of all files."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping

from codemods.link.by_name.frame_names import names_given, names_of_frames
from codemods.link.links import Links
from codemods.link.load_time import LoadTimeImports, star_brings
from codemods.link.names_below_stars import names_below_stars
from codemods.link.other_bindings import is_replaced, keys_also_bound
from codemods.link.reached_names import reachable_names, references
from codemods.link.symbol_match import Key, ModuleNames
from codemods.model.facts import FileFacts
from codemods.model.modules import Modules
from codemods.model.rival_modules import spell_module
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
    symbols, replaced = with_reexports(modules, rules, facts, own, load_time)
    module_names = defined_names(rules, define)
    aliases = dict(alias_keys(modules, rules, facts, load_time)) if rules.settle else {}
    facades = frozenset(symbols) - frozenset(own)
    reexports = dotted_reexports(rules, symbols, module_names, load_time)
    reachable = reachable_names(
        modules, rules, facades | replaced | aliases.keys() | reexports.keys(), reexports, module_names
    )
    found = references(reachable, facts, load_time)
    moving = whole_modules(modules, rules)
    also_bound = frozenset(keys_also_bound(modules, facts, symbols, new_keys(rules), define))
    return Links(
        modules=modules,
        rules=rules,
        symbols=symbols,
        own_symbols=frozenset(own),
        whole_modules=moving,
        module_names=module_names,
        reexports=reexports,
        not_in_stars=frozenset(key for key in symbols if not star_brings(modules, facts, key)),
        also_bound=also_bound - own.keys(),
        referenced=found.used,
        reached_by_name=found.by_name,
        patched=found.patched,
        replaced_modules=found.replaced_modules,
        named_in_strings=found.named_in_strings,
        names_below_stars=frozenset(names_below_stars(modules, rules, facts, load_time, define)),
        names_given=frozenset(name for one in facts.values() for name in names_given(one)),
        names_of_frames=frozenset(name for one in facts.values() for name in names_of_frames(one)),
        needed_as_they_are=found.needed_as_they_are,
        old_modules=frozenset(
            name for rule in rules.replace for name in same_module(modules, rule.old.module)
        ),
        aliases=aliases,
        rival_names=rival_names(modules, {*(module for module, _ in symbols), *moving}, define),
    )


def defined_names(rules: Rules, define: Callable[[str], ModuleNames | None]) -> dict[str, ModuleNames]:
    """What the old and the new modules bind, of those in the tree."""
    wanted = sorted(modules_of(rules.replace))
    return {module: names for module in wanted if (names := define(module)) is not None}


def rival_names(
    modules: Modules, names: Collection[str], define: Callable[[str], ModuleNames | None]
) -> dict[str, ModuleNames]:
    """What the namesakes of these modules bind that lie in other folders."""
    rivals = {one.name for name in names for one in modules.rivals.by_name.get(spell_module(name), ())}
    found = {name: define(name) for name in sorted(rivals - set(names))}
    return {name: defined for name, defined in found.items() if defined is not None}


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


def alias_keys(
    modules: Modules, rules: Rules, facts: Mapping[str, FileFacts], load_time: LoadTimeImports
) -> Iterator[tuple[Key, int]]:
    """`from n import New as Old`, `Old = New`, and the modules that import that under the same name."""
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
) -> tuple[dict[Key, int], frozenset[Key]]:
    """The symbols and, along chains of imports, every name that re-exports one; and those that are something else in
    the end."""
    news, symbols, waiting = new_keys(rules), dict(own), list(own)
    replaced: set[Key] = set()
    while waiting:
        key = waiting.pop()
        importers = list(load_time.importers.get(key, ()))
        stars = load_time.star_importers.get(key[0], ())
        if stars and star_brings(modules, facts, key):
            importers += [(name, key[1]) for name in stars]
        if key in symbols and rules.replace[symbols[key]].stays:
            importers += other_names(modules, facts, key)
        for other in importers:
            if other in symbols or other in news:
                continue
            if key in symbols and not is_replaced(modules, facts, key, other):
                symbols[other] = symbols[key]
            elif other not in replaced:
                replaced.add(other)
            else:
                continue
            waiting.append(other)
    return symbols, frozenset(replaced - symbols.keys())


def other_names(modules: Modules, facts: Mapping[str, FileFacts], key: Key) -> list[Key]:
    """`URL = Url` at the top of a module: other names of what stays in it."""
    module, name = key
    found = [facts[path] for path in modules.paths_by_name.get(module, ()) if path in facts]
    return [
        (module, assigned.name)
        for one in found
        for assigned in one.alias_assignments
        if (assigned.value, assigned.scope) == (name, 0)
    ]


def dotted_reexports(
    rules: Rules,
    symbols: Collection[Key],
    module_names: Mapping[str, ModuleNames],
    load_time: LoadTimeImports,
) -> dict[Key, str]:
    """Names of modules that stand for an old module, another that has its symbol, or a new symbol, directly or through
    others, with its dotted name."""
    news = new_keys(rules)
    having = {*(rule.old.module for rule in rules.replace), *(module for module, _ in symbols)}
    wanted = {package for module in having for package in with_packages(module)}
    wanted |= {f"{module}.{name}" for module, name in news}
    last_source = {key: module for module, keys in load_time.module_importers.items() for key in keys}
    last_source |= {key: ".".join(source) for source, keys in load_time.importers.items() for key in keys}
    first_source = {key: source_of(dotted, last_source) for key, dotted in last_source.items()}
    found = {key: dotted for key, dotted in first_source.items() if dotted in wanted}
    wanted = {module for module, _ in found}
    found |= {key: dotted for key, dotted in first_source.items() if dotted in wanted}
    for module, name in news:
        if module in module_names and module_names[module].star_exports(name):
            for facade in load_time.star_importers.get(module, ()):
                found.setdefault((facade, name), f"{module}.{name}")
    return found


def source_of(dotted: str, sources: Mapping[Key, str]) -> str:
    """Where a dotted name comes from in the end."""
    passed: set[str] = set()
    while dotted not in passed:
        passed.add(dotted)
        module, _, name = dotted.rpartition(".")
        dotted = sources.get((module, name), dotted)
    return dotted


def with_packages(module: str) -> Iterator[str]:
    """The module and the packages around it."""
    while module:
        yield module
        module = module.rpartition(".")[0]
