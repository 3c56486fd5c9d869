"""Which modules re-export the symbols, and which names refer to those, from the facts of all files."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from codemods.link.links import (
    Key,
    Links,
    ModuleNames,
    dotted_meanings,
    from_imports,
    imported_keys,
    origins_of,
)
from codemods.model.facts import ASSIGNED, TYPE_CHECKING_ONLY, FileFacts
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
    symbols = with_reexports(modules, rules, facts, own, load_time)
    module_names = defined_names(rules, define)
    aliases = dict(alias_keys(modules, rules, facts, load_time)) if rules.settle else {}
    facades = frozenset(symbols) - frozenset(own)
    reexports = dotted_reexports(rules, module_names, load_time)
    reachable = reachable_names(modules, rules, facades | aliases.keys() | reexports.keys(), reexports)
    found = references(reachable, facts, load_time)
    moving = whole_modules(modules, rules)
    return Links(
        modules=modules,
        rules=rules,
        symbols=symbols,
        own_symbols=frozenset(own),
        whole_modules=moving,
        module_names=module_names,
        reexports=reexports,
        not_in_stars=frozenset(key for key in symbols if not star_brings(modules, facts, key)),
        referenced=found.used,
        reached_by_name=found.by_name,
        patched=found.patched,
        named_in_strings=found.named_in_strings,
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


@dataclass(frozen=True)
class LoadTimeImports:
    """The imports that run while modules are loaded."""

    importers: dict[Key, list[Key]]
    """By a module and a name in it: the modules that import it, with the name that it has there."""
    star_importers: dict[str, list[str]]
    """By a module: the modules that star import it."""
    module_importers: dict[str, list[Key]]
    """By the module that a plain `import` binds: the modules that import it, with the name that it has there."""

    @classmethod
    def read(cls, modules: Modules, facts: Mapping[str, FileFacts]) -> LoadTimeImports:
        found = cls({}, {}, {})
        for path, one in facts.items():
            plain = [(bound, modules.module_meant_by(path, name)) for bound, name in plain_imports(one)]
            for bound, module in (*plain, *assigned_modules(modules, path, one)):
                keys = [(name, bound) for name in modules.names_by_path.get(path, ())]
                found.module_importers.setdefault(module, []).extend(keys)
            for statement, alias, key in imported_keys(modules, path, one):
                if statement.scope != 0 or statement.flags & TYPE_CHECKING_ONLY:
                    continue
                for name in modules.names_by_path.get(path, ()):
                    if statement.is_star:
                        found.star_importers.setdefault(key[0], []).append(name)
                    else:
                        found.importers.setdefault(key, []).append((name, alias.bound_name))
        return found


def assigned_modules(modules: Modules, path: str, facts: FileFacts) -> Iterator[tuple[str, str]]:
    """`x = a.b` at the module's own level: the name, and the dotted name that it stands for."""
    for one in facts.alias_assignments:
        if one.scope == 0:
            root, *rest = one.value.split(".")
            for origin in origins_of(modules, path, facts, root, 0):
                yield one.name, ".".join(modules.meaning(path, (*origin, *rest)))


def plain_imports(facts: FileFacts) -> Iterator[tuple[str, str]]:
    """What `import m`, `import a.b` and `import a.b as x` bind at the module's own level, and to which module."""
    for statement in facts.imports:
        if statement.module is None and statement.scope == 0 and not statement.flags & TYPE_CHECKING_ONLY:
            for alias in statement.aliases:
                yield alias.bound_name, alias.name if alias.asname else alias.bound_name


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
    wanted = {package for rule in rules.replace for package in with_packages(rule.old.module)}
    wanted |= {f"{module}.{name}" for module, name in news}
    last_source = {key: module for module, keys in load_time.module_importers.items() for key in keys}
    last_source |= {key: ".".join(source) for source, keys in load_time.importers.items() for key in keys}
    first_source = {key: source_of(dotted, last_source) for key, dotted in last_source.items()}
    found = {key: dotted for key, dotted in first_source.items() if dotted in wanted}
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


def star_brings(modules: Modules, facts: Mapping[str, FileFacts], key: Key) -> bool:
    """Whether a star import of the module brings the name."""
    module, name = key
    for path in modules.paths_by_name.get(module, ()):
        module_facts = facts.get(path)
        if module_facts is not None and module_facts.exports is not None and module_facts.exports_complete:
            return name in module_facts.exports
    return not name.startswith("_")


@dataclass(frozen=True)
class ReachableNames:
    """The names of modules that other files can reach, and what is behind them."""

    modules: Modules
    facades: frozenset[Key]
    dotted: Mapping[str, Key]
    """The same by their dotted names."""
    behind: Mapping[Key, str]
    """Those that stand for a module, with that module."""
    moving: frozenset[str]
    """Dotted names that are migrated wherever they are reached."""
    moving_modules: frozenset[str]
    strings_move: bool

    def moves(self, key: Key, rest: tuple[str, ...]) -> bool:
        """Whether what is reached behind a module's name is migrated by itself, so that the name is not needed."""
        if key not in self.behind:
            return False
        parts = (*self.behind[key].split("."), *rest)
        return any(
            (prefix := ".".join(parts[:count])) in self.moving
            or (prefix in self.moving_modules and count < len(parts))
            for count in range(1, len(parts) + 1)
        )

    def keys_in(self, parts: tuple[str, ...]) -> Iterator[Key]:
        for count in range(2, len(parts) + 1):
            key = self.dotted.get(".".join(parts[:count]))
            if key and not self.moves(key, parts[count:]):
                yield key

    def reached_by(self, path: str, facts: FileFacts) -> Iterator[Key]:
        """What a file takes of other modules: by imports, as attributes."""
        yield from (key for _, _, key in imported_keys(self.modules, path, facts))
        for mention in facts.mentions:
            for parts in dotted_meanings(self.modules, path, facts, mention):
                yield from self.keys_in(parts)
        yield from self.reached_by_stars(path, facts)

    def reached_by_name(self, path: str, facts: FileFacts) -> Iterator[Key]:
        """What a file takes of other modules by a name in a string: `patch.object(m, "Old")`."""
        texts: dict[int, list[str]] = {}
        for text in facts.strings:
            if text.owner_start >= 0:
                texts.setdefault(text.owner_start, []).append(text.value)
        for mention in facts.mentions if texts else ():
            for name in texts.get(mention.start, ()):
                for parts in dotted_meanings(self.modules, path, facts, mention):
                    yield from self.keys_in((*owner_of_names(parts), name))
        yield from self.maybe_reached_by(path, facts)

    def assigned_by(self, path: str, facts: FileFacts) -> Iterator[Key]:
        """What a file assigns or deletes in other modules: `c.Old = fake`, `patch("c.Old")`."""
        for mention in facts.mentions:
            if mention.flags & ASSIGNED:
                for parts in dotted_meanings(self.modules, path, facts, mention):
                    yield from self.keys_in(parts)
        for text in facts.strings:
            if text.context == "patch" and text.owner_start < 0:
                yield from self.keys_in(self.modules.meaning(path, tuple(text.value.split("."))))

    def reached_by_stars(self, path: str, facts: FileFacts) -> Iterator[Key]:
        """The names that a file mentions and that a star import may bring."""
        for statement, module in from_imports(self.modules, path, facts):
            if statement.is_star:
                for name in self.names_by_module.get(module, ()):
                    if any(mention.name == name for mention in facts.mentions):
                        yield module, name

    @cached_property
    def names_by_module(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for module, name in self.facades:
            found.setdefault(module, []).append(name)
        return found

    def maybe_reached_by(self, path: str, facts: FileFacts) -> Iterator[Key]:
        """What a file takes of modules that it names as a whole: by parts of names, or as `import_module("m")`."""
        names = {
            name for text in facts.strings if text.context == "part" for name in text.value.split(".")[1:]
        }
        modules = {text.value for text in facts.strings if text.context == "plain"} if names else set()
        modules |= {module for module in imported_modules(self.modules, path, facts) if names}
        loaded = {text.value for text in facts.strings if text.context in ("module", "loaded")}
        taken = (
            {attribute.name for mention in facts.mentions for attribute in mention.attributes}
            if loaded
            else set()
        )
        taken |= (
            {text.value for text in facts.strings if text.context in ("plain", "getter")} if loaded else set()
        )
        for module, name in self.facades if names or loaded else ():
            if (module in modules and name in names) or (module in loaded and name in taken):
                yield module, name

    def named_by(self, path: str, facts: FileFacts) -> Iterator[Key]:
        """What the strings of a file name."""
        for text in facts.strings:
            if text.context in ("patch", "plain", "module", "loaded", "keyword") and text.owner_start < 0:
                tail = (attribute.name for attribute in text.attributes)
                parts = self.modules.meaning(path, (*text.value.replace(":", ".").split("."), *tail))
                for count in range(2, len(parts) + 1):
                    key = self.dotted.get(".".join(parts[:count]))
                    if key and not (self.strings_move and self.moves(key, parts[count:])):
                        yield key


def owner_of_names(parts: tuple[str, ...]) -> tuple[str, ...]:
    """The module whose names `c.__dict__` and `c.f.__globals__` hold."""
    tail = {"__dict__": 1, "__globals__": 2}.get(parts[-1], 0)
    return parts[: len(parts) - tail]


def imported_modules(modules: Modules, path: str, facts: FileFacts) -> Iterator[str]:
    """Every module that a file's imports may bind."""
    for statement in facts.imports:
        base = (
            modules.absolute(path, statement.level, statement.module)
            if statement.module is not None
            else None
        )
        for alias in statement.aliases:
            yield (
                ".".join(modules.member(path, base, alias.name))
                if base
                else modules.module_meant_by(path, alias.name)
            )


def reachable_names(
    modules: Modules, rules: Rules, facades: frozenset[Key], behind: Mapping[Key, str]
) -> ReachableNames:
    old_symbols = [rule.old for rule in rules.replace]
    return ReachableNames(
        modules,
        facades,
        {f"{module}.{name}": (module, name) for module, name in facades},
        behind,
        frozenset(old.dotted for old in old_symbols if old.name),
        frozenset(old.module for old in old_symbols if not old.name),
        rules.strings,
    )


@dataclass(frozen=True)
class References:
    """How other files reach the re-exported names."""

    used: frozenset[Key]
    by_name: frozenset[Key]
    """Of these, those that a string beside the module names."""
    patched: frozenset[Key]
    """Those that are assigned or patched."""
    named_in_strings: Mapping[Key, frozenset[str]]
    """And the files whose strings name them with their module."""


def references(
    reachable: ReachableNames, facts: Mapping[str, FileFacts], load_time: LoadTimeImports
) -> References:
    used: set[Key] = set()
    by_name: set[Key] = set()
    assigned: set[Key] = set()
    named: dict[Key, set[str]] = {}
    for path, found in facts.items() if reachable.facades else ():
        own = reachable.modules.names_by_path.get(path, ())
        used.update(key for key in reachable.reached_by(path, found) if key[0] not in own)
        by_name.update(key for key in reachable.reached_by_name(path, found) if key[0] not in own)
        assigned.update(key for key in reachable.assigned_by(path, found) if key[0] not in own)
        for key in reachable.named_by(path, found):
            named.setdefault(key, set()).add(path)
    used |= by_name
    used |= set(brought_by_stars(used | named.keys(), reachable.facades, load_time))
    return References(
        frozenset(used & reachable.facades),
        frozenset(by_name & reachable.facades),
        frozenset((by_name | assigned) & reachable.facades),
        {key: frozenset(paths) for key, paths in named.items()},
    )


def brought_by_stars(
    used: Collection[Key], facades: Collection[Key], load_time: LoadTimeImports
) -> Iterator[Key]:
    """Names that a module passes on to another by a star import, from which they are used."""
    sources: dict[str, list[str]] = {}
    for source, importers in load_time.star_importers.items():
        for importer in importers:
            sources.setdefault(importer, []).append(source)
    waiting, found = list(used), set(used)
    while waiting:
        module, name = waiting.pop()
        for source in sources.get(module, ()):
            key = (source, name)
            if key in facades and key not in found:
                found.add(key)
                waiting.append(key)
                yield key
