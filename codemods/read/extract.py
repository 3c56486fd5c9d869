"""From a file's bytes to its facts: what it imports, and where it mentions the words that a run is about.

A pure function of the bytes and the words, so that what it finds can be kept by blob id.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property

from codemods.model.facts import Alias, FileFacts, Import, LooseAttribute, Mention
from codemods.model.patterns import lazy_pattern
from codemods.read.annotations.string_annotations import mentions_in_annotation
from codemods.read.comments import mentions_in_type_comments
from codemods.read.exports import exported_names
from codemods.read.formatted_strings import places_in_formatted
from codemods.read.name_walk import last_name
from codemods.read.node_facts import (
    alias_assignments,
    dotted_name,
    import_fact,
    mention_fact,
    scope_fact,
    string_fact,
)
from codemods.read.run_time_names.composed_names import (
    ComposedNames,
    assigned_values,
    composed_word,
    places_of_composed,
)
from codemods.read.run_time_names.loaders import LOADERS
from codemods.read.run_time_names.other_spellings import other_spellings
from codemods.read.run_time_names.pickled_names import places_of_pickled
from codemods.read.run_time_names.private_names import private_names
from codemods.read.scopes import ScopeWalk
from codemods.read.source import Source, Unreadable, check_python, parse_python, parses, read_source
from codemods.read.strings import LiteralNode, literal_nodes
from codemods.read.top_level import word_starts
from codemods.read.word_lines import WordLines
from codemods.read.words import SearchedNames

NAMES_MODULES = ("patch", "setattr", "sys.modules", "__module__", *sorted(LOADERS))
"""What loads a module by its name, replaces something in it, or asks for the name."""
IMPORT_LINE = lazy_pattern(rb"[ \t]+(?:from[ \t]+[\w.]+[ \t]+)?import\b")
MOST_FACTS, MOST_PAIRS = 10_000, 1_000_000
"""Names, imports and strings of a file that are decided about; real files have hundreds."""
TOO_MANY = "it has too many names and imports to decide about"
DOTTED = lazy_pattern(r"\w+(?:\.\w+)*")


def extract(data: bytes, words: SearchedNames, *, check: bool = True) -> FileFacts:
    """`check`: whether the parts that hold no word have to parse as well. Their scopes don't count, as in a rewrite."""
    source = read_source(data)
    if isinstance(source, Unreadable):
        return FileFacts(unreadable=source.reason, unreadable_line=source.line)
    trouble = check_python(source.text) if check and not parses(source.text) else None
    facts = trouble or read_parts(source, words, check=check)
    if isinstance(facts, Unreadable):
        return FileFacts(unreadable=facts.reason, unreadable_line=facts.line)
    private = private_names(source.text, words.everywhere)
    loose = [LooseAttribute(name, *source.position(at)) for at, name in private]
    facts = facts._replace(loose_attributes=(*facts.loose_attributes, *loose)) if loose else facts
    return FileFacts(unreadable=TOO_MANY) if are_too_many(facts, words) else facts


def are_too_many(facts: FileFacts, words: SearchedNames) -> bool:
    """Each import that brings one of the words is looked at beside all else that the file has."""
    imported = [alias.name for statement in facts.imports for alias in statement.aliases]
    parts = (facts.mentions, facts.strings, facts.alias_assignments, facts.scopes, facts.loose_attributes)
    size = len(imported) + sum(map(len, parts))
    bringing = sum(name.rpartition(".")[2] in words.everywhere for name in imported)
    return size > MOST_FACTS or size * bringing > MOST_PAIRS


def read_parts(source: Source, words: SearchedNames, *, check: bool = False) -> FileFacts | Unreadable:
    """Parses only the statements that hold the words; again if those turn out to depend on further names. `check`:
    whether their scopes have to hold together as well."""
    names = {*words.everywhere, *words.to_be_bound, "__all__"}
    modules = list(word_starts(source.text, words.in_imports))
    imported = {at for at in modules if is_in_import(source.text, at)}
    if len(imported) < len(modules) and next(word_starts(source.text, NAMES_MODULES), None) is not None:
        names |= words.in_imports
    pickled = list(places_of_pickled(source.text, words.everywhere))
    composed = dict(places_of_composed(source.text, words.everywhere))
    names |= other_spellings(source.text, words.relevant)
    names.update(name for found in composed.values() for name in found)
    while True:
        places = {*word_starts(source.text, names), *imported, *composed, *pickled}
        excerpt = source.statements.holding_at(places, modules)
        tree = parse_python(excerpt.text_with_gaps_closed)
        if isinstance(tree, Unreadable):
            break
        lines = WordLines(source, {*places, *modules})
        extraction = Extraction(source, words, lines, composes=bool(composed))
        facts = extraction.run(tree)
        further = list(word_starts(source.text, extraction.names - names))
        if not excerpt.leaves_out(further) and not lines.have_skipped(further):
            is_sound = not check or check_python(excerpt.text_with_gaps_closed) is None
            return facts if is_sound else check_python(source.text) or facts
        names |= extraction.names
    whole = parse_python(source.text)
    if isinstance(whole, Unreadable):
        return whole
    return Extraction(source, words, composes=bool(composed)).run(whole)


def is_in_import(text: bytes, at: int) -> bool:
    """Whether a word is what an import brings that begins on its line, in a function as well."""
    return IMPORT_LINE.match(text, text.rfind(b"\n", 0, at) + 1, at) is not None


def facts_of(source: Source, tree: ast.Module, words: SearchedNames) -> FileFacts:
    return Extraction(source, words).run(tree)


class Extraction:
    """One file being read."""

    def __init__(
        self, source: Source, words: SearchedNames, lines: WordLines | None = None, *, composes: bool = False
    ) -> None:
        """`lines`: what is worth walking; everything without. `composes`: whether a name may be put together."""
        self.composes = composes
        self.source, self.words, self.searched = source, words, words.everywhere
        self.walk = ScopeWalk(skip=lines.skip if lines else None)
        self.names: frozenset[str] = frozenset()
        self.loose: tuple[LooseAttribute, ...] = ()
        self.joins_parts = False
        """Whether dotted names with a word are put together from parts here."""

    @cached_property
    def loads_modules(self) -> bool:
        return next(word_starts(self.source.text, LOADERS), None) is not None

    def run(self, tree: ast.Module) -> FileFacts:
        walk, source = self.walk.run(tree.body), self.source
        imports = sorted((import_fact(source, *one) for one in walk.imports), key=lambda one: one.start)
        literals = list(literal_nodes(walk, source, composed=self.composed_names(tree)))
        self.joins_parts = any(one.context == "part" and self.holds_word(one) for one in literals)
        quoted = [
            mention
            for literal in literals
            for mention in mentions_in_annotation(source, literal, self.searched)
        ]
        self.loose = tuple(self.loose_attributes())
        names = self.names = self.names_to_record(imports, quoted, literals)
        exports, complete = exported_names(walk.export_statements, walk.calls)
        return FileFacts(
            imports=tuple(statement for statement in imports if self.is_relevant(statement)),
            mentions=tuple(sorted(self.mentions(names, quoted), key=lambda mention: mention.start)),
            strings=tuple(string_fact(source, literal) for literal in literals if self.holds_word(literal)),
            alias_assignments=tuple(alias_assignments(source, walk, names)),
            scopes=tuple(scope_fact(source, builder, names) for builder in walk.scopes),
            exports=exports,
            exports_complete=complete,
            loose_attributes=self.loose,
        )

    def loose_attributes(self) -> Iterator[LooseAttribute]:
        for one in self.walk.loose_attributes:
            if one.attr in self.searched:
                function = dotted_name(getattr(one, "_function", one.value))
                yield LooseAttribute(one.attr, one.end_lineno or one.lineno, one.col_offset, function)
        results = {
            bound: call.func for call, _, _ in self.walk.calls if (bound := getattr(call, "_bound_name", ""))
        }
        for sighting in self.walk.names if results else ():
            if (
                sighting.name in results
                and sighting.attributes
                and sighting.attributes[0].attr in self.searched
            ):
                node, function = sighting.attributes[0], dotted_name(results[sighting.name])
                yield LooseAttribute(node.attr, node.end_lineno or node.lineno, node.col_offset, function)

    def composed_names(self, tree: ast.Module) -> Callable[[ast.expr], str]:
        if not self.composes:
            return lambda _: ""
        names = ComposedNames(assigned_values(ast.walk(tree)))
        return lambda node: composed_word(names, node, self.searched)

    def mentions(self, names: frozenset[str], quoted: Iterable[Mention]) -> Iterator[Mention]:
        moved = places_in_formatted(self.source, self.walk.formatted_strings, names)
        for name_node in self.walk.names:
            if name_node.name in names:
                yield mention_fact(self.source, name_node, moved)
        yield from (mention for mention in quoted if mention.name in names)
        yield from mentions_in_type_comments(self.source, self.walk.scopes, names)

    def is_relevant(self, statement: Import) -> bool:
        """Every import of the module's own level stays: others may import through it. So does that of a class, and
        any where something is taken of what calls give."""
        in_class = self.walk.scopes[statement.scope].kind == "class"
        if statement.is_star or statement.scope == 0 or in_class or self.loose:
            return True
        words = self.words.relevant | self.words.to_be_bound
        return not words.isdisjoint(self.names_in_import(statement)) or any(
            alias.bound_name in self.names for alias in statement.aliases
        )

    def names_in_import(self, statement: Import) -> Iterator[str]:
        yield from (statement.module or "").split(".")
        for alias in statement.aliases:
            yield from alias.name.split(".")
            if alias.asname:
                yield alias.asname

    def names_to_record(
        self, imports: Iterable[Import], inner: Iterable[Mention], found: Iterable[LiteralNode]
    ) -> frozenset[str]:
        """The words, the roots of chains that hold one, and what the imports that hold one bind."""
        names = {*self.searched, *self.words.to_be_bound}
        names.update(one.function.partition(".")[0] for one in self.loose if one.function)
        for statement in imports:
            if self.searched.intersection(self.names_in_import(statement)):
                names.update(alias.bound_name for alias in statement.aliases)
            elif self.words.in_imports:
                names.update(alias.bound_name for alias in statement.aliases if self.is_module(alias))
        for sighting in self.walk.names:
            if sighting.attributes and any(one.attr in self.searched for one in sighting.attributes):
                names.add(sighting.name)
                names |= self.words.module_roots
        for mention in inner:
            if any(attribute.name in self.searched for attribute in mention.attributes):
                names.add(mention.name)
                names |= self.words.module_roots
        for literal in found:
            if literal.owner is not None and literal.value in self.searched:
                names.add(literal.owner.id)
                names |= self.words.module_roots
            if literal.bound_name and literal.value.rpartition(".")[2] in self.words.relevant:
                names.add(literal.bound_name)
        if self.joins_parts:
            names |= self.names_beside_parts()
        return frozenset(names)

    def names_beside_parts(self) -> set[str]:
        """Constants that a dotted name is put together from."""
        calls = [call for call, _, _ in self.walk.calls if last_name(call.func) in ("format", "join")]
        nodes = (inner for part in (*self.walk.parts, *calls) for inner in ast.walk(part))
        return {node.id for node in nodes if isinstance(node, ast.Name)}

    def is_module(self, alias: Alias) -> bool:
        return alias.name.rpartition(".")[2] in self.words.in_imports

    def holds_word(self, literal: LiteralNode) -> bool:
        if literal.context in ("all", "module", "loaded", "loaded top") or any(
            word in literal.value for word in self.searched
        ):
            return True
        if literal.value in self.words.dotted_modules or literal.value.endswith(".py"):
            return True
        if literal.context == "attribute" and literal.owner is not None:
            return literal.owner.id in self.names
        if literal.context == "head":
            return not self.words.in_imports.isdisjoint(literal.value.split("."))
        if literal.context == "patch":
            parts = literal.value.split(".")
            return parts[-1] == "__dict__" or not self.words.in_imports.isdisjoint(parts)
        is_dotted = literal.context == "plain" and DOTTED.fullmatch(literal.value) is not None
        return is_dotted and (self.joins_parts or self.loads_modules)
