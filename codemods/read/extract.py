"""From a file's bytes to its facts: what it imports, and where it mentions the words that a run is about.

A pure function of the bytes and the words, so that what it finds can be kept by blob id.
"""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from codemods.model.facts import (
    ANNOTATION,
    IN_COMMENT,
    IN_STRING,
    LOAD,
    Alias,
    AliasAssignment,
    Argument,
    Attribute,
    Call,
    FileFacts,
    Import,
    Mention,
    Scope,
    StringLiteral,
)
from codemods.read.formatted_strings import places_in_formatted
from codemods.read.scopes import NameNode, ScopeBuilder, ScopeWalk
from codemods.read.source import Source, Unreadable, check_python, parse_python, read_source
from codemods.read.strings import LiteralNode, literal_nodes
from codemods.read.top_level import whole_words

TYPE_COMMENT = re.compile(rb"#[ \t]*type:[ \t]*(?!ignore\b)")
PLAIN_CHAIN = re.compile(rb"[\w.\x80-\xff]+")
_GAP = rb"(?:[ \t\f]|\\?\r?\n|\\?\r)*"
OVER_LINES = re.compile(rb"[\w\x80-\xff]+(?:" + _GAP + rb"\." + _GAP + rb"[\w\x80-\xff]+)*")
"""With nothing between the names that would be lost: no comment, no parenthesis."""
IDENTIFIER = re.compile(r"[^\W\d]\w*")


@dataclass(frozen=True)
class Words:
    """What makes a statement worth parsing."""

    everywhere: frozenset[str]
    """Names of symbols, and of modules that move as a whole: wherever they stand."""
    in_imports: frozenset[str] = frozenset()
    """Names of modules: where they are imported."""
    to_be_bound: frozenset[str] = frozenset()
    """Names that will be bound: who has them already must be known."""
    module_roots: frozenset[str] = frozenset()
    """The same, where a module is reached by its name."""

    @cached_property
    def relevant(self) -> frozenset[str]:
        return self.everywhere | self.in_imports

    def cache_key(self, blob: str) -> bytes:
        lists = [
            sorted(self.everywhere),
            sorted(self.in_imports),
            sorted(self.to_be_bound),
            sorted(self.module_roots),
        ]
        text = repr((KEPT, blob, lists))
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


KEPT = "facts"


def extract(data: bytes, words: Words, *, check: bool = True) -> FileFacts:
    """`check`: whether the parts that hold no word have to parse as well."""
    source = read_source(data)
    if isinstance(source, Unreadable):
        return FileFacts(unreadable=source.reason, unreadable_line=source.line)
    trouble = check_python(source.text) if check else None
    facts = trouble or read_parts(source, words)
    if isinstance(facts, Unreadable):
        return FileFacts(unreadable=facts.reason, unreadable_line=facts.line)
    return facts


def read_parts(source: Source, words: Words) -> FileFacts | Unreadable:
    """Only what holds the words is parsed; and once more where those parts turn out to be about further names."""
    names = {*words.everywhere, *words.to_be_bound, "__all__"}
    while True:
        excerpt = source.statements.holding(whole_words(names))
        tree = parse_python(excerpt.text)
        if isinstance(tree, Unreadable):
            break
        extraction = Extraction(source, words)
        facts = extraction.run(tree)
        further = extraction.names - names
        pattern = whole_words(further) if further else None
        if pattern is None or not any(pattern.search(source.text, *span) for span in excerpt.left_out):
            return facts
        names |= further
    whole = parse_python(source.text)
    return whole if isinstance(whole, Unreadable) else facts_of(source, whole, words)


def facts_of(source: Source, tree: ast.Module, words: Words) -> FileFacts:
    return Extraction(source, words).run(tree)


class Extraction:
    """One file being read."""

    def __init__(self, source: Source, words: Words) -> None:
        self.source, self.words, self.searched = source, words, words.everywhere
        self.walk = ScopeWalk()
        self.names: frozenset[str] = frozenset()

    def run(self, tree: ast.Module) -> FileFacts:
        self.walk.run(tree.body)
        imports = tuple(
            sorted((self.import_fact(*literals) for literals in self.walk.imports), key=lambda i: i.start)
        )
        literals = list(literal_nodes(self.walk, self.source))
        quoted_mentions = [
            sighting for literal in literals for sighting in self.mentions_in_annotation(literal)
        ]
        names = self.names = self.names_to_record(imports, quoted_mentions, literals)
        places = places_in_formatted(self.source, self.walk.formatted, names)
        mentions = [
            self.mention_fact(sighting, places) for sighting in self.walk.names if sighting.name in names
        ]
        mentions += [mention for mention in quoted_mentions if mention.name in names]
        mentions += self.mentions_in_type_comments(names)
        exports, complete = exported(self.walk.exports, self.walk.calls)
        return FileFacts(
            imports=tuple(i for i in imports if self.is_relevant(i)),
            mentions=tuple(sorted(mentions, key=lambda mention: mention.start)),
            strings=tuple(self.string_fact(literal) for literal in literals if self.holds_word(literal)),
            alias_assignments=tuple(self.alias_assignments(names)),
            scopes=tuple(self.scope_fact(draft, names) for draft in self.walk.scopes),
            exports=exports,
            exports_complete=complete,
        )

    # ---- what is of interest

    def is_relevant(self, statement: Import) -> bool:
        """Every import of the module's own level stays: others may import through it."""
        if statement.is_star or statement.scope == 0:
            return True
        return bool(
            (self.words.relevant | self.words.to_be_bound).intersection(self.names_in_import(statement))
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
        for statement in imports:
            if self.searched.intersection(self.names_in_import(statement)):
                names.update(alias.bound_name for alias in statement.aliases)
            elif self.words.in_imports:
                names.update(alias.bound_name for alias in statement.aliases if self.is_module(alias))
        for sighting in self.walk.names:
            if any(attribute.attr in self.searched for attribute in sighting.attributes):
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
        return frozenset(names)

    def is_module(self, alias: Alias) -> bool:
        return alias.name.rpartition(".")[2] in self.words.in_imports

    def holds_word(self, literal: LiteralNode) -> bool:
        value = literal.value
        words = self.words.relevant if literal.attributes else self.searched
        return literal.context == "all" or any(word in value for word in words)

    # ---- turning nodes into facts

    def offset(self, line: int, column: int) -> int:
        return self.source.line_starts[line - 1] + column

    def span(self, node: ast.expr | ast.stmt | ast.alias | ast.keyword) -> tuple[int, int]:
        starts = self.source.line_starts
        return (
            starts[node.lineno - 1] + node.col_offset,
            starts[(node.end_lineno or node.lineno) - 1] + (node.end_col_offset or 0),
        )

    def import_fact(self, node: ast.Import | ast.ImportFrom, scope: int, flags: int) -> Import:
        aliases = tuple(Alias(a.name, a.asname, *self.span(a), a.lineno, a.col_offset) for a in node.names)
        level, module = (node.level, node.module or "") if isinstance(node, ast.ImportFrom) else (0, None)
        return Import(node.lineno, node.col_offset, *self.span(node), level, module, aliases, scope, flags)

    def mention_fact(self, name_node: NameNode, places: dict[int, int]) -> Mention:
        node = name_node.node
        line, column = getattr(node, "lineno", 0), getattr(node, "col_offset", 0)
        start = self.offset(line, column)
        moved = places.get(id(node))
        shorthand = False
        if moved is not None:
            start, (line, column) = moved, self.source.position(moved)
        elif not isinstance(node, (ast.Name, ast.arg)):
            start, shorthand = self.position_in_statement(name_node)
            line, column = self.source.position(start)
        end = start + len(name_node.name.encode())
        shorthand = shorthand or self.source.text[start:end] != name_node.name.encode()
        attributes: tuple[Attribute, ...] = ()
        call = None
        if moved is None:
            attributes = tuple(self.attribute_fact(a, start) for a in name_node.attributes)
            call = self.call_fact(name_node.call) if name_node.call else None
        elif name_node.attributes:
            attributes = self.read_chain(end, name_node.attributes)
        return Mention(
            name_node.name,
            name_node.role,
            name_node.scope,
            line,
            column,
            start,
            end,
            attributes,
            call,
            name_node.flags,
            shorthand,
        )

    def attribute_fact(self, node: ast.Attribute, root: int) -> Attribute:
        start, end = self.span(node)
        text = self.source.text
        plain = PLAIN_CHAIN.fullmatch(text, root, end) or OVER_LINES.fullmatch(text, root, end)
        return Attribute(node.attr, start, end, plain is not None)

    def read_chain(self, at: int, attributes: Iterable[ast.Attribute]) -> tuple[Attribute, ...]:
        """Attributes behind a name in a formatted string, whose places the tree does not hold."""
        found = []
        for attribute in attributes:
            match = re.compile(rb"\s*\.\s*" + attribute.attr.encode()).match(self.source.text, at)
            if match is None:
                break
            at = match.end()
            found.append(Attribute(attribute.attr, match.start(), at))
        return tuple(found)

    def position_in_statement(self, name_node: NameNode) -> tuple[int, bool]:
        """The place of a name that a statement binds, as in `def Old` or `except E as Old`."""
        start, end = self.span(name_node.node)  # type: ignore[arg-type]
        word = re.compile(rb"(?<![\w.])" + re.escape(name_node.name.encode()) + rb"(?!\w)")
        match = word.search(self.source.text, start, end)
        return (match.start(), True) if match else (start, True)

    def call_fact(self, node: ast.Call) -> Call:
        arguments = [self.positional_argument(argument) for argument in node.args]
        arguments += [self.keyword_argument(keyword) for keyword in node.keywords]
        return Call(self.span(node)[1], tuple(sorted(arguments, key=lambda argument: argument.start)))

    def positional_argument(self, node: ast.expr) -> Argument:
        start, end = self.span(node)
        return Argument(None, isinstance(node, ast.Starred), start, end, start)

    def keyword_argument(self, node: ast.keyword) -> Argument:
        start, end = self.span(node)
        return Argument(node.arg, node.arg is None, start, end, start + len((node.arg or "").encode()))

    def string_fact(self, literal: LiteralNode) -> StringLiteral:
        node = literal.node
        start, end = self.span(node)
        attributes = tuple(Attribute(a.attr, *self.span(a)) for a in literal.attributes)
        of = self.offset(literal.owner.lineno, literal.owner.col_offset) if literal.owner else -1
        return StringLiteral(
            node.lineno,
            node.col_offset,
            start,
            end,
            literal.value,
            literal.context,
            of,
            literal.scope,
            literal.content_start,
            attributes,
            literal.flags,
        )

    def alias_assignments(self, names: frozenset[str]) -> Iterator[AliasAssignment]:
        for node, scope, flags in self.walk.renamings:
            target, value = node.targets[0], node.value
            if len(node.targets) > 1 or not isinstance(target, ast.Name) or not isinstance(value, ast.Name):
                continue
            if target.id in names and value.id in names:
                yield AliasAssignment(target.id, value.id, scope, node.lineno, *self.span(node), flags)

    def scope_fact(self, builder: ScopeBuilder, names: frozenset[str]) -> Scope:
        start, end = builder.start, builder.end
        is_module = builder.parent < 0
        return Scope(
            builder.kind,
            builder.parent,
            0 if is_module else self.offset(*start),
            len(self.source.text) if is_module else self.offset(*end),
            {name: frozenset(roles) for name, roles in builder.bound.items() if is_module or name in names},
            {name: kind for name, kind in builder.outer.items() if name in names},
        )

    # ---- names inside strings and comments

    def mentions_in_annotation(self, literal: LiteralNode) -> Iterator[Mention]:
        """The names in a string annotation, at their places in the file."""
        if literal.context != "annotation" or literal.content_start < 0:
            return
        value = literal.value
        if not any(word in value for word in self.searched):
            return
        tree = parse_python(b"(" + value.encode() + b"\n)")
        if isinstance(tree, Unreadable) or len(tree.body) != 1:
            return
        part = Source(b"(" + value.encode() + b"\n)")
        inner = Extraction(part, self.words)
        walk = ScopeWalk().run(tree.body)
        for sighting in walk.names:
            mention = inner.mention_fact(sighting, {})
            yield self.shifted(mention, literal.content_start - 1, literal)

    def shifted(self, mention: Mention, by: int, literal: LiteralNode) -> Mention:
        start = mention.start + by
        line, column = self.source.position(start)
        attributes = tuple(a._replace(start=a.start + by, end=a.end + by) for a in mention.attributes)
        return mention._replace(
            scope=literal.scope,
            line=line,
            column=column,
            start=start,
            end=mention.end + by,
            attributes=attributes,
            call=None,
            flags=literal.flags | ANNOTATION | IN_STRING,
        )

    def mentions_in_type_comments(self, names: frozenset[str]) -> Iterator[Mention]:
        """`# type: (Old) -> None`, but not `# type: ignore`."""
        if not any(name in names for name in self.words_in_type_comments()):
            return
        for start, comment in comments(self.source):
            match = re.match(r"#\s*type:\s*(?!ignore\b)", comment)
            if not match:
                continue
            for word in IDENTIFIER.finditer(comment, match.end()):
                if word.group() in names and comment[word.start() - 1] != ".":
                    yield self.mention_in_comment(start + len(comment[: word.start()].encode()), word.group())

    def words_in_type_comments(self) -> Iterator[str]:
        """What could be one; to be sure, the whole text has to be cut into tokens."""
        for match in TYPE_COMMENT.finditer(self.source.text):
            end = self.source.text.find(b"\n", match.end())
            line = self.source.text[match.end() : end if end >= 0 else None]
            yield from IDENTIFIER.findall(line.decode())

    def mention_in_comment(self, start: int, name: str) -> Mention:
        line, column = self.source.position(start)
        end = start + len(name.encode())
        attributes: list[Attribute] = []
        pattern = re.compile(rb"\.(\w+)")
        while match := pattern.match(self.source.text, attributes[-1].end if attributes else end):
            attributes.append(Attribute(match.group(1).decode(), start, match.end()))
        flags = ANNOTATION | IN_COMMENT
        scope = self.scope_at(start)
        return Mention(name, LOAD, scope, line, column, start, end, tuple(attributes), None, flags)

    def scope_at(self, offset: int) -> int:
        """The innermost scope around an offset; a signature's comment is read in the scope of its function."""
        best = 0
        for number, draft in enumerate(self.walk.scopes):
            if draft.parent >= 0 and self.offset(*draft.start) <= offset < self.offset(*draft.end):
                best = number
        return best


def comments(source: Source) -> Iterator[tuple[int, str]]:
    """Every comment with its offset."""
    import io
    import tokenize

    reader = io.StringIO(source.text.decode(), newline="").readline
    try:
        for token in tokenize.generate_tokens(reader):
            if token.type == tokenize.COMMENT:
                line, column = token.start
                start = source.line_starts[line - 1]
                yield start + len(token.line[:column].encode()), token.string
    except (tokenize.TokenError, IndentationError, IndexError):
        return


def exported(
    statements: Iterable[ast.stmt], calls: Iterable[tuple[ast.Call, int, int]]
) -> tuple[tuple[str, ...] | None, bool]:
    """What `__all__` lists, and whether all of it could be read."""
    names: list[str] = []
    complete = True
    any_found = False
    for value in export_values(statements, calls):
        any_found = True
        if isinstance(value, (ast.List, ast.Tuple)):
            for element in value.elts:
                if isinstance(element, ast.Constant) and isinstance(element.value, str):
                    names.append(element.value)
                else:
                    complete = False
        else:
            complete = False
    return (tuple(names) if any_found else None), complete


def export_values(
    statements: Iterable[ast.stmt], calls: Iterable[tuple[ast.Call, int, int]]
) -> Iterator[ast.expr | None]:
    for statement in statements:
        value = getattr(statement, "value", None)
        while isinstance(value, ast.BinOp):
            yield value.right
            value = value.left
        yield value
    for call, _, _ in calls:
        name = all_method(call)
        if name == "extend" and call.args:
            yield call.args[0]
        elif name == "append" and call.args:
            yield ast.List([call.args[0]], ast.Load())


def all_method(call: ast.Call) -> str | None:
    """`extend` for `__all__.extend(…)`."""
    function = call.func
    if (
        isinstance(function, ast.Attribute)
        and isinstance(function.value, ast.Name)
        and function.value.id == "__all__"
    ):
        return function.attr
    return None
