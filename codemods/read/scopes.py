"""Where each name is bound and used, by Python's scope rules, from one walk over a syntax tree.

The parts that are evaluated outside of where they stand (decorators, defaults, a comprehension's first iterable,
a class's bases) are walked in the scope that evaluates them.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from codemods.model.facts import (
    ANNOTATION,
    ARGUMENT,
    ASSIGNED,
    BASE_CLASS,
    CAPTURE,
    DECLARED,
    DECORATES,
    DEFINE,
    DELETE,
    IMPORT,
    IN_ANNOTATION,
    IN_ASYNC_FUNCTION,
    IN_CLASS,
    IN_DECORATOR,
    IN_DEFAULT,
    IN_FUNCTION,
    IN_GENERATOR,
    IN_INNER_COMPREHENSION,
    IN_LAMBDA,
    IN_TRY,
    LOAD,
    OF_PARTIAL,
    ONLY_IN_BLOCK,
    PASSED_ON,
    RUNS_LATER,
    STORE,
    TYPE_CHECKING_ONLY,
    at_place,
    place_of,
)

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


class ScopeWalk:
    """What one walk has seen: scopes, names, imports, strings, formatted strings."""

    def __init__(self, members: frozenset[str] = frozenset()) -> None:
        self.members = members
        """Names of attributes that are recorded wherever they stand."""
        self.attributes: list[AttributeNode] = []
        self.scopes: list[ScopeBuilder] = [ScopeBuilder("module", -1, None)]
        self.names: list[NameNode] = []
        self.imports: list[tuple[ast.Import | ast.ImportFrom, int, Flags]] = []
        self.strings: list[tuple[ast.Constant, int, Flags]] = []
        self.formatted_strings: list[ast.JoinedStr] = []
        self.parts: list[ast.JoinedStr | ast.BinOp] = []
        """What may put a dotted name together."""
        self.calls: list[tuple[ast.Call, int, Flags]] = []
        self.subscripts: list[ast.Subscript] = []
        self.name_assignments: list[tuple[ast.Assign, int, Flags]] = []
        self.export_statements: list[ast.stmt] = []
        self.docstrings: list[ast.Constant] = []
        self.pending: list[PendingNode] = []

    # ---- walking

    def run(self, body: Iterable[ast.stmt]) -> ScopeWalk:
        stack = self.pending
        stack.extend((statement, 0, 0) for statement in body)
        while stack:
            node, scope, flags = stack.pop()
            visit = VISITORS.get(type(node))
            if visit is not None:
                visit(self, node, scope, flags)
            else:
                self.children(node, scope, flags)
        return self

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
        for statement in body:
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

    def formatted_string(self, node: ast.JoinedStr, scope: int, flags: Flags) -> None:
        self.formatted_strings.append(node)
        for value in node.values:
            if not isinstance(value, ast.Constant):
                self.visit_later(value, scope, flags)
            elif type(value.value) is str and value.value.startswith("."):
                self.strings.append((value, scope, flags))
                self.parts.append(node)

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

    # ---- statements that bind

    def import_statement(self, node: ast.Import | ast.ImportFrom, scope: int, flags: Flags) -> None:
        self.imports.append((node, scope, flags))
        for alias in node.names:
            if alias.name != "*":
                self.bind(alias.asname or alias.name.partition(".")[0], IMPORT, scope)

    def declaration(self, node: ast.Global | ast.Nonlocal, scope: int, flags: Flags) -> None:
        kind = "global" if isinstance(node, ast.Global) else "nonlocal"
        for name in node.names:
            self.scopes[scope].declared[name] = kind
            self.names.append(NameNode(name, DECLARED, node, scope, flags))

    def except_handler(self, node: ast.ExceptHandler, scope: int, flags: Flags) -> None:
        if node.name:
            self.add_name(node.name, CAPTURE, node, scope, flags)
        self.visit_types(node.type, scope, flags)
        self.block(node.body, scope, flags)

    def match_name(self, node: Any, scope: int, flags: Flags) -> None:
        if node.name:
            self.add_name(node.name, CAPTURE, node, scope, flags)
        self.visit_later(getattr(node, "pattern", None), scope, flags)

    def match_mapping(self, node: ast.MatchMapping, scope: int, flags: Flags) -> None:
        if node.rest:
            self.add_name(node.rest, CAPTURE, node, scope, flags)
        self.children(node, scope, flags)

    def assignment(self, node: ast.Assign | ast.AugAssign | ast.AnnAssign, scope: int, flags: Flags) -> None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets):
            self.export_statements.append(node)
        if type(node) is ast.Assign and type(node.value) is ast.Name and type(targets[0]) is ast.Name:
            self.name_assignments.append((node, scope, flags))
        for target in targets:
            self.visit_later(target, scope, flags)
        if isinstance(node, ast.AnnAssign) and is_type_alias(node.annotation):
            self.annotation(node.value, scope, flags)
        else:
            self.pass_on(node.value, scope, flags)
        if isinstance(node, ast.AnnAssign):
            self.annotation(node.annotation, scope, flags)

    def annotation(self, node: ast.expr | None, scope: int, flags: Flags) -> None:
        self.visit_later(node, scope, at_place(flags, IN_ANNOTATION) | ANNOTATION)

    # ---- statements with blocks

    def if_statement(self, node: ast.If, scope: int, flags: Flags) -> None:
        self.visit_later(node.test, scope, flags)
        self.block(node.body, scope, flags | (TYPE_CHECKING_ONLY if is_type_checking(node.test) else 0))
        self.block(node.orelse, scope, flags)

    def try_statement(self, node: ast.Try, scope: int, flags: Flags) -> None:
        for block in (node.body, node.orelse, node.finalbody):
            self.block(block, scope, flags | IN_TRY)
        for handler in node.handlers:
            self.visit_later(handler, scope, flags | IN_TRY)

    def with_statement(self, node: ast.With | ast.AsyncWith, scope: int, flags: Flags) -> None:
        for item in node.items:
            note_result_use(item.context_expr, TAKERS[type(node)], node)
        self.statement_with_blocks(node, scope, flags)

    def for_statement(self, node: ast.For | ast.AsyncFor, scope: int, flags: Flags) -> None:
        note_result_use(node.iter, TAKERS[type(node)], node)
        self.statement_with_blocks(node, scope, flags)

    def statement_with_blocks(self, node: Any, scope: int, flags: Flags) -> None:
        """`for`, `while`, `with`, a `case`: blocks that open no scope."""
        for name in node._fields:
            value = getattr(node, name, None)
            if name in ("body", "orelse"):
                self.block(value or [], scope, flags)
            elif isinstance(value, list):
                for item in value:
                    self.visit_later(item, scope, flags)
            elif isinstance(value, ast.AST):
                self.visit_later(value, scope, flags)

    # ---- scopes

    def type_parameters_scope(self, node: Any, scope: int, flags: Flags) -> int:
        """The scope of the type parameters (`[T]`), or the given one."""
        parameters = getattr(node, "type_params", None)
        if not parameters:
            return scope
        inner = self.open_scope("types", scope, node)
        for parameter in parameters:
            self.add_name(parameter.name, ARGUMENT, parameter, inner, flags)
            self.annotation(getattr(parameter, "bound", None), inner, flags)
            self.annotation(getattr(parameter, "default_value", None), inner, flags)
        return inner

    def type_alias(self, node: Any, scope: int, flags: Flags) -> None:
        self.visit_later(node.name, scope, flags)
        inner = self.type_parameters_scope(node, scope, flags)
        self.annotation(node.value, inner, flags | RUNS_LATER)

    def decorators(self, node: Any, scope: int, flags: Flags) -> None:
        flags = at_place(flags, IN_DECORATOR)
        for decorator in node.decorator_list:
            note_result_use(decorator, "decorator", node)
            direct = not isinstance(decorator, ast.Call)
            self.visit_later(decorator, scope, flags | DECORATES if direct else flags)

    def function_definition(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef, scope: int, flags: Flags
    ) -> None:
        self.add_name(node.name, DEFINE, node, scope, flags)
        self.decorators(node, scope, flags)
        outer = self.type_parameters_scope(node, scope, flags)
        inner = self.open_scope("function", outer, node)
        self.arguments(node.args, scope, outer, inner, flags)
        self.annotation(node.returns, outer, flags)
        place = IN_ASYNC_FUNCTION if isinstance(node, ast.AsyncFunctionDef) else IN_FUNCTION
        flags = at_place((flags | RUNS_LATER) & ~(TYPE_CHECKING_ONLY | IN_TRY), place)
        self.block(node.body, inner, flags)

    def lambda_expression(self, node: ast.Lambda, scope: int, flags: Flags) -> None:
        inner = self.open_scope("function", scope, node)
        self.arguments(node.args, scope, scope, inner, flags)
        self.pass_on(node.body, inner, at_place(flags | RUNS_LATER, IN_LAMBDA))

    def arguments(self, node: ast.arguments, scope: int, outer: int, inner: int, flags: Flags) -> None:
        extra = [argument for argument in (node.vararg, node.kwarg) if argument]
        for argument in (*node.posonlyargs, *node.args, *node.kwonlyargs, *extra):
            self.add_name(argument.arg, ARGUMENT, argument, inner, flags)
            self.annotation(argument.annotation, outer, flags)
        for default in (*node.defaults, *node.kw_defaults):
            self.pass_on(default, scope, at_place(flags, IN_DEFAULT))

    def class_definition(self, node: ast.ClassDef, scope: int, flags: Flags) -> None:
        self.add_name(node.name, DEFINE, node, scope, flags)
        self.decorators(node, scope, flags)
        outer = self.type_parameters_scope(node, scope, flags)
        for base in node.bases:
            if isinstance(base, ast.Subscript):
                self.subscripts.append(base)
                self.visit_later(base.value, outer, flags | BASE_CLASS)
                self.visit_types(base.slice, outer, flags)
            else:
                self.visit_later(base, outer, flags | BASE_CLASS)
        for keyword in node.keywords:
            self.visit_later(keyword.value, outer, flags)
        inner = self.open_scope("class", outer, node)
        self.block(node.body, inner, at_place(flags, IN_CLASS))

    def comprehension(self, node: Any, scope: int, flags: Flags) -> None:
        inner = self.open_scope("comprehension", scope, node)
        flags &= ~DIRECT_USES
        inside = flags
        if isinstance(node, ast.GeneratorExp):
            inside = at_place(flags, IN_GENERATOR)
        elif self.scopes[scope].kind == "comprehension" and place_of(flags) == IN_ASYNC_FUNCTION:
            inside = at_place(flags, IN_INNER_COMPREHENSION)
        for number, part in enumerate(node.generators):
            note_result_use(part.iter, "async for" if part.is_async else "for", node)
            self.visit_later(part.iter, inner if number else scope, inside if number else flags)
            self.visit_later(part.target, inner, inside)
            for condition in part.ifs:
                self.visit_later(condition, inner, inside)
        for name in ("elt", "key", "value"):
            self.pass_on(getattr(node, name, None), inner, inside)


def is_type_alias(annotation: ast.expr) -> bool:
    return last_name(annotation) == "TypeAlias"


def is_type_checking(test: ast.expr) -> bool:
    return last_name(test) == "TYPE_CHECKING"


TAKERS: dict[type, str] = {
    ast.Await: "await",
    ast.YieldFrom: "yield from",
    ast.Starred: "star",
    ast.With: "with",
    ast.AsyncWith: "async with",
    ast.For: "for",
    ast.AsyncFor: "async for",
}


def note_result_use(node: ast.AST, by: str, parent: ast.AST) -> None:
    """Notes on a call what takes its result."""
    if type(node) is ast.Call:
        node._taken = (by, parent)  # type: ignore[attr-defined]


def last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


ROLES: dict[type, str] = {ast.Load: LOAD, ast.Store: STORE, ast.Del: DELETE}

Visitor = Callable[[ScopeWalk, Any, int, Flags], None]
VISITORS: dict[type, Visitor] = {
    ast.Name: ScopeWalk.name,
    ast.Attribute: ScopeWalk.attribute,
    ast.Call: ScopeWalk.call,
    ast.Constant: ScopeWalk.constant,
    ast.JoinedStr: ScopeWalk.formatted_string,
    ast.BinOp: ScopeWalk.binary_operation,
    ast.Expr: ScopeWalk.expression_statement,
    ast.Subscript: ScopeWalk.subscript,
    ast.NamedExpr: ScopeWalk.walrus,
    ast.Import: ScopeWalk.import_statement,
    ast.ImportFrom: ScopeWalk.import_statement,
    ast.Global: ScopeWalk.declaration,
    ast.Nonlocal: ScopeWalk.declaration,
    ast.ExceptHandler: ScopeWalk.except_handler,
    ast.MatchAs: ScopeWalk.match_name,
    ast.MatchStar: ScopeWalk.match_name,
    ast.MatchMapping: ScopeWalk.match_mapping,
    ast.Assign: ScopeWalk.assignment,
    ast.AugAssign: ScopeWalk.assignment,
    ast.AnnAssign: ScopeWalk.assignment,
    ast.If: ScopeWalk.if_statement,
    ast.Try: ScopeWalk.try_statement,
    ast.TryStar: ScopeWalk.try_statement,
    ast.For: ScopeWalk.for_statement,
    ast.AsyncFor: ScopeWalk.for_statement,
    ast.While: ScopeWalk.statement_with_blocks,
    ast.With: ScopeWalk.with_statement,
    ast.AsyncWith: ScopeWalk.with_statement,
    ast.Await: ScopeWalk.taken_value,
    ast.YieldFrom: ScopeWalk.taken_value,
    ast.Starred: ScopeWalk.taken_value,
    ast.Return: ScopeWalk.collection,
    ast.Yield: ScopeWalk.collection,
    ast.Dict: ScopeWalk.collection,
    ast.List: ScopeWalk.collection,
    ast.Set: ScopeWalk.collection,
    ast.Tuple: ScopeWalk.collection,
    ast.IfExp: ScopeWalk.collection,
    ast.BoolOp: ScopeWalk.collection,
    ast.match_case: ScopeWalk.statement_with_blocks,
    ast.FunctionDef: ScopeWalk.function_definition,
    ast.AsyncFunctionDef: ScopeWalk.function_definition,
    ast.Lambda: ScopeWalk.lambda_expression,
    ast.ClassDef: ScopeWalk.class_definition,
    ast.ListComp: ScopeWalk.comprehension,
    ast.SetComp: ScopeWalk.comprehension,
    ast.GeneratorExp: ScopeWalk.comprehension,
    ast.DictComp: ScopeWalk.comprehension,
}
"""What opens a scope, binds or is looked at; `newer` adds what the running Python's own tree lacks."""
if sys.version_info >= (3, 12):
    VISITORS[ast.TypeAlias] = ScopeWalk.type_alias
