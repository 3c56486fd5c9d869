"""What a file's imports bring, and what its names stand for by them."""

from __future__ import annotations

from collections.abc import Iterator

from codemods.link.symbol_match import Key
from codemods.model.facts import Alias, FileFacts, Import, Mention
from codemods.model.modules import Modules


def from_imports(modules: Modules, path: str, facts: FileFacts) -> Iterator[tuple[Import, str]]:
    for statement in facts.imports:
        if statement.module is not None:
            module = modules.absolute(path, statement.level, statement.module)
            if module is not None:
                yield statement, module


def imported_keys(modules: Modules, path: str, facts: FileFacts) -> Iterator[tuple[Import, Alias, Key]]:
    """What the `from` imports of a file bring, by its module and name."""
    for statement, module in from_imports(modules, path, facts):
        for alias in statement.aliases:
            parts = modules.member(path, module, alias.name)
            yield statement, alias, (".".join(parts[:-1]), parts[-1])


def dotted_meanings(
    modules: Modules, path: str, facts: FileFacts, mention: Mention
) -> Iterator[tuple[str, ...]]:
    """The dotted names that a mention may stand for, by the imports that bind its root."""
    home = facts.binding_scope(mention.name, mention.scope)
    attributes = tuple(attribute.name for attribute in mention.attributes)
    for origin in origins_of(modules, path, facts, mention.name, home):
        yield modules.meaning(path, (*origin, *attributes))
    for one in facts.alias_assignments:
        if one.name == mention.name and one.scope == home:
            root, *rest = one.value.split(".")
            value_home = facts.binding_scope(root, one.scope)
            for origin in origins_of(modules, path, facts, root, value_home):
                yield modules.meaning(path, (*origin, *rest, *attributes))


def origins_of(
    modules: Modules, path: str, facts: FileFacts, name: str, home: int
) -> Iterator[tuple[str, ...]]:
    """What the imports that bind a name in a scope bring."""
    for statement in facts.imports:
        if statement.scope != home:
            continue
        for alias in statement.aliases:
            if alias.bound_name == name:
                origin = origin_of(modules, path, statement, alias.name, alias.asname)
                if origin is not None:
                    yield origin


def origin_of(
    modules: Modules, path: str, statement: Import, name: str, asname: str | None
) -> tuple[str, ...] | None:
    if statement.module is None:
        return modules.meaning(path, tuple(name.split("."))) if asname else (name.partition(".")[0],)
    module = modules.absolute(path, statement.level, statement.module)
    return None if module is None else modules.member(path, module, name)
