"""Modules that something of another file holds: `self.lib = m` there, and `x.lib.Old` here."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator, Set
from operator import attrgetter

from codemods.link.callees import ParsedModule
from codemods.link.given_modules import FunctionReading, dotted_parts
from codemods.link.import_meanings import dotted_meanings, imported_keys
from codemods.link.links import GivenModule, Links
from codemods.link.symbol_match import Key
from codemods.model.facts import FileFacts
from codemods.model.records import record
from codemods.read.comments import is_in_comment
from codemods.read.source import Source

Functions = (ast.FunctionDef, ast.AsyncFunctionDef)
TAKEN = rb"(?:[ \t]*\([^()\n]*\)|[\"'][ \t]*\])?[ \t]*\.[ \t]*"
"""Between the name of what holds a module and the name that is taken of it: `lib.`, `lib().`, `["lib"].`"""


@record
class ModuleHolder:
    """An attribute, a key, a parameter or what a function gives."""

    name: str
    module: str
    path: str


def holders_in(
    reading: FunctionReading, parsed: ParsedModule, wanted: Collection[str]
) -> Iterator[ModuleHolder]:
    """What a file lets hold one of the modules that are wanted."""
    imports = [one for one in ast.walk(parsed.tree) if isinstance(one, (ast.Import, ast.ImportFrom))]

    def modules_of(value: ast.expr | None) -> Iterator[str]:
        chain = dotted_parts(value)
        for origin in reading.imports_of(parsed, imports, chain[0]) if chain else ():
            module = ".".join((*origin, *chain[1:]))
            if module in wanted:
                yield module

    for name, value in held_values(parsed.tree):
        yield from (ModuleHolder(name, module, parsed.path) for module in modules_of(value))


def held_values(tree: ast.AST) -> Iterator[tuple[str, ast.expr | None]]:
    """Names that are used on some other object or in another file, with what they hold."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.Assign, ast.AnnAssign)):
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                yield from held_by(target, node.value)
        elif isinstance(node, Functions):
            yield from ((node.name, value) for value in given_by(node))
        elif isinstance(node, ast.ClassDef):
            yield from names_in_class(node)
        elif isinstance(node, ast.Call):
            yield from ((one.arg, one.value) for one in node.keywords if one.arg)
        elif isinstance(node, ast.Dict):
            pairs = zip(node.keys, node.values, strict=True)
            yield from (
                (key.value, value)
                for key, value in pairs
                if isinstance(key, ast.Constant) and isinstance(key.value, str)
            )


def held_by(target: ast.expr, value: ast.expr | None) -> Iterator[tuple[str, ast.expr | None]]:
    """`self.lib = m`, `TABLE["lib"] = m`, `lib = lambda: m`."""
    if isinstance(target, ast.Attribute):
        yield target.attr, value
    elif isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant):
        yield str(target.slice.value), value
    elif isinstance(target, ast.Name) and isinstance(value, ast.Lambda):
        yield target.id, value.body


def given_by(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[ast.expr | None]:
    """What it returns or yields, a property and a fixture among them."""
    for node in ast.walk(function):
        if isinstance(node, (ast.Return, ast.Yield)):
            yield node.value


def names_in_class(node: ast.ClassDef) -> Iterator[tuple[str, ast.expr | None]]:
    for one in node.body:
        if isinstance(one, ast.Assign):
            yield from ((target.id, one.value) for target in one.targets if isinstance(target, ast.Name))
        elif isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name):
            yield one.target.id, one.value


def takes_of_unknown(links: Links, path: str, facts: FileFacts, names: Set[str]) -> bool:
    """Whether one of these names is taken of something that isn't known by imports."""
    if any(one.name in names for one in facts.loose_attributes):
        return True
    if any(
        not links.modules.is_known(module) and imported & names for module, imported in imported_names(facts)
    ):
        return True
    return any(
        not any(links.find(parts) for parts in dotted_meanings(links.modules, path, facts, mention))
        for mention in facts.mentions
        if any(one.name in names for one in mention.attributes)
    )


def taken_of_holders(
    links: Links, path: str, facts: FileFacts, data: bytes, holders: Collection[ModuleHolder]
) -> Iterator[GivenModule]:
    """Where a file takes the name of a deprecated symbol of what holds its module."""
    names = {(rule.old.module, rule.old.name or "") for rule in links.rules.replace if rule.old.name}
    of_holders = {(*name.split("."), one.name) for one in holders for name in names_of(links, one)}
    meanings = {
        mention.start: set(dotted_meanings(links.modules, path, facts, mention)) for mention in facts.mentions
    }
    source = Source(data)
    for match in pattern_of(holders, {name for _, name in names}).finditer(data):
        known = meanings.get(match.start(), set())
        is_holder = any(parts[:count] in of_holders for parts in known for count in range(len(parts) + 1))
        if (not known or is_holder) and not is_in_comment(data, match.start()):
            line, column = source.position(match.start())
            for one in sorted(holders, key=attrgetter("name", "module", "path")):
                if one.name == match[1].decode() and (one.module, match[2].decode()) in names:
                    yield GivenModule(match[2].decode(), line, column, one.module, one.name, one.path)
    yield from taken_of_results(links, path, facts, holders, of_holders)
    yield from taken_of_loaded(facts, holders, names)


def taken_of_loaded(
    facts: FileFacts, holders: Collection[ModuleHolder], names: Collection[Key]
) -> Iterator[GivenModule]:
    """`from other import Old`, where a file sets `sys.modules["other"] = m`."""
    for statement in facts.imports:
        for alias in statement.aliases if statement.module and not statement.level else ():
            for one in holders:
                if one.name == statement.module and (one.module, alias.name) in names:
                    yield GivenModule(alias.name, alias.line, alias.column, one.module, one.name, one.path)


def imported_names(facts: FileFacts) -> Iterator[tuple[str, frozenset[str]]]:
    """What a file imports from modules with their whole names."""
    for statement in facts.imports:
        if statement.module and not statement.level:
            yield statement.module, frozenset(alias.name for alias in statement.aliases)


def taken_of_results(
    links: Links,
    path: str,
    facts: FileFacts,
    holders: Collection[ModuleHolder],
    of_holders: Collection[tuple[str, ...]],
) -> Iterator[GivenModule]:
    """What is taken of something unknown in a file that imports what gives a module: `for x in modules(): x.Old`."""
    imported = {(*key[0].split("."), key[1]) for _, _, key in imported_keys(links.modules, path, facts)}
    given = [
        one
        for one in holders
        if any((*name.split("."), one.name) in imported & set(of_holders) for name in names_of(links, one))
    ]
    for mention in facts.mentions if given else ():
        if not any(dotted_meanings(links.modules, path, facts, mention)):
            for attribute in mention.attributes:
                for one in given:
                    if any(
                        (r.old.module, r.old.name) == (one.module, attribute.name)
                        for r in links.rules.replace
                    ):
                        line, column = mention.line, mention.column
                        yield GivenModule(attribute.name, line, column, one.module, one.name, one.path)


def names_of(links: Links, holder: ModuleHolder) -> tuple[str, ...]:
    return links.modules.names_by_path.get(holder.path, ())


def pattern_of(holders: Collection[ModuleHolder], names: Collection[str]) -> re.Pattern[bytes]:
    holder, taken = (
        b"|".join(re.escape(name.encode()) for name in sorted(either))
        for either in ({one.name for one in holders}, names)
    )
    around = rb"(?<![\w\x80-\xff])", rb"(?![\w\x80-\xff])"
    return re.compile(around[0] + rb"(" + holder + rb")" + TAKEN + rb"(" + taken + rb")" + around[1])
