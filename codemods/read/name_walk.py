"""Names, dotted names and expressions of a syntax tree, each with the scope that it stands in."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any, NamedTuple

from codemods.model.facts import (
    ASSIGNED,
    BASE_CLASS,
    DECORATES,
    DELETE,
    LOAD,
    OF_PARTIAL,
    ONLY_IN_BLOCK,
    PASSED_ON,
    STORE,
)
from codemods.model.patterns import lazy_pattern

Flags = int
PendingNode = tuple[ast.AST, int, Flags]


DIRECT_USES = PASSED_ON | DECORATES | BASE_CLASS | OF_PARTIAL
"""Flags of a name or a dotted name itself, not of what is below it."""
TAKES_TYPES = frozenset(
    {
        *("isinstance", "issubclass", "cast", "TypeVar", "NewType", "super", "get_type_hints", "register"),
        *("Mock", "MagicMock", "AsyncMock", "NonCallableMock", "create_autospec", "object", "spy", "raises"),
        *("warns", "getattr", "hasattr", "setattr", "delattr", "print", "repr", "str", "id", "assertIs"),
        *("assertIsInstance", "assertNotIsInstance", "assertRaises", "assertIsNot", "assertWarns"),
    }
)
"""Functions that look at a class or a function that they are given, and don't call it."""
ITERATE = frozenset(
    {"all", "any", "dict", "enumerate", "frozenset", "iter", "list", "set", "sorted", "sum", "tuple"}
)
"""Functions of Python itself that take what a loop takes."""


class ScopeBuilder:
    """A scope while it is being filled."""

    __slots__ = ("bindings", "declared", "end", "kind", "parent", "start")

    def __init__(self, kind: str, parent: int, node: ast.AST | None) -> None:
        self.kind, self.parent = kind, parent
        self.bindings: dict[str, set[str]] = {}
        self.declared: dict[str, str] = {}
        self.start: tuple[int, int] = (getattr(node, "lineno", 0), getattr(node, "col_offset", 0))
        self.end: tuple[int, int] = (
            getattr(node, "end_lineno", 1 << 60) or 0,
            getattr(node, "end_col_offset", 0) or 0,
        )


class NameNode:
    """A name in the tree: a `Name`, or a name that a statement binds."""

    __slots__ = ("attributes", "call", "flags", "name", "node", "role", "scope")

    def __init__(self, name: str, role: str, node: ast.AST, scope: int, flags: Flags) -> None:
        self.name, self.role, self.node, self.scope, self.flags = name, role, node, scope, flags
        self.attributes: tuple[ast.Attribute, ...] = ()
        self.call: ast.Call | None = None


class AttributeNode(NamedTuple):
    """An attribute of anything, and the call of it."""

    node: ast.Attribute
    call: ast.Call | None
    scope: int
    flags: Flags


class NameWalk:
    """What one walk has seen: scopes, names, imports, strings, formatted strings; and how names and expressions are
    read."""

    def __init__(
        self, members: frozenset[str] = frozenset(), skip: Callable[[ast.stmt], bool] | None = None
    ) -> None:
        self.members = members
        """Names of attributes that are recorded wherever they stand."""
        self.skip = skip
        """Which statements in functions and classes are passed over."""
        self.attributes: list[AttributeNode] = []
        self.loose_attributes: list[ast.Attribute] = []
        """Those of anything but a name."""
        self.scopes: list[ScopeBuilder] = [ScopeBuilder("module", -1, None)]
        self.names: list[NameNode] = []
        self.imports: list[tuple[ast.Import | ast.ImportFrom, int, Flags]] = []
        self.strings: list[tuple[ast.Constant, int, Flags]] = []
        self.bytes: list[ast.Constant] = []
        self.formatted_strings: list[ast.JoinedStr] = []
        self.code_parts: list[ast.Constant] = []
        """The text of formatted strings, which may be code."""
        self.parts: list[ast.JoinedStr | ast.BinOp] = []
        """What may put a dotted name together."""
        self.calls: list[tuple[ast.Call, int, Flags]] = []
        self.subscripts: list[ast.Subscript] = []
        self.dicts: list[ast.Dict] = []
        self.name_assignments: list[tuple[ast.Assign, int, Flags]] = []
        self.export_statements: list[ast.stmt] = []
        self.docstrings: list[ast.Constant] = []
        self.pending: list[PendingNode] = []

    # ---- walking

    def children(self, node: ast.AST, scope: int, flags: Flags) -> None:
        push = self.pending.append
        for name in node._fields:
            value = getattr(node, name, None)
            if isinstance(value, list):
                for item in value:
                    if isinstance(item, ast.AST):
                        push((item, scope, flags))
            elif isinstance(value, ast.AST):
                push((value, scope, flags))

    def visit_later(self, node: ast.AST | None, scope: int, flags: Flags) -> None:
        if node is not None:
            self.pending.append((node, scope, flags))

    def block(self, body: list[ast.stmt], scope: int, flags: Flags) -> None:
        flags &= ~ONLY_IN_BLOCK
        if len(body) == 1:
            flags |= ONLY_IN_BLOCK
        skip = self.skip if scope else None
        for statement in body:
            if skip is None or not skip(statement):
                self.pending.append((statement, scope, flags))

    def open_scope(self, kind: str, parent: int, node: ast.AST) -> int:
        self.scopes.append(ScopeBuilder(kind, parent, node))
        return len(self.scopes) - 1

    def bind(self, name: str, role: str, scope: int) -> None:
        self.scopes[scope].bindings.setdefault(name, set()).add(role)

    def add_name(self, name: str, role: str, node: ast.AST, scope: int, flags: Flags) -> NameNode:
        if role != LOAD:
            self.bind(name, role, scope)
        sighting = NameNode(name, role, node, scope, flags)
        self.names.append(sighting)
        return sighting

    # ---- names and chains

    def name(self, node: ast.Name, scope: int, flags: Flags) -> None:
        role = ROLES[type(node.ctx)]
        self.add_name(node.id, role, node, scope, flags)

    def attribute(self, node: ast.Attribute, scope: int, flags: Flags) -> None:
        self.chain(node, None, scope, flags)

    def chain(self, node: ast.expr, call: ast.Call | None, scope: int, flags: Flags) -> None:
        """`a.b.c` as one sighting of `a` with its attributes; anything else below is walked as it is."""
        attributes: list[ast.Attribute] = []
        at = node
        while type(at) is ast.Attribute:
            attributes.append(at)
            at = at.value
        for number, one in enumerate(attributes) if self.members else ():
            if one.attr in self.members:
                last = number == 0
                own_flags = flags if last else flags & ~DIRECT_USES
                self.attributes.append(AttributeNode(one, call if last else None, scope, own_flags))
        if type(at) is ast.Name:
            if attributes and type(node.ctx) is not ast.Load:  # type: ignore[attr-defined]
                flags |= ASSIGNED
            sighting = self.add_name(at.id, ROLES[type(at.ctx)], at, scope, flags)
            sighting.attributes = tuple(reversed(attributes))
            sighting.call = call
        else:
            self.loose_attributes += attributes
            if attributes and type(at) is ast.Call:
                attributes[-1]._function = at.func  # type: ignore[attr-defined]
            if type(at) is ast.Call or type(at) is ast.Subscript:
                at._tail = tuple(reversed(attributes))  # type: ignore[union-attr]
                note_result_use(at, "attribute" if attributes else "call", node)
            self.visit_later(at, scope, flags & ~DIRECT_USES)

    def call(self, node: ast.Call, scope: int, flags: Flags) -> None:
        self.calls.append((node, scope, flags))
        self.chain(node.func, node, scope, flags & ~DIRECT_USES)
        name = last_name(node.func)
        takes_types = name in TAKES_TYPES
        for value in (*node.args, *(keyword.value for keyword in node.keywords)):
            if type(value) is ast.Call:
                value._argument_of = name  # type: ignore[attr-defined]
                if name in ITERATE and type(node.func) is ast.Name and value in node.args[:1]:
                    note_result_use(value, "for", node)
            if takes_types:
                self.visit_types(value, scope, flags)
            elif name == "partial" and node.args and value is node.args[0]:
                self.pass_on(value, scope, flags | OF_PARTIAL)
            else:
                self.pass_on(value, scope, flags)

    def pass_on(self, node: ast.expr | None, scope: int, flags: Flags) -> None:
        """A value that something else gets."""
        direct = type(node) is ast.Name or type(node) is ast.Attribute
        self.visit_later(node, scope, flags | PASSED_ON if direct else flags & ~DIRECT_USES)

    def visit_types(self, node: ast.expr | None, scope: int, flags: Flags) -> None:
        """A type, or a tuple of them, where nothing calls it."""
        for element in node.elts if isinstance(node, ast.Tuple) else (node,):
            self.visit_later(element, scope, flags)

    def collection(self, node: Any, scope: int, flags: Flags) -> None:
        if type(node) is ast.Dict:
            self.dicts.append(node)
        for name in node._fields:
            value = getattr(node, name, None)
            for item in value if isinstance(value, list) else (value,):
                if isinstance(item, ast.expr):
                    self.pass_on(item, scope, flags)

    def taken_value(self, node: Any, scope: int, flags: Flags) -> None:
        note_result_use(node.value, TAKERS[type(node)], node)
        self.visit_later(node.value, scope, flags)

    def walrus(self, node: ast.NamedExpr, scope: int, flags: Flags) -> None:
        target = scope
        while self.scopes[target].kind == "comprehension":
            target = self.scopes[target].parent
        self.bind(node.target.id, STORE, target)
        self.names.append(NameNode(node.target.id, STORE, node.target, target, flags))
        self.visit_later(node.value, scope, flags)

    def constant(self, node: ast.Constant, scope: int, flags: Flags) -> None:
        if type(node.value) is str:
            self.strings.append((node, scope, flags))
        elif type(node.value) is bytes:
            self.bytes.append(node)

    def formatted_string(self, node: ast.JoinedStr, scope: int, flags: Flags) -> None:
        self.formatted_strings.append(node)
        for value in node.values:
            if not isinstance(value, ast.Constant):
                self.visit_later(value, scope, flags)
            elif type(value.value) is str and PART_OF_NAME.fullmatch(value.value):
                self.strings.append((value, scope, flags))
                self.parts.append(node)
            elif type(value.value) is str:
                self.code_parts.append(value)

    def binary_operation(self, node: ast.BinOp, scope: int, flags: Flags) -> None:
        if isinstance(node.op, (ast.Add, ast.Mod)):
            self.parts.append(node)
        self.children(node, scope, flags)

    def subscript(self, node: ast.Subscript, scope: int, flags: Flags) -> None:
        self.subscripts.append(node)
        note_result_use(node.value, "subscript", node)
        self.visit_later(node.value, scope, flags)
        self.visit_types(node.slice, scope, flags)

    def expression_statement(self, node: ast.Expr, scope: int, flags: Flags) -> None:
        if type(node.value) is ast.Constant:
            self.docstrings.append(node.value)
        self.visit_later(node.value, scope, flags)


TAKERS: dict[type, str] = {
    ast.Await: "await",
    ast.YieldFrom: "yield from",
    ast.Starred: "star",
    ast.With: "with",
    ast.AsyncWith: "async with",
    ast.For: "for",
    ast.AsyncFor: "async for",
}


PART_OF_NAME = lazy_pattern(r"\.[\w.]+|\w+(?:\.\w+)*\.?")
"""What a formatted string may put a dotted name together from."""


def note_result_use(node: ast.AST, by: str, parent: ast.AST) -> None:
    """Notes on a call what takes its result."""
    if type(node) is ast.Call:
        node._taken = (by, parent)  # type: ignore[attr-defined]


def last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


ROLES: dict[type, str] = {ast.Load: LOAD, ast.Store: STORE, ast.Del: DELETE}
