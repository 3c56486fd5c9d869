"""What the objects of a class offer: its members and those that it inherits, as far as the sources tell."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field

from codemods.link.callees import Callees, DefinedCallee, decorator_name, last_part
from codemods.link.interfaces.class_body import (
    UNKNOWN_MEMBER,
    ClassMember,
    adds_members,
    enters_itself,
    is_set,
    last_part_of_base,
    own_members,
    own_slots,
)
from codemods.link.interfaces.origins import origin_of_name
from codemods.link.interfaces.python_classes import members_of, members_of_metaclass, python_class
from codemods.model.records import record

MOST_STEPS = 20
ADD_NO_MEMBERS = frozenset(
    (
        *("dataclass", "deprecated", "final", "runtime_checkable", "total_ordering", "unique"),
        *("attrs", "define", "frozen", "mutable", "s"),
    )
)
"""Decorators of classes after which its members are those that are written in it."""
ORDER = ("__lt__", "__le__", "__gt__", "__ge__")
OF_NAMED_TUPLES = ("_asdict", "_field_defaults", "_fields", "_make", "_replace")


@record
class ClassShape:
    members: Mapping[str, ClassMember]
    """With the special methods."""
    unknown: frozenset[str] | None = frozenset()
    """Bases, decorators and metaclasses that may have others; None where attributes are set by names that can't be told."""
    of_class: frozenset[str] = frozenset()
    """Special methods that the class itself has by its metaclass, or for its type arguments."""
    not_implemented: frozenset[str] = frozenset()
    """Abstract methods, for which it can't be called."""
    is_protocol: bool = False
    is_frozen: bool = False
    slots: frozenset[str] | None = None
    """The only attributes that its objects can get, where there is such a limit."""
    is_error: bool = False
    is_dataclass: bool = False
    is_hashable: bool = True
    enters_itself: bool = False
    """Whether a `with` gives the object itself."""
    is_closed: bool = False
    """Whether nothing can be built on it: an enum with members."""
    paths: frozenset[str] = frozenset()
    """The files that it is read from."""

    @property
    def is_whole(self) -> bool:
        """Whether there are no others: all that it's built on can be read, and nothing adds members as it runs."""
        return self.unknown is not None and not self.unknown


def shape_of(callees: Callees, definition: DefinedCallee) -> ClassShape:
    reading = ShapeReading(callees)
    reading.read(definition, MOST_STEPS)
    return reading.shape()


@dataclass
class ShapeReading:
    """A class and its bases, one by one: what an earlier one has hides that of a later one."""

    callees: Callees
    members: dict[str, ClassMember] = field(default_factory=dict)
    of_class: set[str] = field(default_factory=set)
    paths: set[str] = field(default_factory=set)
    slots: set[str] | None = field(default_factory=set)
    python: list[type] = field(default_factory=list)
    protocols: list[bool] = field(default_factory=list)
    """Of each class, whether it's a protocol."""
    unknown: set[str] = field(default_factory=set)
    is_open: bool = False
    is_frozen: bool = False
    is_dataclass: bool = False
    enters_itself: bool = False
    has_abstract_meta: bool = False
    has_values: bool = False
    is_hashable: bool | None = None

    def read(self, definition: DefinedCallee, steps: int) -> None:
        node, module = definition.node, definition.module
        if not isinstance(node, ast.ClassDef) or not steps:
            self.is_open = True
            return
        self.paths.add(module.path)
        own = dict(own_members(node))
        decorators = {decorator_name(one): one for one in node.decorator_list}
        self.read_decorators(node, decorators, own)
        for name, member in own.items():
            self.members.setdefault(name, member)
        self.unknown |= {f"@{name}" for name in decorators.keys() - ADD_NO_MEMBERS}
        self.is_open |= bool(own.keys() & {"__getattr__", "__getattribute__"}) or adds_members(
            module.tree, node
        )
        self.read_hash(own, decorators)
        self.read_slots(node, decorators)
        self.enters_itself |= enters_itself(node)
        self.has_values |= any(isinstance(one, ast.Assign) for one in node.body)
        for name in (last_part(one.value) for one in node.keywords if one.arg == "metaclass"):
            self.has_abstract_meta |= name == "ABCMeta"
            self.unknown |= {name} - {"ABCMeta"}
        self.protocols.append(any(last_part_of_base(base) == "Protocol" for base in node.bases))
        for base in node.bases:
            self.read_base(definition, base, steps - 1)

    def read_base(self, definition: DefinedCallee, base: ast.expr, steps: int) -> None:
        module, callees = definition.module, self.callees
        origin = origin_of_name(module.tree, module.path, callees.modules, base)
        found = callees.base(definition, base)
        if found is not None:
            self.read(found, steps)
            return
        one = python_class(*origin) if origin else None
        if one is None:
            self.unknown.add(".".join(origin) if origin else last_part_of_base(base))
            return
        self.python.append(one)
        if last_part_of_base(base) in ("Generic", "Protocol") or hasattr(one, "__class_getitem__"):
            self.of_class.add("__class_getitem__")
        self.has_abstract_meta |= type(one).__name__ in ("ABCMeta", "_ProtocolMeta")
        abstract: frozenset[str] = getattr(one, "__abstractmethods__", frozenset())
        for name, value in members_of(one):
            self.members.setdefault(name, python_member(name, value, name in abstract))
        self.of_class.update(members_of_metaclass(one))
        if one is tuple and last_part_of_base(base) == "NamedTuple":
            self.is_frozen = True
            self.members |= dict.fromkeys(OF_NAMED_TUPLES, UNKNOWN_MEMBER)
        self.slots = self.slots if one.__dictoffset__ == 0 else None
        if self.is_hashable is None and "__hash__" in vars(one):
            self.is_hashable = one.__hash__ is not None

    def read_decorators(
        self, node: ast.ClassDef, decorators: Mapping[str, ast.expr], own: dict[str, ClassMember]
    ) -> None:
        data = decorators.get("dataclass")
        if data is not None:
            self.is_dataclass = True
            own.setdefault("__eq__", UNKNOWN_MEMBER)
            own.setdefault("__match_args__", UNKNOWN_MEMBER)
            own.update(dict.fromkeys(ORDER if is_set(data, "order") else (), UNKNOWN_MEMBER))
        if "total_ordering" in decorators:
            own.update(dict.fromkeys(ORDER, UNKNOWN_MEMBER))
        self.is_frozen |= "frozen" in decorators or any(is_set(one, "frozen") for one in decorators.values())

    def read_hash(self, own: Mapping[str, ClassMember], decorators: Mapping[str, ast.expr]) -> None:
        """Python takes the hash from a class that says when its objects are equal, unless that says both."""
        if self.is_hashable is not None:
            return
        if "__hash__" in own:
            self.is_hashable = own["__hash__"].kind != "value"
        elif "dataclass" in decorators:
            data = decorators["dataclass"]
            self.is_hashable = (
                is_set(data, "frozen") or is_set(data, "unsafe_hash") or is_set(data, "eq", False)
            )
        elif decorators.keys() - ADD_NO_MEMBERS or decorators.keys() & {
            "attrs",
            "define",
            "mutable",
            "s",
            "frozen",
        }:
            self.is_hashable = True
        elif "__eq__" in own:
            self.is_hashable = False

    def read_slots(self, node: ast.ClassDef, decorators: Mapping[str, ast.expr]) -> None:
        names = own_slots(node)
        if names is None and "dataclass" in decorators and is_set(decorators["dataclass"], "slots"):
            names = [
                one.target.id
                for one in node.body
                if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name)
            ]
        if names is None or self.slots is None or "__dict__" in names:
            self.slots = None
        else:
            self.slots.update(names)

    def shape(self) -> ClassShape:
        abstract = {name for name, one in self.members.items() if one.is_abstract}
        is_enum = any(
            "_member_map_" in vars(one) or type(one).__name__ in ("EnumMeta", "EnumType")
            for one in self.python
        )
        return ClassShape(
            self.members,
            None if self.is_open else frozenset(self.unknown),
            frozenset(self.of_class | ({"__class_getitem__"} & self.members.keys())),
            frozenset(abstract if self.has_abstract_meta else ()),
            self.protocols[:1] == [True],
            self.is_frozen,
            None if self.slots is None or self.is_open or self.unknown else frozenset(self.slots),
            any(issubclass(one, BaseException) for one in self.python),
            self.is_dataclass,
            self.is_hashable is not False,
            self.enters_itself,
            is_enum and self.has_values,
            frozenset(self.paths),
        )


def python_member(name: str, value: object, is_abstract: bool) -> ClassMember:
    if value is None:
        return ClassMember("value")
    if callable(value) or isinstance(value, (classmethod, staticmethod)):
        return ClassMember("method", is_abstract=is_abstract)
    return ClassMember("unknown", is_abstract=is_abstract)
