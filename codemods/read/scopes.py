"""Where each name is bound and used, by Python's scope rules, from one walk over a syntax tree.

The parts that are evaluated outside of where they stand (decorators, defaults, a comprehension's first iterable,
a class's bases) are walked in the scope that evaluates them.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterable
from typing import Any

from codemods.model.facts import (
    ANNOTATION,
    ARGUMENT,
    ASSIGNED,
    CAPTURE,
    DECLARED,
    DEFINE,
    DELETE,
    IMPORT,
    IN_TRY,
    LOAD,
    ONLY_IN_BLOCK,
    RUNS_LATER,
    STORE,
    TYPE_CHECKING_ONLY,
)

Flags = int
PendingNode = tuple[ast.AST, int, Flags]


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


class ScopeWalk:
    """What one walk has seen: scopes, names, imports, strings, formatted strings."""

    def __init__(self) -> None:
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
        if type(at) is ast.Name:
            if attributes and type(node.ctx) is not ast.Load:  # type: ignore[attr-defined]
                flags |= ASSIGNED
            sighting = self.add_name(at.id, ROLES[type(at.ctx)], at, scope, flags)
            sighting.attributes = tuple(reversed(attributes))
            sighting.call = call
        else:
            if type(at) is ast.Call or type(at) is ast.Subscript:
                at._tail = tuple(reversed(attributes))  # type: ignore[union-attr]
            self.visit_later(at, scope, flags)

    def call(self, node: ast.Call, scope: int, flags: Flags) -> None:
        self.calls.append((node, scope, flags))
        self.chain(node.func, node, scope, flags)
        for argument in node.args:
            self.visit_later(argument, scope, flags)
        for keyword in node.keywords:
            self.visit_later(keyword.value, scope, flags)

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
        self.children(node, scope, flags)

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
        self.visit_later(node.type, scope, flags)
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
        is_type = isinstance(node, ast.AnnAssign) and is_type_alias(node.annotation)
        self.visit_later(node.value, scope, flags | ANNOTATION if is_type else flags)
        if isinstance(node, ast.AnnAssign):
            self.visit_later(node.annotation, scope, flags | ANNOTATION)

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
            self.visit_later(getattr(parameter, "bound", None), inner, flags | ANNOTATION)
            self.visit_later(getattr(parameter, "default_value", None), inner, flags | ANNOTATION)
        return inner

    def type_alias(self, node: Any, scope: int, flags: Flags) -> None:
        self.visit_later(node.name, scope, flags)
        inner = self.type_parameters_scope(node, scope, flags)
        self.visit_later(node.value, inner, flags | ANNOTATION | RUNS_LATER)

    def function_definition(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef, scope: int, flags: Flags
    ) -> None:
        self.add_name(node.name, DEFINE, node, scope, flags)
        for decorator in node.decorator_list:
            self.visit_later(decorator, scope, flags)
        outer = self.type_parameters_scope(node, scope, flags)
        inner = self.open_scope("function", outer, node)
        self.arguments(node.args, scope, outer, inner, flags)
        self.visit_later(node.returns, outer, flags | ANNOTATION)
        self.block(node.body, inner, (flags | RUNS_LATER) & ~(TYPE_CHECKING_ONLY | IN_TRY))

    def lambda_expression(self, node: ast.Lambda, scope: int, flags: Flags) -> None:
        inner = self.open_scope("function", scope, node)
        self.arguments(node.args, scope, scope, inner, flags)
        self.visit_later(node.body, inner, flags | RUNS_LATER)

    def arguments(self, node: ast.arguments, scope: int, outer: int, inner: int, flags: Flags) -> None:
        extra = [argument for argument in (node.vararg, node.kwarg) if argument]
        for argument in (*node.posonlyargs, *node.args, *node.kwonlyargs, *extra):
            self.add_name(argument.arg, ARGUMENT, argument, inner, flags)
            self.visit_later(argument.annotation, outer, flags | ANNOTATION)
        for default in (*node.defaults, *node.kw_defaults):
            self.visit_later(default, scope, flags)

    def class_definition(self, node: ast.ClassDef, scope: int, flags: Flags) -> None:
        self.add_name(node.name, DEFINE, node, scope, flags)
        for decorator in node.decorator_list:
            self.visit_later(decorator, scope, flags)
        outer = self.type_parameters_scope(node, scope, flags)
        for base in node.bases:
            self.visit_later(base, outer, flags)
        for keyword in node.keywords:
            self.visit_later(keyword.value, outer, flags)
        inner = self.open_scope("class", outer, node)
        self.block(node.body, inner, flags)

    def comprehension(self, node: Any, scope: int, flags: Flags) -> None:
        inner = self.open_scope("comprehension", scope, node)
        for number, part in enumerate(node.generators):
            self.visit_later(part.iter, inner if number else scope, flags)
            self.visit_later(part.target, inner, flags)
            for condition in part.ifs:
                self.visit_later(condition, inner, flags)
        for name in ("elt", "key", "value"):
            self.visit_later(getattr(node, name, None), inner, flags)


def is_type_alias(annotation: ast.expr) -> bool:
    name = annotation.attr if isinstance(annotation, ast.Attribute) else getattr(annotation, "id", "")
    return name == "TypeAlias"


def is_type_checking(test: ast.expr) -> bool:
    name = test.attr if isinstance(test, ast.Attribute) else getattr(test, "id", "")
    return name == "TYPE_CHECKING"


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
    ast.For: ScopeWalk.statement_with_blocks,
    ast.AsyncFor: ScopeWalk.statement_with_blocks,
    ast.While: ScopeWalk.statement_with_blocks,
    ast.With: ScopeWalk.statement_with_blocks,
    ast.AsyncWith: ScopeWalk.statement_with_blocks,
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
