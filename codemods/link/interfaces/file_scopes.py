"""What the names of a file are bound to, scope by scope, and which type a test has shown a name to have."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from codemods.link.callees import Function, decorator_name, last_part, own_nodes

How = Literal[
    "value",
    "type",
    "entered",
    "element",
    "import",
    "class",
    "function",
    "own",
    "own class",
    "fixture",
    "other",
]
"""element: of what is looped over. own: the object that a method is called on."""
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
WITHOUT_PLACE = (ast.boolop, ast.cmpop, ast.expr_context, ast.operator, ast.unaryop)
Shown = tuple[tuple[str, ast.expr], ...]
"""Names, with the types that tests around a place have shown them to have."""


@dataclass(eq=False)
class NameScope:
    kind: Literal["module", "function", "class"]
    parent: NameScope | None
    enclosing_class: ast.ClassDef | None = None
    """The class that this is, or whose method this is or is in."""
    bindings: dict[str, list[Binding]] = field(default_factory=dict)
    of_module: set[str] = field(default_factory=set)
    """Names that a `global` gives to the module."""


class Binding(NamedTuple):
    how: How
    node: ast.AST
    scope: NameScope
    """Where that is evaluated."""


class FileScopes:
    def __init__(self, tree: ast.Module) -> None:
        self.module = NameScope("module", None)
        self.classes: list[ast.ClassDef] = []
        self.fixtures: dict[str, Function] = {}
        self.nodes: list[ast.AST] = []
        self.parents: dict[int, ast.AST] = {}
        self._scopes: dict[int, NameScope] = {}
        self._within: dict[int, NameScope] = {}
        self._shown: dict[int, ast.expr] = {}
        self._attributes: dict[tuple[int, str], list[Binding]] = {}
        self._todo: list[tuple[ast.AST, NameScope, Shown]] = []
        self._block(tree.body, self.module, (), tree)
        while self._todo:
            self._visit(*self._todo.pop())

    # ---- questions

    def scope_of(self, node: ast.AST) -> NameScope:
        return self._scopes.get(id(node), self.module)

    def scope_within(self, function: ast.AST) -> NameScope:
        return self._within.get(id(function), self.module)

    def narrowed(self, node: ast.Name) -> Iterator[ast.expr]:
        if id(node) in self._shown:
            yield self._shown[id(node)]

    def lookup(self, name: str, scope: NameScope) -> list[Binding]:
        at: NameScope | None = self.module if name in scope.of_module else scope
        while at is not None:
            if name in at.bindings and (at is scope or at.kind != "class"):
                return at.bindings[name]
            at = at.parent
        return []

    def class_of(self, node: ast.expr, scope: NameScope) -> ast.ClassDef | None:
        """Of `self` in a method."""
        bindings = self.lookup(node.id, scope) if isinstance(node, ast.Name) else []
        owners = [one.node for one in bindings if one.how == "own"]
        return owners[0] if len(bindings) == 1 and owners and isinstance(owners[0], ast.ClassDef) else None

    def attributes(self, owner: ast.ClassDef, name: str) -> list[Binding]:
        """What the methods of a class set, and its body."""
        body = self.scope_within(owner).bindings.get(name, [])
        return [*body, *self._attributes.get((id(owner), name), ())]

    def binds(self, owner: ast.ClassDef, name: str) -> bool:
        return name in self.scope_within(owner).bindings

    def ancestors(self, node: ast.AST) -> Iterator[ast.AST]:
        while id(node) in self.parents:
            node = self.parents[id(node)]
            yield node

    # ---- reading

    def _push(self, node: ast.AST | None, scope: NameScope, shown: Shown, parent: ast.AST) -> None:
        if node is not None and not isinstance(node, WITHOUT_PLACE):
            self.parents[id(node)] = parent
            self._todo.append((node, scope, shown))

    def _block(self, body: list[ast.stmt], scope: NameScope, shown: Shown, parent: ast.AST) -> None:
        for one in body:
            self._push(one, scope, shown, parent)
            if isinstance(one, ast.Assert):
                shown = (*shown, *shown_by(one.test))

    def _children(self, node: ast.AST, scope: NameScope, shown: Shown) -> None:
        for child in ast.iter_child_nodes(node):
            self._push(child, scope, shown, node)

    def _bind(
        self, name: str, how: How, node: ast.AST, scope: NameScope, evaluated: NameScope | None = None
    ) -> None:
        home = self.module if name in scope.of_module else scope
        home.bindings.setdefault(name, []).append(Binding(how, node, evaluated or scope))

    def _visit(self, node: ast.AST, scope: NameScope, shown: Shown) -> None:
        self._scopes[id(node)] = scope
        self.nodes.append(node)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            self._function(node, scope, shown)
        elif isinstance(node, ast.ClassDef):
            self._class(node, scope, shown)
        elif isinstance(node, COMPREHENSIONS):
            self._children(node, NameScope("function", scope, scope.enclosing_class), shown)
        elif isinstance(node, (ast.If, ast.While)):
            tests = shown_by(node.test)
            self._push(node.test, scope, shown, node)
            stored = {name_stored(one) for part in node.body for one in ast.walk(part)}
            self._block(node.body, scope, (*shown, *(one for one in tests if one[0] not in stored)), node)
            self._block(node.orelse, scope, shown, node)
        elif isinstance(node, ast.IfExp):
            self._push(node.test, scope, shown, node)
            self._push(node.body, scope, (*shown, *shown_by(node.test)), node)
            self._push(node.orelse, scope, shown, node)
        elif isinstance(node, ast.BoolOp) and isinstance(node.op, ast.And):
            for value in node.values:
                self._push(value, scope, shown, node)
                shown = (*shown, *shown_by(value))
        else:
            self._bind_names(node, scope, shown)
            self._blocks(node, scope, shown)

    def _blocks(self, node: ast.AST, scope: NameScope, shown: Shown) -> None:
        for _, value in ast.iter_fields(node):
            if isinstance(value, list) and value and isinstance(value[0], ast.stmt):
                self._block(value, scope, shown, node)
            else:
                for one in value if isinstance(value, list) else [value]:
                    self._push(one if isinstance(one, ast.AST) else None, scope, shown, node)

    def _bind_names(self, node: ast.AST, scope: NameScope, shown: Shown) -> None:
        if isinstance(node, ast.Name):
            self._bind_name(node, scope, shown)
        elif isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
            self._bind_attribute(node, scope)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            for alias in node.names:
                self._bind(alias.asname or alias.name.partition(".")[0], "import", alias, scope)
        elif isinstance(node, ast.Nonlocal):
            for name in node.names:
                self._bind(name, "other", node, scope.parent or scope)
        elif isinstance(node, ast.ExceptHandler) and node.name:
            self._bind(node.name, "type" if node.type else "other", node.type or node, scope)
        elif isinstance(node, (ast.MatchAs, ast.MatchStar)) and node.name:
            self._bind(node.name, "other", node, scope)

    def _bind_name(self, node: ast.Name, scope: NameScope, shown: Shown) -> None:
        if isinstance(node.ctx, ast.Load):
            found = [test for name, test in shown if name == node.id]
            if found:
                self._shown[id(node)] = found[-1]
        elif isinstance(node.ctx, ast.Store):
            how, value = self._assigned(node)
            self._bind(node.id, how, value, scope)

    def _bind_attribute(self, node: ast.Attribute, scope: NameScope) -> None:
        owner = scope.enclosing_class
        if (
            owner is not None
            and isinstance(node.ctx, ast.Store)
            and self.class_of(node.value, scope) is owner
        ):
            how, value = self._assigned(node)
            self._attributes.setdefault((id(owner), node.attr), []).append(Binding(how, value, scope))

    def _assigned(self, target: ast.expr) -> tuple[How, ast.AST]:
        parent = self.parents[id(target)]
        if isinstance(parent, ast.Assign) and target in parent.targets:
            return "value", parent.value
        if isinstance(parent, ast.AnnAssign):
            return "type", parent.annotation
        if isinstance(parent, ast.NamedExpr):
            return "value", parent.value
        if isinstance(parent, ast.withitem):
            return "entered", parent.context_expr
        if isinstance(parent, (ast.For, ast.comprehension)):
            return "element", parent.iter
        return "other", target

    def _function(self, node: Function | ast.Lambda, scope: NameScope, shown: Shown) -> None:
        inner = NameScope("function", scope, scope.enclosing_class)
        self._within[id(node)] = inner
        if isinstance(node, ast.Lambda):
            self._arguments(node.args, scope, inner, None)
            self._push(node.body, inner, (), node)
        else:
            self._bind(node.name, "function", node, scope)
            declared = (one for one in own_nodes(node) if isinstance(one, ast.Global))
            inner.of_module.update(name for one in declared for name in one.names)
            names = {decorator_name(one) for one in node.decorator_list}
            if "fixture" in names:
                self.fixtures[node.name] = node
            is_method = scope.kind == "class" and "staticmethod" not in names
            how: How | None = ("own class" if "classmethod" in names else "own") if is_method else None
            self._arguments(node.args, scope, inner, how, node.name.startswith("test") or "fixture" in names)
            for one in (*node.decorator_list, node.returns):
                self._push(one, scope, shown, node)
            self._block(node.body, inner, (), node)
        self._push(node.args, scope, shown, node)

    def _arguments(
        self,
        node: ast.arguments,
        scope: NameScope,
        inner: NameScope,
        own: How | None,
        takes_fixtures: bool = False,
    ) -> None:
        plain = [*node.posonlyargs, *node.args]
        for one in (*plain, *node.kwonlyargs):
            if own and one is plain[0] and inner.enclosing_class is not None:
                self._bind(one.arg, own, inner.enclosing_class, inner)
            elif one.annotation is not None:
                self._bind(one.arg, "type", one.annotation, inner, scope)
            else:
                self._bind(one.arg, "fixture" if takes_fixtures else "other", one, inner)
        for rest in filter(None, (node.vararg, node.kwarg)):
            self._bind(rest.arg, "other", rest, inner)

    def _class(self, node: ast.ClassDef, scope: NameScope, shown: Shown) -> None:
        self.classes.append(node)
        self._bind(node.name, "class", node, scope)
        inner = NameScope("class", scope, node)
        self._within[id(node)] = inner
        for one in (*node.bases, *node.keywords, *node.decorator_list):
            self._push(one, scope, shown, node)
        self._block(node.body, inner, shown, node)


def shown_by(test: ast.expr) -> Shown:
    """`isinstance(x, C)`, alone or as a part of `and`."""
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
        return tuple(one for value in test.values for one in shown_by(value))
    if isinstance(test, ast.Call) and last_part(test.func) == "isinstance" and len(test.args) == 2:
        name = test.args[0]
        return ((name.id, test.args[1]),) if isinstance(name, ast.Name) else ()
    return ()


def name_stored(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) else ""
