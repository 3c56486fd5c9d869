"""How files reach the names that other modules re-export: by imports, as attributes, by strings."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from functools import cached_property

from codemods.link.import_meanings import dotted_meanings, from_imports, imported_keys
from codemods.link.load_time import LoadTimeImports
from codemods.link.patched_globals import names_replaced
from codemods.link.symbol_match import Key, ModuleNames
from codemods.model.facts import FileFacts
from codemods.model.modules import Modules, module_of_file
from codemods.model.records import record
from codemods.model.rules import Rules
from codemods.read.run_time_names.pickled_names import is_pickled

MOST_SPELLINGS = 10


@record
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
    strings_move: bool
    successors: Mapping[str, ModuleNames]
    """What the new modules define, by the old ones that become them."""

    def needs_old_module(self, parts: tuple[str, ...]) -> Iterator[Key]:
        """The names of a module behind which this takes something that its successor lacks."""
        for count in range(2, len(parts)):
            key = self.dotted.get(".".join(parts[:count]))
            successor = self.successors.get(self.behind.get(key, "")) if key else None
            if key and successor is not None and successor.has(parts[count]) is False:
                yield key

    def taken_by(self, path: str, facts: FileFacts) -> Iterator[tuple[str, ...]]:
        """The dotted names that a file reads, those with a last part in a string included."""
        for mention in facts.mentions:
            names = [text.value for text in facts.strings if text.owner_start == mention.start]
            for parts in dotted_meanings(self.modules, path, facts, mention):
                yield parts
                yield from ((*parts, name) for name in names)

    def moves(self, key: Key, rest: tuple[str, ...]) -> bool:
        """Whether what is reached behind a module's name is migrated by itself, so that the name is not needed."""
        if key not in self.behind:
            return False
        parts = (*self.behind[key].split("."), *rest)
        return any(".".join(parts[:count]) in self.moving for count in range(1, len(parts) + 1))

    def keys_in(self, parts: tuple[str, ...], *, moving: bool = True) -> Iterator[Key]:
        """`moving`: whether what is migrated by itself is left out."""
        for one in self.spellings(parts):
            for count in range(2, len(one) + 1):
                key = self.dotted.get(".".join(one[:count]))
                if key and not (moving and self.moves(key, one[count:])):
                    yield key

    def spellings(self, parts: tuple[str, ...]) -> list[tuple[str, ...]]:
        """A dotted name as it is written, and as it begins with each module that a name of another stands for."""
        found = [parts]
        for one in found:
            for count in range(2, len(one)):
                key = (".".join(one[: count - 1]), one[count - 1])
                other = (*self.behind[key].split("."), *one[count:]) if key in self.behind else one
                if other not in found and len(found) < MOST_SPELLINGS:
                    found.append(other)
        return found

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
        """What a file assigns or deletes in other modules, old symbols included: `c.Old = fake`, `patch("c.Old")`."""
        for parts, _ in names_replaced(self.modules, path, facts):
            yield from self.keys_in(parts)
            if ".".join(parts) in self.moving:
                yield ".".join(parts[:-1]), parts[-1]

    def modules_replaced_by(self, path: str, facts: FileFacts) -> Iterator[Key]:
        """The names of modules in other modules that a file gives something else: `patch("c.m")`, `c.m = fake`."""
        if not self.behind:
            return
        named = [".".join(parts) for parts, _ in names_replaced(self.modules, path, facts)]
        plain = (one.value for one in facts.strings if one.context == "plain")
        named += [value for value in plain if not self.modules.is_known(value)]
        for parts in (one for dotted in named for one in self.spellings(tuple(dotted.split(".")))):
            key = self.dotted.get(".".join(parts))
            if key is not None and key in self.behind:
                yield key

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

    @cached_property
    def modules_by_name(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for module, name in self.facades:
            found.setdefault(name, []).append(module)
        return found

    def maybe_reached_by(self, path: str, facts: FileFacts) -> Iterator[Key]:
        """What a file takes of modules that it names as a whole: by parts of names, or as `import_module("m")`."""
        parts = [text.value for text in facts.strings if text.context == "part"]
        names = {name for part in parts for name in part.split(".")[part.count(".") > 0 :]}
        modules = {text.value for text in facts.strings if text.context == "plain"} if names else set()
        modules |= {module for module in imported_modules(self.modules, path, facts) if names}
        loaded = set(loaded_modules(self.modules, facts))
        taken = (
            {attribute.name for mention in facts.mentions for attribute in mention.attributes}
            if loaded
            else set()
        )
        taken |= (
            {text.value for text in facts.strings if text.context in ("plain", "getter", "item", "attribute")}
            if loaded
            else set()
        )
        for module, name in self.facades if names or loaded else ():
            if (module in modules and name in names) or (module in loaded and name in taken):
                yield module, name
        pickles = [text.value for text in facts.strings if text.context == "bytes"]
        yield from (key for one in pickles for key in self.facades if is_pickled(one, *key))
        yield from self.maybe_taken_by(path, facts)

    def maybe_taken_by(self, path: str, facts: FileFacts) -> Iterator[Key]:
        """What a file may take, in a way that isn't followed, of the modules that it has as a whole."""
        in_strings = set(words_in_strings(facts))
        names = {one.name for one in facts.loose_attributes} | in_strings
        for mention in facts.mentions:
            if mention.attributes and not any(dotted_meanings(self.modules, path, facts, mention)):
                names.update(attribute.name for attribute in mention.attributes)
        if not names:
            return
        named = (text.value for text in facts.strings if text.context in ("plain", "patch"))
        plain = {value.removesuffix(".__dict__") for value in named}
        plain.update(loaded_modules(self.modules, facts))
        plain.update(self.in_files_of(facts))
        for module in {*imported_modules(self.modules, path, facts), *plain} & self.names_by_module.keys():
            yield from ((module, name) for name in self.names_by_module[module] if name in names)
        taken = in_strings & self.modules_by_name.keys()
        packages = set(imported_modules(self.modules, path, facts)) if taken else set()
        packages.update(self.modules.names_by_path.get(path, ()) if taken else ())
        for name in taken:
            for module in self.modules_by_name[name]:
                if module.rpartition(".")[0] in packages:
                    yield module, name

    def in_files_of(self, facts: FileFacts) -> Iterator[str]:
        """The modules whose files are called like one that a string names: what runs it may take its names."""
        files = {text.value.rpartition("/")[2] for text in facts.strings if text.value.endswith(".py")}
        for module in self.names_by_module if files else ():
            paths = self.modules.paths_by_name.get(module, ())
            if any(path.rpartition("/")[2] in files for path in paths):
                yield module

    def named_by(self, path: str, facts: FileFacts) -> Iterator[Key]:
        """What the strings of a file name."""
        for text in facts.strings:
            if text.context in ("patch", "plain", "module", "loaded", "keyword") and text.owner_start < 0:
                tail = (attribute.name for attribute in text.attributes)
                parts = self.modules.meaning(path, (*text.value.replace(":", ".").split("."), *tail))
                yield from self.keys_in(parts, moving=self.strings_move)


def owner_of_names(parts: tuple[str, ...]) -> tuple[str, ...]:
    """The module whose names `c.__dict__` and `c.f.__globals__` hold."""
    tail = {"__dict__": 1, "__globals__": 2}.get(parts[-1], 0)
    return parts[: len(parts) - tail]


def loaded_modules(modules: Modules, facts: FileFacts) -> Iterator[str]:
    """The modules that a file loads by their names, or by the paths of their files."""
    for text in facts.strings:
        if text.context in ("module", "loaded"):
            yield module_of_file(modules, text.value) if text.value.endswith(".py") else text.value


def words_in_strings(facts: FileFacts) -> Iterator[str]:
    """The names that strings are, or that code in them has."""
    for text in facts.strings:
        if text.context == "code":
            yield from re.findall(r"\w+", text.value)
        elif text.context in ("plain", "argument", "getter", "item", "given") or (
            text.context == "attribute" and text.value.isidentifier()
        ):
            yield text.value


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
    modules: Modules,
    rules: Rules,
    facades: frozenset[Key],
    behind: Mapping[Key, str],
    module_names: Mapping[str, ModuleNames],
) -> ReachableNames:
    old_symbols = [rule.old for rule in rules.replace]
    successors = {
        rule.old.module: module_names[rule.new.module]
        for rule in rules.replace
        if not rule.old.name and rule.new.module in module_names
    }
    return ReachableNames(
        modules,
        facades,
        {f"{module}.{name}": (module, name) for module, name in facades},
        behind,
        frozenset(old.dotted for old in old_symbols if old.name),
        rules.strings,
        successors,
    )


@record
class References:
    """How other files reach the re-exported names."""

    used: frozenset[Key]
    by_name: frozenset[Key]
    """Of these, those that a string beside the module names."""
    patched: frozenset[Key]
    """Those that are assigned or patched, and old symbols that are."""
    replaced_modules: frozenset[Key]
    """Names of modules that are assigned or patched as a whole."""
    named_in_strings: Mapping[Key, frozenset[str]]
    """And the files whose strings name them with their module."""
    needed_as_they_are: frozenset[Key]
    """Those that stand for an old module, of which something is taken that its successor lacks."""


def references(
    reachable: ReachableNames, facts: Mapping[str, FileFacts], load_time: LoadTimeImports
) -> References:
    used: set[Key] = set()
    by_name: set[Key] = set()
    assigned: set[Key] = set()
    replaced: set[Key] = set()
    named: dict[Key, set[str]] = {}
    needed: set[Key] = set()
    for path, found in facts.items() if reachable.facades else ():
        own = reachable.modules.names_by_path.get(path, ())
        used.update(key for key in reachable.reached_by(path, found) if key[0] not in own)
        by_name.update(key for key in reachable.reached_by_name(path, found) if key[0] not in own)
        assigned.update(key for key in reachable.assigned_by(path, found) if key[0] not in own)
        replaced.update(key for key in reachable.modules_replaced_by(path, found) if key[0] not in own)
        for key in reachable.named_by(path, found):
            named.setdefault(key, set()).add(path)
        for parts in reachable.taken_by(path, found) if reachable.successors else ():
            needed.update(key for key in reachable.needs_old_module(parts) if key[0] not in own)
    used |= by_name
    used |= set(brought_by_stars(used | named.keys(), reachable.facades, load_time))
    return References(
        frozenset(used & reachable.facades),
        frozenset(by_name & reachable.facades),
        frozenset((by_name & reachable.facades) | assigned),
        frozenset(replaced),
        {key: frozenset(paths) for key, paths in named.items()},
        frozenset(needed),
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
