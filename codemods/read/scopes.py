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
    BASE_CLASS,
    CAPTURE,
    DECLARED,
    DECORATES,
    DEFINE,
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
    ONLY_AS_SCRIPT,
    RUNS_LATER,
    TYPE_CHECKING_ONLY,
    at_place,
    place_of,
)
from codemods.read.name_walk import DIRECT_USES, TAKERS, Flags, NameNode, NameWalk, last_name, note_result_use

DOTTED = (ast.Name, ast.Attribute)


class ScopeWalk(NameWalk):
    """A walk over the statements of a file."""

    def run(self, body: Iterable[ast.stmt], flags: Flags = 0) -> ScopeWalk:
        stack = self.pending
        stack.extend((statement, 0, flags) for statement in body)
        while stack:
            node, scope, flags = stack.pop()
            visit = VISITORS.get(type(node))
            if visit is not None:
                visit(self, node, scope, flags)
            else:
                self.children(node, scope, flags)
        return self

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
        if type(node) is ast.Assign and type(targets[0]) is ast.Name:
            if isinstance(node.value, DOTTED):
                self.name_assignments.append((node, scope, flags))
            elif len(targets) == 1 and isinstance(node.value, (ast.Call, ast.Subscript)):
                node.value._bound_name = targets[0].id  # type: ignore[union-attr]
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
        only = TYPE_CHECKING_ONLY if is_type_checking(node.test) else 0
        only |= ONLY_AS_SCRIPT if is_main(node.test) else 0
        self.block(node.body, scope, flags | only)
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
    if isinstance(annotation, ast.Constant):
        return str(annotation.value).rpartition(".")[2] == "TypeAlias"
    return last_name(annotation) == "TypeAlias"


def is_type_checking(test: ast.expr) -> bool:
    return last_name(test) == "TYPE_CHECKING"


def is_main(test: ast.expr) -> bool:
    """`__name__ == "__main__"`: not so where the file is imported."""
    if not isinstance(test, ast.Compare) or len(test.ops) != 1 or not isinstance(test.ops[0], ast.Eq):
        return False
    sides = {ast.dump(test.left), ast.dump(test.comparators[0])}
    return sides == {ast.dump(ast.Name("__name__", ast.Load())), ast.dump(ast.Constant("__main__"))}


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
