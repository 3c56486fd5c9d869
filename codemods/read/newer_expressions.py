"""Expressions that LibCST has read, as the nodes that the walk over scopes expects."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider

LOAD, STORE, DELETE = ast.Load(), ast.Store(), ast.Del()


class OtherExpression(ast.expr):
    _fields = ("kind", "parts")

    def __init__(self, kind: str = "", parts: Sequence[Any] | None = ()) -> None:
        """Without parts while a pickle is read, from Python 3.13 on: they are set later."""
        super().__init__()
        self.kind, self.parts = kind, list(parts or ())


def holds_template(node: cst.BaseExpression) -> bool:
    """LibCST can't evaluate a string that a template string is a part of."""
    if isinstance(node, cst.ConcatenatedString):
        return holds_template(node.left) or holds_template(node.right)
    return isinstance(node, cst.TemplatedString)


class ExpressionConverter:
    """LibCST's expressions as nodes of `ast`."""

    def __init__(self, wrapper: MetadataWrapper, text: str) -> None:
        self.module_node = wrapper.module
        self.positions = wrapper.resolve(PositionProvider)
        self.lines = text.splitlines() if "\f" not in text else text.replace("\f", " ").splitlines()

    def at_position(self, made: Any, node: cst.CSTNode) -> Any:
        """The same position, with columns counted in UTF-8 bytes."""
        place = self.positions[node]
        made.lineno, made.end_lineno = place.start.line, place.end.line
        made.col_offset = self.column(place.start.line, place.start.column)
        made.end_col_offset = self.column(place.end.line, place.end.column)
        return made

    def column(self, line: int, column: int) -> int:
        return len(self.lines[line - 1][:column].encode("utf-8", "surrogatepass")) if column else 0

    def parameters(self, node: cst.Parameters) -> ast.arguments:
        plain = [*node.posonly_params, *node.params]
        star = node.star_arg if isinstance(node.star_arg, cst.Param) else None
        return ast.arguments(
            [],
            [self.parameter(one) for one in plain],
            self.parameter(star) if star else None,
            [self.parameter(one) for one in node.kwonly_params],
            [self.expression(one.default) if one.default else None for one in node.kwonly_params],
            self.parameter(node.star_kwarg) if node.star_kwarg else None,
            [self.expression(one.default) for one in plain if one.default],
        )

    def parameter(self, node: cst.Param) -> ast.arg:
        annotation = self.expression(node.annotation.annotation) if node.annotation else None
        made: ast.arg = self.at_position(ast.arg(node.name.value, annotation), node.name)
        return made

    def expression(self, node: cst.CSTNode) -> Any:
        make = EXPRESSIONS.get(type(node))
        made = make(self, node) if make else OtherExpression(type(node).__name__, self.parts(node))
        return self.at_position(made, node)

    def parts(self, node: cst.CSTNode) -> list[Any]:
        """Whatever is meaningful below, in order."""
        found: list[Any] = []
        for child in node.children:
            if isinstance(child, (cst.BaseExpression, *EXPRESSIONS)):
                found.append(self.expression(child))
            else:
                found += self.parts(child)
        return found

    def target(self, node: cst.CSTNode, context: ast.expr_context = STORE) -> Any:
        if isinstance(node, cst.Name):
            return self.at_position(ast.Name(node.value, context), node)
        if isinstance(node, cst.Attribute):
            return self.at_position(
                ast.Attribute(self.expression(node.value), node.attr.value, context), node
            )
        if isinstance(node, (cst.Tuple, cst.List)):
            return self.at_position(
                OtherExpression("Tuple", [self.target(item.value, context) for item in node.elements]), node
            )
        return self.expression(node)

    def name(self, node: cst.Name) -> ast.expr:
        return ast.Name(node.value, LOAD)

    def attribute(self, node: cst.Attribute) -> ast.expr:
        return ast.Attribute(self.expression(node.value), node.attr.value, LOAD)

    def call(self, node: cst.Call) -> ast.expr:
        plain = [self.argument(one) for one in node.args if one.keyword is None and one.star != "**"]
        named = [self.keyword(one) for one in node.args if one.keyword is not None or one.star == "**"]
        return ast.Call(self.expression(node.func), plain, named)

    def argument(self, node: cst.Arg) -> Any:
        value = self.expression(node.value)
        return self.at_position(ast.Starred(value, LOAD), node) if node.star else value

    def keyword(self, node: cst.Arg) -> ast.keyword:
        made: ast.keyword = self.at_position(
            ast.keyword(node.keyword.value if node.keyword else None, self.expression(node.value)), node
        )
        return made

    def simple_string(self, node: cst.SimpleString) -> ast.expr:
        return ast.Constant(node.evaluated_value)

    def concatenated_string(self, node: cst.ConcatenatedString) -> ast.expr:
        value = None if holds_template(node) else node.evaluated_value
        if value is not None:
            return ast.Constant(value)
        return self.with_formatted_parts([self.expression(node.left), self.expression(node.right)])

    def formatted_string(self, node: Any) -> ast.expr:
        return self.with_formatted_parts([self.expression(part) for part in node.parts])

    def formatted_field(self, node: Any) -> ast.expr:
        spec = [self.expression(part) for part in node.format_spec or ()]
        return OtherExpression("Field", [self.expression(node.expression), *spec])

    def with_formatted_parts(self, values: Sequence[ast.expr]) -> ast.expr:
        return OtherExpression(
            "JoinedStr", [value for value in values if not isinstance(value, ast.Constant)]
        )

    def without_parts(self, node: cst.CSTNode) -> ast.expr:
        return OtherExpression(type(node).__name__, [])

    def subscript(self, node: cst.Subscript) -> ast.expr:
        parts: list[Any] = []
        for element in node.slice:
            index = element.slice
            parts += [self.expression(index.value)] if isinstance(index, cst.Index) else self.parts(index)
        inner: Any = parts[0] if len(parts) == 1 else self.at_position(ast.Tuple(parts, LOAD), node)
        return ast.Subscript(self.expression(node.value), inner, LOAD)

    def collection(self, node: Any) -> ast.expr:
        kinds: dict[type, Any] = {cst.List: ast.List, cst.Tuple: ast.Tuple}
        return kinds[type(node)]([self.expression(item.value) for item in node.elements], LOAD)  # type: ignore[no-any-return]

    def walrus(self, node: cst.NamedExpr) -> ast.expr:
        return ast.NamedExpr(self.target(node.target), self.expression(node.value))

    def binary_operation(self, node: cst.BinaryOperation) -> ast.expr:
        return ast.BinOp(self.expression(node.left), ast.Add(), self.expression(node.right))

    def lambda_expression(self, node: cst.Lambda) -> ast.expr:
        return ast.Lambda(self.parameters(node.params), self.expression(node.body))

    def comprehension(self, node: Any) -> ast.expr:
        kind = ast.GeneratorExp if isinstance(node, cst.GeneratorExp) else ast.ListComp
        return kind(self.expression(node.elt), self.generators(node.for_in))

    def await_expression(self, node: cst.Await) -> ast.expr:
        return ast.Await(self.expression(node.expression))

    def dictionary(self, node: cst.DictComp) -> ast.expr:
        return ast.DictComp(
            self.expression(node.key), self.expression(node.value), self.generators(node.for_in)
        )

    def generators(self, node: cst.CompFor | None) -> list[ast.comprehension]:
        found = []
        while node is not None:
            conditions = [self.expression(condition.test) for condition in node.ifs]
            found.append(
                ast.comprehension(
                    self.target(node.target),
                    self.expression(node.iter),
                    conditions,
                    int(node.asynchronous is not None),
                )
            )
            node = node.inner_for_in
        return found

    def match_as(self, node: cst.MatchAs) -> Any:
        pattern = self.expression(node.pattern) if node.pattern else None
        return ast.MatchAs(pattern, node.name.value if node.name else None)

    def match_star(self, node: cst.MatchStar) -> Any:
        return ast.MatchStar(node.name.value if node.name else None)

    def match_mapping(self, node: cst.MatchMapping) -> Any:
        keys = [self.expression(item.key) for item in node.elements]
        patterns = [self.expression(item.pattern) for item in node.elements]
        return ast.MatchMapping(keys, patterns, node.rest.value if node.rest else None)

    def match_class(self, node: cst.MatchClass) -> Any:
        keywords = [self.expression(item.pattern) for item in node.kwds]
        patterns = [self.expression(item.value) for item in node.patterns]
        return OtherExpression("MatchClass", [self.expression(node.cls), *patterns, *keywords])


def dotted_name(node: cst.CSTNode) -> str:
    if isinstance(node, cst.Attribute):
        return f"{dotted_name(node.value)}.{node.attr.value}"
    return node.value if isinstance(node, cst.Name) else ""


EXPRESSIONS: dict[type, Callable[[ExpressionConverter, Any], Any]] = {
    cst.Name: ExpressionConverter.name,
    cst.Attribute: ExpressionConverter.attribute,
    cst.Call: ExpressionConverter.call,
    cst.SimpleString: ExpressionConverter.simple_string,
    cst.ConcatenatedString: ExpressionConverter.concatenated_string,
    cst.FormattedString: ExpressionConverter.formatted_string,
    cst.TemplatedString: ExpressionConverter.formatted_string,
    cst.FormattedStringExpression: ExpressionConverter.formatted_field,
    cst.TemplatedStringExpression: ExpressionConverter.formatted_field,
    cst.FormattedStringText: ExpressionConverter.without_parts,
    cst.TemplatedStringText: ExpressionConverter.without_parts,
    cst.Subscript: ExpressionConverter.subscript,
    cst.List: ExpressionConverter.collection,
    cst.Tuple: ExpressionConverter.collection,
    cst.Await: ExpressionConverter.await_expression,
    cst.NamedExpr: ExpressionConverter.walrus,
    cst.BinaryOperation: ExpressionConverter.binary_operation,
    cst.Lambda: ExpressionConverter.lambda_expression,
    cst.ListComp: ExpressionConverter.comprehension,
    cst.SetComp: ExpressionConverter.comprehension,
    cst.GeneratorExp: ExpressionConverter.comprehension,
    cst.DictComp: ExpressionConverter.dictionary,
    cst.MatchAs: ExpressionConverter.match_as,
    cst.MatchStar: ExpressionConverter.match_star,
    cst.MatchMapping: ExpressionConverter.match_mapping,
    cst.MatchClass: ExpressionConverter.match_class,
}
