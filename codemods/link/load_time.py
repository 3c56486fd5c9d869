"""Which modules import which names while they are loaded, from the facts of all files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from codemods.link.import_meanings import imported_keys, origins_of
from codemods.link.symbol_match import Key
from codemods.model.facts import TYPE_CHECKING_ONLY, FileFacts
from codemods.model.modules import Modules
from codemods.model.records import record


@record
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
    """What `import m`, `import a.b` and `import a.b as x` bind as globals of the module, and to which module."""
    for statement in facts.imports:
        if statement.module is None and not statement.flags & TYPE_CHECKING_ONLY:
            declared = facts.scopes[statement.scope].declared if statement.scope else {}
            for alias in statement.aliases:
                if statement.scope == 0 or declared.get(alias.bound_name) == "global":
                    yield alias.bound_name, alias.name if alias.asname else alias.bound_name


def star_brings(modules: Modules, facts: Mapping[str, FileFacts], key: Key) -> bool:
    """Whether a star import of the module brings the name."""
    module, name = key
    for path in modules.paths_by_name.get(module, ()):
        module_facts = facts.get(path)
        if module_facts is not None and module_facts.exports is not None and module_facts.exports_complete:
            return name in module_facts.exports
    return not name.startswith("_")
