"""What the body of a class says: its members, what its methods set, its slots."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import Literal

from codemods.link.callees import (
    PROPERTIES,
    TRANSPARENT,
    Function,
    Gives,
    decorator_name,
    function_callee,
    gives_own_class,
    is_overload,
    last_part,
    own_nodes,
)
from codemods.link.interfaces.origins import statements_in
from codemods.link.signatures import CallSignature, signature_from_arguments
from codemods.model.records import record

MemberKind = Literal["method", "property", "value", "unknown"]
"""value: data that can't be called. unknown: what it is can't be told."""
PLAIN_TYPES = frozenset(("bool", "bytes", "dict", "float", "frozenset", "int", "list", "set", "str", "tuple"))
LITERALS = (ast.Constant, ast.Dict, ast.JoinedStr, ast.List, ast.Set, ast.Tuple)
OF_COPIES = frozenset({"__copy__", "__deepcopy__", "__setattr__", "__setstate__"})
"""Methods that set what other methods have set before."""
WRITES = frozenset({"setdefault", "update"})


@record
class ClassMember:
    kind: MemberKind
    gives: Gives = ""
    signature: CallSignature | None = None
    """As its objects have it; None where it can't be told."""
    is_abstract: bool = False
    can_be_set: bool = True
    is_of_class: bool = False
    """A class method or a static one."""
    gives_itself: bool = False
    """Whether a call gives an object of the class."""


UNKNOWN_MEMBER = ClassMember("unknown")


def own_members(node: ast.ClassDef) -> Iterator[tuple[str, ClassMember]]:
    """Those of its body, the last definition of each; then what its methods set on their objects."""
    found: dict[str, ClassMember] = {}
    for statement in statements_in(node.body):
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
            if not is_overload(statement):
                found[statement.name] = method_member(statement, node, found.get(statement.name))
        elif isinstance(statement, ast.ClassDef):
            found[statement.name] = UNKNOWN_MEMBER
        elif isinstance(statement, (ast.Import, ast.ImportFrom)):
            found |= {one.asname or one.name: UNKNOWN_MEMBER for one in statement.names}
        else:
            found |= {name: assigned_member(statement, found) for name in names_assigned(statement)}
    yield from found.items()
    for name in attributes_set(node):
        if name not in found:
            yield name, UNKNOWN_MEMBER


def method_member(node: Function, owner: ast.ClassDef, before: ClassMember | None) -> ClassMember:
    names = {decorator_name(one) for one in node.decorator_list}
    is_abstract = bool(names & {"abstractmethod", "abstractproperty"})
    if names & {"setter", "getter", "deleter"} and before is not None:
        can_be_set = before.can_be_set or "setter" in names
        return ClassMember("property", is_abstract=before.is_abstract or is_abstract, can_be_set=can_be_set)
    if names & PROPERTIES:
        return ClassMember("property", is_abstract=is_abstract, can_be_set="cached_property" in names)
    if names - TRANSPARENT:
        return ClassMember("unknown", is_abstract=is_abstract)
    is_of_class = bool(names & {"classmethod", "staticmethod"})
    return ClassMember(
        "method",
        function_callee(node, owner).gives,
        signature_from_arguments(node.args, int("staticmethod" not in names)),
        is_abstract,
        is_of_class=is_of_class,
        gives_itself=is_of_class and gives_object(node, owner),
    )


def gives_object(node: Function, owner: ast.ClassDef) -> bool:
    if node.returns is not None:
        return gives_own_class(node, owner)
    own = node.args.args[0].arg if node.args.args else ""
    values = [one.value for one in own_nodes(node) if isinstance(one, ast.Return)]
    return bool(values) and all(
        isinstance(value, ast.Call) and name_of(value.func) in (own, owner.name) for value in values
    )


def assigned_member(statement: ast.stmt, known: Mapping[str, ClassMember]) -> ClassMember:
    value = getattr(statement, "value", None)
    if isinstance(value, ast.Name) and value.id in known:
        return known[value.id]
    annotation = getattr(statement, "annotation", None)
    is_plain = annotation is not None and last_part_of_base(annotation) in PLAIN_TYPES
    return ClassMember("value") if is_plain or isinstance(value, LITERALS) else UNKNOWN_MEMBER


def names_assigned(statement: ast.stmt) -> Iterator[str]:
    if isinstance(statement, (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.For, ast.With)):
        targets = (
            statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
        )
        targets += [item.optional_vars for item in getattr(statement, "items", ())]
        for target in filter(None, targets):
            yield from (
                one.id
                for one in ast.walk(target)
                if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)
            )


def attributes_set(node: ast.ClassDef) -> Iterator[str]:
    """`self.x = …` in its methods, and `setattr(self, "x", …)`."""
    for method, own in methods_with_owner(node):
        for one in ast.walk(method):
            if isinstance(one, ast.Attribute) and isinstance(one.ctx, ast.Store) and is_name(one.value, own):
                yield one.attr
            elif isinstance(one, ast.Call) and isinstance(name := attribute_named(one, own), ast.Constant):
                yield str(name.value)


def methods_with_owner(node: ast.ClassDef) -> Iterator[tuple[Function, str]]:
    """With what each calls its object, or its class."""
    for method in statements_in(node.body):
        if isinstance(method, (ast.FunctionDef, ast.AsyncFunctionDef)):
            arguments = [*method.args.posonlyargs, *method.args.args]
            yield method, arguments[0].arg if arguments else ""


def attribute_named(call: ast.Call, own: str) -> ast.expr | None:
    """The name that `setattr` gives an attribute of the object."""
    if not name_of(call.func).endswith(("setattr", "__setattr__")) or len(call.args) < 2:
        return None
    return call.args[-2] if own in map(name_of, call.args[:-2]) or is_super(call.func) else None


def is_super(function: ast.expr) -> bool:
    return isinstance(function, ast.Attribute) and isinstance(function.value, ast.Call)


def is_name(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def adds_members(tree: ast.Module, node: ast.ClassDef) -> bool:
    """Whether it, or its module, sets attributes by names that are known only while the program runs, or from outside."""
    outside = (one for statement in tree.body if statement is not node for one in ast.walk(statement))
    return any(
        writes_by_name(one, own)
        for method, own in methods_with_owner(node)
        if method.name not in OF_COPIES
        for one in ast.walk(method)
    ) or any(sets_attribute_of(one, node.name) for one in outside)


def writes_by_name(node: ast.AST, own: str) -> bool:
    if isinstance(node, ast.Call):
        name = attribute_named(node, own)
        if name is not None:
            return not isinstance(name, ast.Constant)
        written = node.func if isinstance(node.func, ast.Attribute) and node.func.attr in WRITES else None
        return written is not None and is_dict_of(written.value, own)
    if isinstance(node, ast.Subscript):
        return isinstance(node.ctx, ast.Store) and is_dict_of(node.value, own)
    return isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and is_dict_of(node, own)


def is_dict_of(node: ast.expr, own: str) -> bool:
    """`self.__dict__`, `vars(self)`."""
    if isinstance(node, ast.Call):
        return name_of(node.func) == "vars" and any(is_name(one, own) for one in node.args)
    return isinstance(node, ast.Attribute) and node.attr == "__dict__" and is_name(node.value, own)


def name_of(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def sets_attribute_of(node: ast.AST, name: str) -> bool:
    if isinstance(node, ast.Attribute):
        return isinstance(node.ctx, ast.Store) and name_of(node.value) == name
    return (
        isinstance(node, ast.Call)
        and name_of(node.func) == "setattr"
        and name_of(node.args[0] if node.args else node) == name
    )


def own_slots(node: ast.ClassDef) -> list[str] | None:
    for one in node.body:
        if isinstance(one, ast.Assign) and "__slots__" in names_assigned(one):
            parts = one.value.elts if isinstance(one.value, (ast.Tuple, ast.List, ast.Set)) else [one.value]
            names = [
                part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)
            ]
            return names if len(names) == len(parts) else None
    return None


def enters_itself(node: ast.ClassDef) -> bool:
    for one in node.body:
        if isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef)) and one.name in (
            "__enter__",
            "__aenter__",
        ):
            own = one.args.args[0].arg if one.args.args else ""
            values = [inner.value for inner in ast.walk(one) if isinstance(inner, ast.Return)]
            return bool(values) and all(isinstance(value, ast.Name) and value.id == own for value in values)
    return False


def is_set(decorator: ast.expr, option: str, value: bool = True) -> bool:
    keywords = decorator.keywords if isinstance(decorator, ast.Call) else []
    return any(one.arg == option and getattr(one.value, "value", None) is value for one in keywords)


def last_part_of_base(node: ast.expr) -> str:
    return last_part(node.value if isinstance(node, ast.Subscript) else node)
