"""A use of an old class that the new one can't serve."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from codemods.link.callees import last_part
from codemods.link.interfaces.class_body import ClassMember, adds_members, name_of, own_members
from codemods.link.interfaces.class_values import OLD_CLASS, ClassValues, Value
from codemods.link.interfaces.interface_change import InterfaceChange
from codemods.link.interfaces.origins import dotted_parts

ASKS_FIRST = frozenset({"getattr", "hasattr"})
NO_BASES = frozenset({"object", "Generic", "Protocol", "ABC"})


class Misfit(NamedTuple):
    line: int
    column: int
    problem: str
    is_certain: bool = True
    """Whether it fails, or gives something else, for all that can be known."""


@dataclass
class UsesOfClass:
    """A file's uses of one class that another takes the place of."""

    values: ClassValues
    change: InterfaceChange
    known_members: dict[int, dict[str, ClassMember]] = field(default_factory=dict)
    adding: dict[int, bool] = field(default_factory=dict)
    """Whether classes of the file may get members that can't be seen."""

    def misfit(self, node: ast.AST, problem: str, is_certain: bool = True) -> Misfit:
        return Misfit(getattr(node, "lineno", 1), getattr(node, "col_offset", 0), problem, is_certain)

    @property
    def nodes(self) -> list[ast.AST]:
        return self.values.scopes.nodes

    def parent(self, node: ast.AST) -> ast.AST | None:
        return self.values.scopes.parents.get(id(node))

    def is_object(self, node: ast.AST | None) -> bool:
        value = self.values.at(node) if node is not None else None
        return value is not None and not value.is_class and not value.is_super

    def is_class(self, node: ast.AST | None) -> bool:
        value = self.values.at(node) if node is not None else None
        return value is not None and value.is_class

    def is_named(self, node: ast.AST) -> bool:
        """Whether the class itself stands here by its name, and not as the value of something else."""
        parts = dotted_parts(node) if isinstance(node, (ast.Name, ast.Attribute)) else ("",)
        return ".".join(parts) in self.values.class_names

    @cached_property
    def names_taken(self) -> frozenset[str]:
        """What the file takes of anything by a dot."""
        return frozenset(one.attr for one in self.nodes if isinstance(one, ast.Attribute))

    # ---- members of classes that are built on it

    def is_inherited(self, value: Value, names: Collection[str]) -> bool:
        """Whether it's the class itself that has these for the value, and no class of this file."""
        built = value.of
        if built is None:
            return True
        if not value.is_super:
            return self.leaves_all(built, names)
        bases = [self.values.at(base) for base in built.bases]
        return self.is_built_on_it_alone(built) and all(
            base is None or base.of is None or self.leaves_all(base.of, names) for base in bases
        )

    def leaves_all(self, built: ast.ClassDef, names: Collection[str]) -> bool:
        return self.is_built_on_it_alone(built) and not any(self.member_of(built, name) for name in names)

    def leaves_to_it(self, built: ast.ClassDef, name: str) -> bool:
        """Whether the body of a class doesn't bind a name, whatever its methods set."""
        return self.is_built_on_it_alone(built) and not self.values.scopes.binds(built, name)

    def is_built_on_it_alone(self, built: ast.ClassDef) -> bool:
        """Whether what a class of this file doesn't define is the old class's: nothing else is among its bases."""
        for base in built.bases:
            value = self.values.at(base)
            if last_part(inner_base(base)) in NO_BASES or value == OLD_CLASS:
                continue
            if (
                value is None
                or value.of is None
                or value.of is built
                or not self.is_built_on_it_alone(value.of)
            ):
                return False
        if id(built) not in self.adding:
            self.adding[id(built)] = adds_members(self.values.tree, built)
        return not self.adding[id(built)]

    def member_of(self, built: ast.ClassDef, name: str) -> ClassMember | None:
        """What a class of this file defines itself, or one between it and the old class."""
        found = self.own_members(built)
        if name in found or "__getattr__" in found:
            return found.get(name) or found["__getattr__"]
        for base in built.bases:
            value = self.values.at(base)
            if value is not None and value.of is not None and value.of is not built:
                return self.member_of(value.of, name)
        return None

    def own_members(self, built: ast.ClassDef) -> dict[str, ClassMember]:
        if id(built) not in self.known_members:
            self.known_members[id(built)] = dict(own_members(built))
        return self.known_members[id(built)]

    # ---- where it stands

    def is_only_read_as_type(self, node: ast.AST) -> bool:
        """Whether Python doesn't evaluate it: an annotation of a file that has them as strings."""
        if "annotations" not in self.future_features:
            return False
        inner: ast.AST = node
        for one in self.values.scopes.ancestors(node):
            if inner in (getattr(one, "annotation", None), getattr(one, "returns", None)):
                return True
            inner = one
        return False

    @cached_property
    def future_features(self) -> frozenset[str]:
        imports = [one for one in self.values.tree.body if isinstance(one, ast.ImportFrom)]
        return frozenset(alias.name for one in imports if one.module == "__future__" for alias in one.names)

    # ---- what the file knows to be missing

    @cached_property
    def expected_missing(self) -> frozenset[str]:
        """Members that the file asks for before it uses them, or sets itself."""
        asked = {
            str(one.args[1].value)
            for one in self.nodes
            if isinstance(one, ast.Call) and name_of(one.func) in ASKS_FIRST and len(one.args) > 1
            if isinstance(one.args[1], ast.Constant)
            if name_of(one.func) == "hasattr" or len(one.args) > 2
        }
        stored = {
            one.attr
            for one in self.nodes
            if isinstance(one, ast.Attribute) and isinstance(one.ctx, ast.Store) and self.is_object(one.value)
        }
        return frozenset(asked | stored)

    def is_tried(self, node: ast.AST) -> bool:
        """Whether it stands in a `try` that expects the member to be missing."""
        inner = node
        for one in self.values.scopes.ancestors(node):
            if isinstance(one, ast.Try) and inner in one.body:
                names = {
                    name_of(part) for handler in one.handlers for part in ast.walk(handler.type or handler)
                }
                if names & {"AttributeError", "TypeError"}:
                    return True
            if isinstance(one, (ast.With, ast.AsyncWith)):
                names = {name_of(part) for item in one.items for part in ast.walk(item.context_expr)}
                if names & {"AttributeError", "TypeError"}:
                    return True
            inner = one
        return False


def inner_base(base: ast.expr) -> ast.expr:
    return base.value if isinstance(base, ast.Subscript) else base


Misfits = Iterator[Misfit]
