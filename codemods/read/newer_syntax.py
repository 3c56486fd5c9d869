"""Files whose syntax is newer than the running Python: read by LibCST, given as the tree that the walk expects.

Only what binds, names or holds a string has a node of its own; everything else is an `Other…` with its parts.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import libcst as cst
from libcst.metadata import MetadataWrapper

from codemods.read.newer_expressions import DELETE, ExpressionConverter, dotted_name
from codemods.read.scopes import VISITORS, ScopeWalk


class OtherStatement(ast.stmt):
    _fields = ("kind", "parts")

    def __init__(self, kind: str = "", parts: Sequence[Any] = ()) -> None:
        super().__init__()
        self.kind, self.parts = kind, list(parts)


class TypeAlias(ast.stmt):
    _fields = ("name", "type_params", "value")

    def __init__(self, name: Any = None, type_params: Sequence[Any] = (), value: Any = None) -> None:
        super().__init__()
        self.name, self.type_params, self.value = name, list(type_params), value


class TypeParameter(ast.AST):
    _fields = ("name", "bound", "default_value")

    def __init__(self, name: str = "", bound: Any = None, default_value: Any = None) -> None:
        super().__init__()
        self.name, self.bound, self.default_value = name, bound, default_value


def read_newer(text: str) -> ast.Module | None:
    """None if LibCST can't read it either, or fails over it, as it does over `t"a" t"b"`."""
    try:
        wrapper = MetadataWrapper(cst.parse_module(text), unsafe_skip_copy=True)
    except (cst.ParserSyntaxError, cst.CSTLogicError, RecursionError):
        return None
    return StatementConverter(wrapper, text).module()


class StatementConverter(ExpressionConverter):
    """LibCST's statements as nodes of `ast`."""

    def module(self) -> ast.Module:
        return ast.Module(self.statements(self.module_node.body), [])

    def statements(self, body: Iterable[cst.CSTNode]) -> list[ast.stmt]:
        found: list[ast.stmt] = []
        for node in body:
            if isinstance(node, cst.SimpleStatementLine):
                found += [self.statement(small) for small in node.body]
            else:
                found.append(self.statement(node))
        return found

    def block(self, node: Any) -> list[ast.stmt]:
        """The body of a suite, an `else`, or nothing."""
        if node is None:
            return []
        if isinstance(node, (cst.Else, cst.Finally)):
            return self.block(node.body)
        if isinstance(node, cst.If):
            return [self.statement(node)]
        if isinstance(node, cst.SimpleStatementSuite):
            return [self.statement(small) for small in node.body]
        return self.statements(node.body)

    def statement(self, node: cst.CSTNode) -> ast.stmt:
        make = STATEMENTS.get(type(node))
        made = make(self, node) if make else OtherStatement(type(node).__name__, self.parts(node))
        statement: ast.stmt = self.at_position(made, node)
        return statement

    def imports(self, node: cst.Import) -> ast.stmt:
        return ast.Import([self.alias(alias) for alias in node.names])

    def from_imports(self, node: cst.ImportFrom) -> ast.stmt:
        if isinstance(node.names, cst.ImportStar):
            names = [self.at_position(ast.alias("*"), node.names)]
        else:
            names = [self.alias(alias) for alias in node.names]
        return ast.ImportFrom(dotted_name(node.module) if node.module else None, names, len(node.relative))

    def alias(self, node: cst.ImportAlias) -> ast.alias:
        asname = node.asname.name.value if node.asname and isinstance(node.asname.name, cst.Name) else None
        made: ast.alias = self.at_position(ast.alias(dotted_name(node.name), asname), node)
        return made

    def assign(self, node: cst.Assign) -> ast.stmt:
        return ast.Assign([self.target(one.target) for one in node.targets], self.expression(node.value))

    def annotated_assignment(self, node: cst.AnnAssign) -> ast.stmt:
        value = self.expression(node.value) if node.value else None
        return ast.AnnAssign(self.target(node.target), self.expression(node.annotation.annotation), value, 1)

    def augmented_assignment(self, node: cst.AugAssign) -> ast.stmt:
        return ast.AugAssign(self.target(node.target), ast.Add(), self.expression(node.value))

    def delete(self, node: cst.Del) -> ast.stmt:
        return ast.Delete([self.target(node.target, DELETE)])

    def declaration(self, node: cst.Global | cst.Nonlocal) -> ast.stmt:
        names = [item.name.value for item in node.names]
        return ast.Global(names) if isinstance(node, cst.Global) else ast.Nonlocal(names)

    def expression_statement(self, node: cst.Expr) -> ast.stmt:
        return ast.Expr(self.expression(node.value))

    def if_statement(self, node: cst.If) -> ast.stmt:
        return ast.If(self.expression(node.test), self.block(node.body), self.block(node.orelse))

    def try_statement(self, node: cst.Try | cst.TryStar) -> ast.stmt:
        handlers = [self.except_handler(handler) for handler in node.handlers]
        return ast.Try(self.block(node.body), handlers, self.block(node.orelse), self.block(node.finalbody))

    def except_handler(self, node: Any) -> ast.ExceptHandler:
        name = node.name.name.value if node.name else None
        kind = self.expression(node.type) if node.type else None
        made: ast.ExceptHandler = self.at_position(ast.ExceptHandler(kind, name, self.block(node.body)), node)
        return made

    def for_loop(self, node: cst.For) -> ast.stmt:
        kind = ast.AsyncFor if node.asynchronous else ast.For
        return kind(
            self.target(node.target),
            self.expression(node.iter),
            self.block(node.body),
            self.block(node.orelse),
        )

    def while_loop(self, node: cst.While) -> ast.stmt:
        return ast.While(self.expression(node.test), self.block(node.body), self.block(node.orelse))

    def with_statement(self, node: cst.With) -> ast.stmt:
        items = [
            ast.withitem(self.expression(item.item), self.target(item.asname.name) if item.asname else None)
            for item in node.items
        ]
        kind = ast.AsyncWith if node.asynchronous else ast.With
        return kind(items, self.block(node.body))

    def match_statement(self, node: cst.Match) -> ast.stmt:
        cases = [
            ast.match_case(
                self.expression(case.pattern),
                self.expression(case.guard) if case.guard else None,
                self.block(case.body),
            )
            for case in node.cases
        ]
        return ast.Match(self.expression(node.subject), cases)

    def function(self, node: cst.FunctionDef) -> ast.stmt:
        returns = self.expression(node.returns.annotation) if node.returns else None
        kind = ast.AsyncFunctionDef if node.asynchronous else ast.FunctionDef
        made: Any = kind(
            node.name.value,
            self.parameters(node.params),
            self.block(node.body),
            self.decorators(node),
            returns,
        )
        made.type_params = self.type_parameters(node)
        return made  # type: ignore[no-any-return]

    def class_definition(self, node: cst.ClassDef) -> ast.stmt:
        bases = [self.expression(base.value) for base in node.bases]
        keywords = [self.keyword(keyword) for keyword in node.keywords]
        made = ast.ClassDef(node.name.value, bases, keywords, self.block(node.body), self.decorators(node))
        made.type_params = self.type_parameters(node)  # type: ignore[attr-defined,unused-ignore]
        return made

    def decorators(self, node: Any) -> list[ast.expr]:
        return [self.expression(decorator.decorator) for decorator in node.decorators]

    def type_parameters(self, node: Any) -> list[Any]:
        found = []
        for item in node.type_parameters.params if node.type_parameters else ():
            parameter = item.param
            bound = getattr(parameter, "bound", None)
            default = item.default
            made = TypeParameter(
                parameter.name.value,
                self.expression(bound) if bound else None,
                self.expression(default) if default else None,
            )
            found.append(self.at_position(made, item))
        return found

    def type_alias(self, node: cst.TypeAlias) -> ast.stmt:
        return TypeAlias(self.target(node.name), self.type_parameters(node), self.expression(node.value))


STATEMENTS: dict[type, Callable[[StatementConverter, Any], Any]] = {
    cst.Import: StatementConverter.imports,
    cst.ImportFrom: StatementConverter.from_imports,
    cst.Assign: StatementConverter.assign,
    cst.AnnAssign: StatementConverter.annotated_assignment,
    cst.AugAssign: StatementConverter.augmented_assignment,
    cst.Del: StatementConverter.delete,
    cst.Global: StatementConverter.declaration,
    cst.Nonlocal: StatementConverter.declaration,
    cst.Expr: StatementConverter.expression_statement,
    cst.If: StatementConverter.if_statement,
    cst.Try: StatementConverter.try_statement,
    cst.TryStar: StatementConverter.try_statement,
    cst.For: StatementConverter.for_loop,
    cst.While: StatementConverter.while_loop,
    cst.With: StatementConverter.with_statement,
    cst.Match: StatementConverter.match_statement,
    cst.FunctionDef: StatementConverter.function,
    cst.ClassDef: StatementConverter.class_definition,
    cst.TypeAlias: StatementConverter.type_alias,
}
VISITORS[TypeAlias] = ScopeWalk.type_alias
VISITORS[OtherStatement] = ScopeWalk.children
