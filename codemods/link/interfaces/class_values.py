"""Which expressions of a file are a class, an object of it, or of a class that the file builds on it.

Only what the file itself says: a name that is bound to anything else as well, or to something that can't be told, is
none of them.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from codemods.link.callees import Function, decorator_name, last_part, own_nodes
from codemods.link.interfaces.class_body import name_of
from codemods.link.interfaces.file_scopes import Binding, FileScopes, NameScope
from codemods.link.interfaces.origins import dotted_parts
from codemods.read.source import parse_python

MOST_STEPS = 20
OPTIONAL = frozenset({"Optional", "Annotated", "Final", "ClassVar", "Required", "NotRequired"})
COPIES = frozenset({"copy", "deepcopy", "replace"})
YIELDED = frozenset({"AsyncGenerator", "AsyncIterator", "Generator", "Iterable", "Iterator"})
COLLECTIONS = YIELDED | {
    *("AbstractSet", "Collection", "FrozenSet", "List", "Sequence", "Set", "Tuple"),
    *("deque", "frozenset", "list", "set", "tuple"),
}
SAME_ELEMENTS = frozenset({"filter", "frozenset", "iter", "list", "reversed", "set", "sorted", "tuple"})
MOCKS = frozenset({"AsyncMock", "MagicMock", "Mock", "NonCallableMagicMock", "NonCallableMock"})


class Value(NamedTuple):
    is_class: bool
    of: ast.ClassDef | None = None
    """The class of this file that is built on it; None for the class itself."""
    is_super: bool = False
    """What `super()` gives there."""


OLD_CLASS, OLD_OBJECT = Value(True), Value(False)


@dataclass
class ClassValues:
    tree: ast.Module
    class_names: Collection[str]
    """The dotted names that the class has in the file."""
    factories: Collection[str] = ()
    """Its methods that give an object of it."""
    enters_itself: bool = False
    known: dict[tuple[int, int], Value | None] = field(default_factory=dict)
    parsed: dict[str, ast.expr | None] = field(default_factory=dict)
    """Annotations in strings."""

    def __post_init__(self) -> None:
        self.scopes = FileScopes(self.tree)

    # ---- expressions

    def of(self, node: ast.AST, scope: NameScope, steps: int = MOST_STEPS) -> Value | None:
        key = (id(node), id(scope))
        if key not in self.known:
            self.known[key] = None  # what leads to itself can't be told
            self.known[key] = self.read(node, scope, steps) if steps else None
        return self.known[key]

    def at(self, node: ast.AST) -> Value | None:
        return self.of(node, self.scopes.scope_of(node))

    def read(self, node: ast.AST, scope: NameScope, steps: int) -> Value | None:
        if isinstance(node, (ast.Name, ast.Attribute)) and self.is_class(node, scope):
            return OLD_CLASS
        if isinstance(node, ast.Name):
            return self.of_name(node, scope, steps - 1)
        if isinstance(node, ast.Attribute):
            return self.of_attribute(node, scope, steps - 1)
        if isinstance(node, ast.Call):
            return self.of_call(node, scope, steps - 1)
        if isinstance(node, ast.Subscript):
            inner = self.of(node.value, scope, steps - 1)
            return (
                inner if inner is not None and inner.is_class else self.element_of(node.value, scope, steps)
            )
        if isinstance(node, (ast.Await, ast.NamedExpr)):
            return self.of(node.value, scope, steps - 1)
        if isinstance(node, ast.IfExp):
            return self.same([node.body, node.orelse], scope, steps - 1)
        if isinstance(node, ast.BoolOp):
            return self.same(node.values, scope, steps - 1)
        return None

    def same(self, nodes: list[ast.expr], scope: NameScope, steps: int) -> Value | None:
        values = {self.of(one, scope, steps) for one in nodes if not is_none(one)}
        return values.pop() if len(values) == 1 else None

    def is_class(self, node: ast.Name | ast.Attribute, scope: NameScope) -> bool:
        parts = dotted_parts(node)
        bindings = self.scopes.lookup(parts[0], scope)
        return ".".join(parts) in self.class_names and all(one.how in ("import", "class") for one in bindings)

    def of_name(self, node: ast.Name, scope: NameScope, steps: int) -> Value | None:
        for test in self.scopes.narrowed(node):
            return self.of_type(test, scope, steps)
        bindings = self.scopes.lookup(node.id, scope)
        values = {
            self.of_binding(one, steps) for one in bindings if not (one.how == "value" and is_none(one.node))
        }
        return values.pop() if len(values) == 1 else None

    def of_binding(self, one: Binding, steps: int) -> Value | None:
        node = one.node
        if one.how == "value":
            return self.of(node, one.scope, steps)
        if one.how == "type":
            return self.of_type(node, one.scope, steps)
        if one.how == "element":
            return self.element_of(node, one.scope, steps)
        if one.how == "entered" and self.enters_itself:
            return self.of(node, one.scope, steps)
        if one.how == "class" and isinstance(node, ast.ClassDef):
            return Value(True, node) if self.is_built(node, steps) else None
        if one.how == "own" and isinstance(node, ast.ClassDef):
            return Value(False, node) if self.is_built(node, steps) else None
        if one.how == "own class" and isinstance(node, ast.ClassDef):
            return Value(True, node) if self.is_built(node, steps) else None
        if one.how == "fixture":
            found = self.scopes.fixtures.get(getattr(node, "arg", ""))
            return self.result_of(found, steps) if found is not None else None
        return None

    def is_built(self, node: ast.ClassDef, steps: int = MOST_STEPS) -> bool:
        scope = self.scopes.scope_of(node)
        return any((value := self.of(base, scope, steps)) and value.is_class for base in node.bases)

    def of_attribute(self, node: ast.Attribute, scope: NameScope, steps: int) -> Value | None:
        owner = self.scopes.class_of(node.value, scope)
        if owner is None:
            inner = self.of(node.value, scope, steps)
            return (
                Value(True, inner.of)
                if node.attr == "__class__" and inner is not None and not inner.is_class
                else None
            )
        bindings = self.scopes.attributes(owner, node.attr)
        values = {
            self.of_binding(one, steps) for one in bindings if not (one.how == "value" and is_none(one.node))
        }
        return values.pop() if len(values) == 1 else None

    def of_call(self, node: ast.Call, scope: NameScope, steps: int) -> Value | None:
        name = last_part(node.func)
        if name == "super" and isinstance(node.func, ast.Name) and not node.args:
            built = scope.enclosing_class
            return Value(False, built, True) if built is not None and self.is_built(built, steps) else None
        if name == "type" and len(node.args) == 1:
            inner = self.of(node.args[0], scope, steps)
            return Value(True, inner.of) if inner is not None and not inner.is_class else None
        if name == "cast" and len(node.args) == 2:
            return self.of_type(node.args[0], scope, steps)
        if name in COPIES and node.args:
            inner = self.of(node.args[0], scope, steps)
            return inner if inner is not None and not inner.is_class else None
        if name in MOCKS or name == "create_autospec":
            return self.of_mock(node, scope, steps)
        callee = self.of(node.func, scope, steps)
        if callee is not None:
            return Value(False, callee.of) if callee.is_class else None
        return self.of_function_call(node, scope, steps)

    def of_mock(self, node: ast.Call, scope: NameScope, steps: int) -> Value | None:
        given = {one.arg: one.value for one in node.keywords}
        spec = given.get("spec") or given.get("spec_set") or (node.args[0] if node.args else None)
        inner = self.of(spec, scope, steps) if spec is not None else None
        if inner is None or not inner.is_class:
            return None
        return Value("instance" not in given and last_part(node.func) == "create_autospec", inner.of)

    def of_function_call(self, node: ast.Call, scope: NameScope, steps: int) -> Value | None:
        if isinstance(node.func, ast.Attribute):
            made_by = self.of(node.func.value, scope, steps)
            if made_by is not None and made_by.is_class and node.func.attr in self.factories:
                return Value(False, made_by.of)
            owner = self.scopes.class_of(node.func.value, scope)
            bindings = self.scopes.attributes(owner, node.func.attr) if owner is not None else []
        else:
            bindings = self.scopes.lookup(node.func.id, scope) if isinstance(node.func, ast.Name) else []
        functions = [one.node for one in bindings if one.how == "function"]
        if len(bindings) != 1 or len(functions) != 1:
            return None
        function = functions[0]
        return (
            self.result_of(function, steps)
            if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef))
            else None
        )

    def result_of(self, function: Function, steps: int) -> Value | None:
        """What a call of a function gives, or a fixture."""
        names = {decorator_name(one) for one in function.decorator_list}
        if names - {"staticmethod", "classmethod", "fixture"} or not steps:
            return None
        if function.returns is not None:
            returned: ast.expr = function.returns
            if (
                "fixture" in names
                and isinstance(returned, ast.Subscript)
                and name_of(returned.value) in YIELDED
            ):
                several = returned.slice
                returned = several.elts[0] if isinstance(several, ast.Tuple) and several.elts else several
            return self.of_type(returned, self.scopes.scope_of(function), steps - 1)
        kinds = (ast.Yield, ast.Return) if "fixture" in names else (ast.Return,)
        inner = self.scopes.scope_within(function)
        nodes = list(own_nodes(function))
        if "fixture" not in names and any(isinstance(one, (ast.Yield, ast.YieldFrom)) for one in nodes):
            return None
        values = {
            self.of(one.value, inner, steps - 1) if one.value else None
            for one in nodes
            if isinstance(one, kinds)
        }
        return values.pop() if len(values) == 1 else None

    # ---- what is in a list, and in anything else that is looped over

    def element_of(self, node: ast.AST, scope: NameScope, steps: int) -> Value | None:
        if not steps:
            return None
        if isinstance(node, (ast.List, ast.Set, ast.Tuple)):
            return self.same(node.elts, scope, steps - 1)
        if isinstance(node, (ast.ListComp, ast.SetComp, ast.GeneratorExp)):
            return self.of(node.elt, self.scopes.scope_of(node.elt), steps - 1)
        if isinstance(node, ast.Call) and name_of(node.func) in SAME_ELEMENTS and node.args:
            return self.element_of(node.args[-1], scope, steps - 1)
        bindings = self.scopes.lookup(node.id, scope) if isinstance(node, ast.Name) else []
        if isinstance(node, ast.Attribute) and (owner := self.scopes.class_of(node.value, scope)) is not None:
            bindings = self.scopes.attributes(owner, node.attr)
        values = {self.element_of_binding(one, steps - 1) for one in bindings}
        return values.pop() if len(values) == 1 else None

    def element_of_binding(self, one: Binding, steps: int) -> Value | None:
        node = one.node
        if one.how == "value":
            return self.element_of(node, one.scope, steps)
        if one.how == "type" and isinstance(node, ast.Subscript) and name_of(node.value) in COLLECTIONS:
            inner = (
                node.slice.elts[0] if isinstance(node.slice, ast.Tuple) and node.slice.elts else node.slice
            )
            return self.of_type(inner, one.scope, steps)
        return None

    # ---- types

    def of_type(self, node: ast.AST, scope: NameScope, steps: int) -> Value | None:
        """An object of the type that an annotation names."""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            inside = self.parsed_type(node.value)
            return self.of_type(inside, scope, steps - 1) if inside is not None and steps else None
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
            return self.same_type([node.left, node.right], scope, steps - 1) if steps else None
        if isinstance(node, ast.Tuple):
            return self.same_type(node.elts, scope, steps - 1) if steps else None
        name = name_of(node.value) if isinstance(node, ast.Subscript) else ""
        if isinstance(node, ast.Subscript) and (name in OPTIONAL or name == "Union"):
            inner = node.slice
            several = inner.elts if isinstance(inner, ast.Tuple) else [inner]
            several = several[:1] if name == "Annotated" else several
            return self.same_type(several, scope, steps - 1) if steps else None
        if isinstance(node, ast.Subscript) and name in ("type", "Type"):
            found = self.of_type(node.slice, scope, steps - 1) if steps else None
            return Value(True, found.of) if found is not None else None
        value = (
            self.of(node, scope, steps)
            if isinstance(node, (ast.Name, ast.Attribute, ast.Subscript))
            else None
        )
        return Value(False, value.of) if value is not None and value.is_class else None

    def parsed_type(self, text: str) -> ast.expr | None:
        if text not in self.parsed:
            tree = parse_python(text.strip().encode("utf-8", "surrogatepass"))
            first = tree.body[0] if isinstance(tree, ast.Module) and len(tree.body) == 1 else None
            self.parsed[text] = first.value if isinstance(first, ast.Expr) else None
        return self.parsed[text]

    def same_type(self, nodes: list[ast.expr], scope: NameScope, steps: int) -> Value | None:
        values = {self.of_type(one, scope, steps) for one in nodes if not is_none(one)}
        return values.pop() if len(values) == 1 else None

    # ---- all of the file

    def built_classes(self) -> Iterator[ast.ClassDef]:
        yield from (one for one in self.scopes.classes if self.is_built(one))


def is_none(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value is None
