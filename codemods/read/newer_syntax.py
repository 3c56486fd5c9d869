"""Files whose syntax is newer than the running Python: read by LibCST, handed on as the tree that the walk expects.

Only what binds, names or says something is told apart; everything else is an `Other` with its parts.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider

from codemods.read.scopes import VISITORS, ScopeWalk

LOAD, STORE, DELETE = ast.Load(), ast.Store(), ast.Del()


class OtherExpression(ast.expr):
    _fields = ("kind", "parts")

    def __init__(self, kind: str = "", parts: Sequence[Any] = ()) -> None:
        super().__init__()
        self.kind, self.parts = kind, list(parts)


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
    """None where LibCST can't read it either."""
    try:
        wrapper = MetadataWrapper(cst.parse_module(text), unsafe_skip_copy=True)
    except (cst.ParserSyntaxError, RecursionError):
        return None
    return Reader(wrapper, text).module()


class Reader:
    def __init__(self, wrapper: MetadataWrapper, text: str) -> None:
        self.tree = wrapper.module
        self.positions = wrapper.resolve(PositionProvider)
        self.lines = text.splitlines() if "\f" not in text else text.replace("\f", " ").splitlines()

    def module(self) -> ast.Module:
        return ast.Module(self.statements(self.tree.body), [])

    def at(self, made: Any, node: cst.CSTNode) -> Any:
        """The same place, with columns counted in UTF-8 bytes."""
        place = self.positions[node]
        made.lineno, made.end_lineno = place.start.line, place.end.line
        made.col_offset = self.column(place.start.line, place.start.column)
        made.end_col_offset = self.column(place.end.line, place.end.column)
        return made

    def column(self, line: int, column: int) -> int:
        return len(self.lines[line - 1][:column].encode("utf-8", "surrogatepass")) if column else 0

    # ---- statements

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
        statement: ast.stmt = self.at(made, node)
        return statement

    def imports(self, node: cst.Import) -> ast.stmt:
        return ast.Import([self.alias(alias) for alias in node.names])

    def from_imports(self, node: cst.ImportFrom) -> ast.stmt:
        if isinstance(node.names, cst.ImportStar):
            names = [self.at(ast.alias("*"), node.names)]
        else:
            names = [self.alias(alias) for alias in node.names]
        return ast.ImportFrom(dotted(node.module) if node.module else None, names, len(node.relative))

    def alias(self, node: cst.ImportAlias) -> ast.alias:
        asname = node.asname.name.value if node.asname and isinstance(node.asname.name, cst.Name) else None
        made: ast.alias = self.at(ast.alias(dotted(node.name), asname), node)
        return made

    def assign(self, node: cst.Assign) -> ast.stmt:
        return ast.Assign([self.target(one.target) for one in node.targets], self.expression(node.value))

    def typed(self, node: cst.AnnAssign) -> ast.stmt:
        value = self.expression(node.value) if node.value else None
        return ast.AnnAssign(self.target(node.target), self.expression(node.annotation.annotation), value, 1)

    def added(self, node: cst.AugAssign) -> ast.stmt:
        return ast.AugAssign(self.target(node.target), ast.Add(), self.expression(node.value))

    def deleted(self, node: cst.Del) -> ast.stmt:
        return ast.Delete([self.target(node.target, DELETE)])

    def declared(self, node: cst.Global | cst.Nonlocal) -> ast.stmt:
        names = [item.name.value for item in node.names]
        return ast.Global(names) if isinstance(node, cst.Global) else ast.Nonlocal(names)

    def bare(self, node: cst.Expr) -> ast.stmt:
        return ast.Expr(self.expression(node.value))

    def conditional(self, node: cst.If) -> ast.stmt:
        return ast.If(self.expression(node.test), self.block(node.body), self.block(node.orelse))

    def attempt(self, node: cst.Try | cst.TryStar) -> ast.stmt:
        handlers = [self.handler(handler) for handler in node.handlers]
        return ast.Try(self.block(node.body), handlers, self.block(node.orelse), self.block(node.finalbody))

    def handler(self, node: Any) -> ast.ExceptHandler:
        name = node.name.name.value if node.name else None
        kind = self.expression(node.type) if node.type else None
        made: ast.ExceptHandler = self.at(ast.ExceptHandler(kind, name, self.block(node.body)), node)
        return made

    def loop(self, node: cst.For) -> ast.stmt:
        return ast.For(
            self.target(node.target),
            self.expression(node.iter),
            self.block(node.body),
            self.block(node.orelse),
        )

    def repeat(self, node: cst.While) -> ast.stmt:
        return ast.While(self.expression(node.test), self.block(node.body), self.block(node.orelse))

    def opened(self, node: cst.With) -> ast.stmt:
        items = [
            ast.withitem(self.expression(item.item), self.target(item.asname.name) if item.asname else None)
            for item in node.items
        ]
        return ast.With(items, self.block(node.body))

    def chosen(self, node: cst.Match) -> ast.stmt:
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
        made = ast.FunctionDef(
            node.name.value,
            self.parameters(node.params),
            self.block(node.body),
            self.decorators(node),
            returns,
        )
        made.type_params = self.types(node)  # type: ignore[attr-defined,unused-ignore]
        return made

    def klass(self, node: cst.ClassDef) -> ast.stmt:
        bases = [self.expression(base.value) for base in node.bases]
        keywords = [self.keyword(keyword) for keyword in node.keywords]
        made = ast.ClassDef(node.name.value, bases, keywords, self.block(node.body), self.decorators(node))
        made.type_params = self.types(node)  # type: ignore[attr-defined,unused-ignore]
        return made

    def decorators(self, node: Any) -> list[ast.expr]:
        return [self.expression(decorator.decorator) for decorator in node.decorators]

    def types(self, node: Any) -> list[Any]:
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
            found.append(self.at(made, item))
        return found

    def type_alias(self, node: cst.TypeAlias) -> ast.stmt:
        return TypeAlias(self.target(node.name), self.types(node), self.expression(node.value))

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
        made: ast.arg = self.at(ast.arg(node.name.value, annotation), node.name)
        return made

    # ---- expressions

    def expression(self, node: cst.CSTNode) -> Any:
        make = EXPRESSIONS.get(type(node))
        made = make(self, node) if make else OtherExpression(type(node).__name__, self.parts(node))
        return self.at(made, node)

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
            return self.at(ast.Name(node.value, context), node)
        if isinstance(node, cst.Attribute):
            return self.at(ast.Attribute(self.expression(node.value), node.attr.value, context), node)
        if isinstance(node, (cst.Tuple, cst.List)):
            return self.at(
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
        return self.at(ast.Starred(value, LOAD), node) if node.star else value

    def keyword(self, node: cst.Arg) -> ast.keyword:
        made: ast.keyword = self.at(
            ast.keyword(node.keyword.value if node.keyword else None, self.expression(node.value)), node
        )
        return made

    def string(self, node: cst.SimpleString) -> ast.expr:
        return ast.Constant(node.evaluated_value)

    def strings(self, node: cst.ConcatenatedString) -> ast.expr:
        value = node.evaluated_value
        if value is not None:
            return ast.Constant(value)
        return self.exact([self.expression(node.left), self.expression(node.right)])

    def formatted(self, node: Any) -> ast.expr:
        return self.exact([self.expression(part) for part in node.parts])

    def field(self, node: Any) -> ast.expr:
        spec = [self.expression(part) for part in node.format_spec or ()]
        return OtherExpression("Field", [self.expression(node.expression), *spec])

    def exact(self, values: Sequence[ast.expr]) -> ast.expr:
        return OtherExpression(
            "JoinedStr", [value for value in values if not isinstance(value, ast.Constant)]
        )

    def nothing(self, node: cst.CSTNode) -> ast.expr:
        return OtherExpression(type(node).__name__, [])

    def subscript(self, node: cst.Subscript) -> ast.expr:
        parts: list[Any] = []
        for element in node.slice:
            index = element.slice
            parts += [self.expression(index.value)] if isinstance(index, cst.Index) else self.parts(index)
        inner: Any = parts[0] if len(parts) == 1 else self.at(ast.Tuple(parts, LOAD), node)
        return ast.Subscript(self.expression(node.value), inner, LOAD)

    def collection(self, node: Any) -> ast.expr:
        kinds: dict[type, Any] = {cst.List: ast.List, cst.Tuple: ast.Tuple}
        return kinds[type(node)]([self.expression(item.value) for item in node.elements], LOAD)  # type: ignore[no-any-return]

    def walrus(self, node: cst.NamedExpr) -> ast.expr:
        return ast.NamedExpr(self.target(node.target), self.expression(node.value))

    def sum(self, node: cst.BinaryOperation) -> ast.expr:
        return ast.BinOp(self.expression(node.left), ast.Add(), self.expression(node.right))

    def lambda_(self, node: cst.Lambda) -> ast.expr:
        return ast.Lambda(self.parameters(node.params), self.expression(node.body))

    def comprehension(self, node: Any) -> ast.expr:
        return ast.ListComp(self.expression(node.elt), self.generators(node.for_in))

    def dictionary(self, node: cst.DictComp) -> ast.expr:
        return ast.DictComp(
            self.expression(node.key), self.expression(node.value), self.generators(node.for_in)
        )

    def generators(self, node: cst.CompFor | None) -> list[ast.comprehension]:
        found = []
        while node is not None:
            conditions = [self.expression(condition.test) for condition in node.ifs]
            found.append(
                ast.comprehension(self.target(node.target), self.expression(node.iter), conditions, 0)
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


def dotted(node: cst.CSTNode) -> str:
    if isinstance(node, cst.Attribute):
        return f"{dotted(node.value)}.{node.attr.value}"
    return node.value if isinstance(node, cst.Name) else ""


Make = Callable[[Reader, Any], Any]
STATEMENTS: dict[type, Make] = {
    cst.Import: Reader.imports,
    cst.ImportFrom: Reader.from_imports,
    cst.Assign: Reader.assign,
    cst.AnnAssign: Reader.typed,
    cst.AugAssign: Reader.added,
    cst.Del: Reader.deleted,
    cst.Global: Reader.declared,
    cst.Nonlocal: Reader.declared,
    cst.Expr: Reader.bare,
    cst.If: Reader.conditional,
    cst.Try: Reader.attempt,
    cst.TryStar: Reader.attempt,
    cst.For: Reader.loop,
    cst.While: Reader.repeat,
    cst.With: Reader.opened,
    cst.Match: Reader.chosen,
    cst.FunctionDef: Reader.function,
    cst.ClassDef: Reader.klass,
    cst.TypeAlias: Reader.type_alias,
}
EXPRESSIONS: dict[type, Make] = {
    cst.Name: Reader.name,
    cst.Attribute: Reader.attribute,
    cst.Call: Reader.call,
    cst.SimpleString: Reader.string,
    cst.ConcatenatedString: Reader.strings,
    cst.FormattedString: Reader.formatted,
    cst.TemplatedString: Reader.formatted,
    cst.FormattedStringExpression: Reader.field,
    cst.TemplatedStringExpression: Reader.field,
    cst.FormattedStringText: Reader.nothing,
    cst.TemplatedStringText: Reader.nothing,
    cst.Subscript: Reader.subscript,
    cst.List: Reader.collection,
    cst.Tuple: Reader.collection,
    cst.NamedExpr: Reader.walrus,
    cst.BinaryOperation: Reader.sum,
    cst.Lambda: Reader.lambda_,
    cst.ListComp: Reader.comprehension,
    cst.SetComp: Reader.comprehension,
    cst.GeneratorExp: Reader.comprehension,
    cst.DictComp: Reader.dictionary,
    cst.MatchAs: Reader.match_as,
    cst.MatchStar: Reader.match_star,
    cst.MatchMapping: Reader.match_mapping,
    cst.MatchClass: Reader.match_class,
}
VISITORS[TypeAlias] = ScopeWalk.type_alias
VISITORS[OtherStatement] = ScopeWalk.children
