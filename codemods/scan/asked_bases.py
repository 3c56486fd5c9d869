"""Other files that ask for a class which the old one is built on and the new one isn't: `except Base` where the new
class is raised now."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Sequence

from codemods.link.callees import Callees, ParsedModule
from codemods.link.given_modules import FunctionReading, dotted_parts
from codemods.link.links import AskedBase, Links
from codemods.link.lost_bases import key_of
from codemods.link.symbol_match import Key
from codemods.model.records import record
from codemods.model.tree import Entry, Tree
from codemods.read.class_questions import ASKING, class_questions
from codemods.read.name_walk import last_name
from codemods.read.source import Unreadable, parse_python, read_source
from codemods.read.top_level import word_starts
from codemods.scan.definitions import ParsedModules
from codemods.scan.importers import imports_module, possible_importers


def asked_bases(
    tree: Tree, links: Links, python: Sequence[Entry], parsed: ParsedModules
) -> dict[str, tuple[AskedBase, ...]]:
    """By file."""
    names = {name for keys in links.lost_bases.values() for _, name in keys}
    if not names:
        return {}
    holding = tree.grep([name.encode() for name in sorted(names)], python)
    entries = [entry for entry in python if entry.path in holding]
    near = {module for module, _ in links.symbols}
    beside = {entry.path for entry in possible_importers(tree, entries, links.modules, near)}
    callees = Callees(parsed, links.modules)
    found = {}
    for entry, data in tree.read(entries):
        if asks_for(data, names):
            is_near = entry.path in beside and any(imports_module(data, module) for module in near)
            reading = QuestionReading(links, callees, entry.path, is_near)
            if asked := tuple(reading.asked_in(data)):
                found[entry.path] = asked
    return found


def asks_for(data: bytes, names: Collection[str]) -> bool:
    return next(word_starts(data, names), None) is not None and ASKING.search(data) is not None


def asked_by_name(data: bytes, names: Collection[str]) -> list[tuple[int, int, str, frozenset[str]]]:
    """Where a file asks for classes of these names."""
    tree = parsed_file(data)
    return [
        (one.node.lineno, one.node.col_offset, ast.unparse(one.node), one.beside)
        for one in (class_questions(tree) if tree else ())
        if last_name(one.node) in names
    ]


def parsed_file(data: bytes) -> ast.Module | None:
    source = read_source(data)
    tree = source if isinstance(source, Unreadable) else parse_python(source.text)
    return tree if isinstance(tree, ast.Module) else None


@record
class QuestionReading:
    """Of one file."""

    links: Links
    callees: Callees
    path: str
    is_near: bool
    """Whether it imports a module that has the old class: its objects may come from there."""

    def asked_in(self, data: bytes) -> Iterator[AskedBase]:
        tree = parsed_file(data)
        if tree is None:
            return
        imports = [one for one in ast.walk(tree) if isinstance(one, (ast.Import, ast.ImportFrom))]
        module = ParsedModule(self.links.modules.name_of(self.path), self.path, tree)
        for question in class_questions(tree):
            for number, bases in self.links.lost_bases.items():
                new = self.links.rules.replace[number].new.name
                name = last_name(question.node)
                known = {key for key in bases if key[1] == name}
                if (
                    known
                    and new not in question.beside
                    and self.is_one_of(question.node, known, module, imports)
                ):
                    yield AskedBase(question.node.lineno, question.node.col_offset, number, name)

    def is_one_of(
        self, node: ast.expr, bases: Collection[Key], module: ParsedModule, imports: Collection[ast.stmt]
    ) -> bool:
        root, *rest = dotted_parts(node) or ("",)
        reading = FunctionReading(self.links.modules, self.callees.parsed)
        origins = list(reading.imports_of(module, imports, root))
        for origin in origins:
            *head, name = (*origin, *rest)
            found = self.callees.definition(".".join(head), name)
            if found and key_of(found) in bases:
                return True
        own = not origins and not rest
        defined = {one.name for one in module.tree.body if isinstance(one, ast.ClassDef)}
        if own and root in defined:
            return (module.name, root) in bases
        return own and self.is_near and ("", root) in bases
