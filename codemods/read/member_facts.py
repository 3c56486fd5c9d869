"""Where a file mentions members of classes by name: attributes, definitions, keywords, strings. What owns each is not
known here, only the part of the text whose type says it."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator
from functools import cached_property
from typing import NamedTuple

from codemods.model.facts import ASSIGNED, Call
from codemods.read.formatted_strings import EXACT, Span, spans_in_formatted
from codemods.read.members.argument_names import copied, made_into_dictionary, named_arguments
from codemods.read.members.class_regions import (
    ClassRegions,
    bound_names,
    class_regions,
    class_with_methods,
    made_value,
    makes_constructor,
    slot_values,
    statements_in,
    string_constants,
)
from codemods.read.members.dotted_members import dotted_members
from codemods.read.members.names_as_data import DataReading
from codemods.read.name_walk import AttributeNode, last_name
from codemods.read.node_facts import call_fact
from codemods.read.scopes import ScopeWalk
from codemods.read.source import Source, Unreadable, parse_python, read_source
from codemods.read.strings import content_start_of

ATTRIBUTE, DEFINITION, CLASS_NAME, KEYWORD, STRING, SLOT, ITEM, PATTERN, GETTER = (
    *("attribute", "definition", "class name", "keyword", "string", "slot", "item", "pattern", "getter"),
)
MOCK_KEYWORD = "mock keyword"
"""`Mock(spec=C, member=…)` and `patch.multiple(C, member=…)`."""
NAMED_BY_STRING = frozenset({"getattr", "hasattr", "setattr", "delattr", "spy", "object"})
NAMED_BY_METHOD = frozenset({"__getattribute__", "__setattr__", "__delattr__"})
"""`object.__setattr__(order, "total", 1)`."""
GETTERS = frozenset({"attrgetter", "methodcaller", "itemgetter"})
MOCKS = frozenset({"Mock", "MagicMock", "AsyncMock", "NonCallableMock", "create_autospec"})
LINE_END = re.compile(rb"\r\n|\r|\n")


class Range(NamedTuple):
    """A part of a text, counted from 0 and in UTF-16 units, as type servers do."""

    line: int
    column: int
    end_line: int
    end_column: int


class MemberMention(NamedTuple):
    kind: str
    name: str
    start: int
    """Where the name stands; -1 where it can't be rewritten in place."""
    end: int
    line: int
    column: int
    owner: Range | None
    """The expression whose type says whose member it is; for a definition, the call that makes its value."""
    class_number: int
    """The class whose body it stands in, for definitions; the innermost class around it for others; -1 for none."""
    call: Call | None = None
    flags: int = 0
    is_assigned: bool = False
    spec: Range | None = None
    """What the owner is made to look like, where it is a mock."""
    within: str = ""
    """The method that it stands in, of that class."""
    prefix: str = ""
    """In text, what stands before the name and should be the class; of a name that is data, the function that takes it."""


class ClassFact(NamedTuple):
    name: str
    line: int
    """Of the name, from 1."""
    bases: tuple[Range, ...]
    base_texts: tuple[str, ...]
    is_protocol: bool
    is_dataclass: bool
    """Its constructor is generated, and takes its fields by their names."""
    names: frozenset[str]
    """What its body binds, its slots, and what its methods assign to `self`."""
    methods: frozenset[str] = frozenset()
    """Those of them that are called: functions that are no properties."""


class MemberFacts(NamedTuple):
    mentions: tuple[MemberMention, ...] = ()
    classes: tuple[ClassFact, ...] = ()
    unreadable: str = ""


def read_members(data: bytes, members: frozenset[str]) -> MemberFacts:
    source = read_source(data)
    tree = source if isinstance(source, Unreadable) else parse_python(source.text)
    if isinstance(source, Unreadable) or isinstance(tree, Unreadable):
        return MemberFacts(unreadable=str(source if isinstance(source, Unreadable) else tree))
    return MemberReading(source, tree, members).facts()


class MemberReading:
    """One file being read."""

    def __init__(self, source: Source, tree: ast.Module, members: frozenset[str]) -> None:
        self.source, self.tree, self.members = source, tree, members
        self.formatted: dict[int, Span] = {}
        self.is_ascii = source.text.isascii()
        self.classes = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
        self.walk = ScopeWalk(members).run(tree.body)
        if not EXACT:
            nodes = [node for node in self.walk.formatted_strings if self.holds_member(node)]
            self.formatted = spans_in_formatted(source, nodes)
        self.inside_formatted = {
            id(inner) for node in self.walk.formatted_strings if not EXACT for inner in ast.walk(node)
        }

    def holds_member(self, node: ast.AST) -> bool:
        return any(isinstance(one, ast.Attribute) and one.attr in self.members for one in ast.walk(node))

    def facts(self) -> MemberFacts:
        mentions = [
            *(self.attribute(one) for one in self.walk.attributes),
            *(mention for number in range(len(self.classes)) for mention in self.in_class(number)),
            *(mention for call, _, flags in self.walk.calls for mention in self.in_call(call, flags)),
            *(mention for node in self.walk.subscripts for mention in self.item(node)),
            *self.patterns(),
            *self.in_text(),
        ]
        mentions += self.by_data({one.start for one in mentions})
        mentions.sort(key=lambda mention: (mention.line, mention.column))
        return MemberFacts(tuple(mentions), tuple(self.class_fact(node) for node in self.classes))

    # ---- where things stand

    def span(self, node: ast.AST) -> Span:
        if id(node) in self.formatted:
            return self.formatted[id(node)]
        starts = self.source.line_starts
        return (
            starts[node.lineno - 1] + node.col_offset,  # type: ignore[attr-defined]
            starts[node.end_lineno - 1] + node.end_col_offset,  # type: ignore[attr-defined]
        )

    def range_of(self, node: ast.AST) -> Range:
        start, end = self.span(node)
        return Range(*self.place(start), *self.place(end))

    def place(self, offset: int) -> tuple[int, int]:
        line, column = self.source.position(offset)
        if self.is_ascii:
            return line - 1, column
        before = self.source.text[offset - column : offset].decode("utf-8", "replace")
        return line - 1, len(before.encode("utf-16-le")) // 2

    def mention(self, kind: str, name: str, start: int, node: ast.AST, **more: object) -> MemberMention:
        line, column = self.source.position(start) if start >= 0 else (node.lineno, node.col_offset)  # type: ignore[attr-defined]
        number, within = self.surroundings(self.span(node)[0])
        known = {"owner": None, "class_number": number, "within": within, **more}
        end = start + len(name.encode()) if start >= 0 else -1
        return MemberMention(kind, name, start, end, line, column, **known)  # type: ignore[arg-type]

    def surroundings(self, at: int) -> tuple[int, str]:
        """The innermost class around, and its method."""
        return self.regions.around(at)

    @cached_property
    def regions(self) -> ClassRegions:
        return class_regions(
            [
                (*self.span(node), (number, "" if node is self.classes[number] else node.name))
                for number, inner in enumerate(map(class_with_methods, self.classes))
                for node in inner
            ]
        )

    # ---- attributes

    def attribute(self, found: AttributeNode) -> MemberMention:
        node = found.node
        in_formatted = id(node) in self.inside_formatted
        known = not in_formatted or (id(node) in self.formatted and id(node.value) in self.formatted)
        end = self.span(node)[1]
        start = end - len(node.attr.encode())
        exact = known and self.source.text[start:end] == node.attr.encode()
        call = call_fact(self.source, found.call, found.flags, in_formatted) if found.call else None
        return self.mention(
            ATTRIBUTE,
            node.attr,
            start if exact else -1,
            node,
            owner=self.range_of(node.value) if known else None,
            call=call,
            flags=found.flags,
            is_assigned=not isinstance(node.ctx, ast.Load) or bool(found.flags & ASSIGNED and not found.call),
            spec=self.mock_spec(node.value),
        )

    def mock_spec(self, node: ast.expr) -> Range | None:
        """`C`, where the name was made by `Mock(spec=C)` in this file, and by nothing else."""
        name = last_name(node) if isinstance(node, (ast.Name, ast.Attribute)) else ""
        specs = self.mock_specs.get(name, [])
        return specs[0] if len(specs) == 1 else None

    @cached_property
    def mock_specs(self) -> dict[str, list[Range | None]]:
        """By a name: what each of its assignments makes it look like."""
        specs: dict[str, list[Range | None]] = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Assign):
                spec = self.spec_of(node.value)
                for target in node.targets:
                    if isinstance(target, (ast.Name, ast.Attribute)):
                        specs.setdefault(last_name(target), []).append(spec)
        return specs

    def spec_of(self, node: ast.expr) -> Range | None:
        if not isinstance(node, ast.Call) or last_name(node.func) not in MOCKS:
            return None
        specs = [*node.args[:1], *(one.value for one in node.keywords if one.arg in ("spec", "spec_set"))]
        return self.range_of(specs[0]) if specs else None

    # ---- classes

    def class_fact(self, node: ast.ClassDef) -> ClassFact:
        bases = [base.value if isinstance(base, ast.Subscript) else base for base in node.bases]
        names = {name for one in statements_in(node.body) for name, _ in bound_names(one)}
        names |= {str(one.value) for value in slot_values(node) for one in string_constants(value)}
        names |= {
            inner.attr
            for one in statements_in(node.body)
            if isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef))
            for inner in ast.walk(one)
            if isinstance(inner, ast.Attribute) and isinstance(inner.ctx, ast.Store) and is_self(inner.value)
        }
        start = self.source.text.index(node.name.encode(), self.after_keyword(node))
        return ClassFact(
            node.name,
            self.source.position(start)[0],
            tuple(self.range_of(base) for base in bases),
            tuple(ast.unparse(base) for base in bases),
            any(last_name(base) == "Protocol" for base in bases),
            (any(map(makes_constructor, node.decorator_list)) and "__init__" not in names)
            or any(last_name(base) == "NamedTuple" for base in bases),
            frozenset(names),
            frozenset(
                one.name
                for one in statements_in(node.body)
                if isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef)) and not is_property(one)
            ),
        )

    def after_keyword(self, node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> int:
        word = b"class" if isinstance(node, ast.ClassDef) else b"def"
        return self.source.text.index(word, self.span(node)[0]) + len(word)

    def in_class(self, number: int) -> Iterator[MemberMention]:
        """Definitions in the body of a class, names of members that the body reads, and its `__slots__`."""
        node = self.classes[number]
        for statement in statements_in(node.body):
            for name, at in bound_names(statement):
                if name in self.members:
                    yield self.definition(name, at, number, made_value(statement))
        for value in slot_values(node):
            yield from self.slots(value, number)
        if any(name in self.members for one in statements_in(node.body) for name, _ in bound_names(one)):
            yield from self.names_read_in_class(node, number)

    def definition(self, name: str, at: ast.AST, number: int, value: ast.Call | None) -> MemberMention:
        if isinstance(at, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            start = self.source.text.index(name.encode(), self.after_keyword(at))
        else:
            start = self.span(at)[0]
            start = start if self.source.text.startswith(name.encode(), start) else -1
        owner = self.range_of(value) if value is not None else None
        return self.mention(DEFINITION, name, start, at, class_number=number, owner=owner)

    def slots(self, value: ast.expr, number: int) -> Iterator[MemberMention]:
        for one in string_constants(value):
            if one.value in self.members:
                yield self.mention(
                    SLOT, str(one.value), content_start_of(self.source, one), one, class_number=number
                )

    def names_read_in_class(self, node: ast.ClassDef, number: int) -> Iterator[MemberMention]:
        start, end = self.span(node)
        for name, read in self.names_in_classes.get(start, ()):
            at = self.span(read)[0]
            if start <= at < end and not isinstance(read.ctx, ast.Store):
                yield self.mention(CLASS_NAME, name, at, read, class_number=number)

    @cached_property
    def names_in_classes(self) -> dict[int, list[tuple[str, ast.Name]]]:
        """Names of members that a class's own body has, by where the class starts."""
        found: dict[int, list[tuple[str, ast.Name]]] = {}
        for one in self.walk.names:
            scope = self.walk.scopes[one.scope]
            if one.name in self.members and isinstance(one.node, ast.Name) and scope.kind == "class":
                found.setdefault(self.source.offset(*scope.start), []).append((one.name, one.node))
        return found

    # ---- calls, items, patterns

    def in_call(self, call: ast.Call, flags: int) -> Iterator[MemberMention]:
        function = last_name(call.func)
        for argument in named_arguments(self.source, call, self.members):
            spec = self.spec_of(call)
            kind = MOCK_KEYWORD if spec or function == "multiple" else KEYWORD
            at = spec or self.range_of(copied(call))
            yield self.mention(kind, argument.name, argument.start, argument.node, owner=at, flags=flags)
        if function in NAMED_BY_METHOD and isinstance(call.func, ast.Attribute) and call.args:
            of_instance = len(call.args) > 1 and not isinstance(call.args[0], ast.Constant)
            owner = call.args[0] if of_instance else call.func.value
            yield from self.named_by_string(owner, call.args[int(of_instance)])
        elif function in NAMED_BY_STRING:
            named = {one.arg: one.value for one in call.keywords}
            owner_and_name = [
                *call.args[:2],
                *(named[one] for one in ("target", "attribute", "name") if one in named),
            ]
            if len(owner_and_name) > 1:
                yield from self.named_by_string(owner_and_name[0], owner_and_name[1])
        elif function in GETTERS:
            for one in call.args:
                if isinstance(one, ast.Constant) and isinstance(one.value, str):
                    for name in self.members.intersection(one.value.split(".")):
                        yield self.mention(GETTER, name, -1, one)

    def named_by_string(self, owner: ast.expr, name: ast.expr) -> Iterator[MemberMention]:
        if isinstance(name, ast.Constant) and name.value in self.members:
            start = content_start_of(self.source, name)
            yield self.mention(
                STRING, str(name.value), start, name, owner=self.range_of(owner), spec=self.mock_spec(owner)
            )

    def item(self, node: ast.Subscript) -> Iterator[MemberMention]:
        """`Color["RED"]`, and `asdict(order)["size"]`."""
        if isinstance(node.slice, ast.Constant) and node.slice.value in self.members:
            start = content_start_of(self.source, node.slice)
            made_of = made_into_dictionary(node.value)
            owner = self.range_of(node.value if made_of is None else made_of)
            kind = ITEM if made_of is None else STRING
            yield self.mention(kind, str(node.slice.value), start, node.slice, owner=owner)

    def patterns(self) -> Iterator[MemberMention]:
        """`case C(member=…)`."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.MatchClass):
                for name, pattern in zip(node.kwd_attrs, node.kwd_patterns, strict=True):
                    if name in self.members:
                        at = self.keyword_start(name, self.span(pattern)[0])
                        yield self.mention(PATTERN, name, at, node, owner=self.range_of(node.cls))

    def in_text(self) -> Iterator[MemberMention]:
        for one in dotted_members(self.source, self.tree, self.members):
            line, column = self.source.position(one.start) if one.start >= 0 else (one.node_line, 0)
            end = one.start + len(one.name.encode()) if one.start >= 0 else -1
            yield MemberMention(
                one.where, one.name, one.start, end, line, column, None, -1, prefix=one.prefix
            )

    def by_data(self, explained: Collection[int]) -> Iterator[MemberMention]:
        """`explained`: where other mentions start."""
        for one in DataReading(self.source, self.tree, self.members, explained).mentions():
            known = one.owner is not None and id(one.owner) not in self.inside_formatted
            owner = self.range_of(one.owner) if known and one.owner is not None else None
            mention = self.mention(one.kind, one.name, -1, one.node, owner=owner, prefix=one.function)
            yield mention._replace(line=mention.line + one.lines_below)

    def keyword_start(self, name: str, value_start: int) -> int:
        """Where the name stands before a value; -1 where a comment or more lies between."""
        before = re.compile(rb"(?<!\w)" + re.escape(name.encode()) + rb"\s*=[\s(]*\Z")
        first = max(0, value_start - len(name.encode()) - 200)
        found = before.search(self.source.text[first:value_start])
        return first + found.start() if found else -1


def is_property(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    names = {last_name(one.func if isinstance(one, ast.Call) else one) for one in node.decorator_list}
    return bool(names & {"property", "cached_property", "setter", "getter", "deleter", "abstractproperty"})


def is_self(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id in ("self", "cls")
