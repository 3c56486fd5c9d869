"""What a new class has otherwise than the old one, or lacks."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping
from dataclasses import field

from codemods.link.callees import Callees
from codemods.link.interfaces.class_body import ClassMember
from codemods.link.interfaces.class_shape import ClassShape, shape_of
from codemods.link.signatures import CallSignature
from codemods.model.records import record
from codemods.model.rules import Replacement, Rules, Symbol

OF_EVERY_OBJECT = (
    frozenset(vars(object)) | {"__weakref__", "__dict__", "__module__", "__slots__", "__annotations__"}
) - {*("__eq__", "__ge__", "__gt__", "__init_subclass__", "__le__", "__lt__")}
"""Without those that only say that they can't do it."""


@record
class ChangedMember:
    """A member of the old class, and the one of the new class that has its name."""

    old: ClassMember
    new: ClassMember | None
    is_certain: bool = True
    """Whether it's missing for certain, and not only as far as the new class can be read."""

    @property
    def is_missing(self) -> bool:
        return self.new is None and self.is_certain


@record
class InterfaceChange:
    old_symbol: Symbol
    new_symbol: Symbol
    old: ClassShape
    new: ClassShape | None
    """None for a function that takes the place of the class."""
    members: Mapping[str, ChangedMember]
    """Those that are missing or differ, special methods aside."""
    lost: frozenset[str]
    """Special methods that objects of the new class lack."""
    lost_of_class: frozenset[str]
    """Those that the new class itself lacks."""
    old_call: CallSignature | None
    new_call: CallSignature | None
    """What the constructors take, where that can be told and the plan doesn't change calls."""
    moves_with_module: bool = False
    """Whether no rule is about it, so that nothing else has judged its calls."""

    @property
    def factories(self) -> frozenset[str]:
        """The old one's methods that give an object of it."""
        return frozenset(name for name, one in self.old.members.items() if one.gives_itself)

    @property
    def name(self) -> str:
        """The new one's, as text names it."""
        return self.new_symbol.name or ""


@record
class Interfaces:
    changes: Mapping[Symbol, InterfaceChange] = field(default_factory=dict)
    """By the old class; none where all that it has fits."""
    files: frozenset[str] = frozenset()
    """Those that the classes and their bases were read from."""


NO_INTERFACES = Interfaces()


def compare_interfaces(rules: Rules, callees: Callees, used: Collection[Symbol] = ()) -> Interfaces:
    """`used`: what files name of modules that move as a whole."""
    found: dict[Symbol, InterfaceChange] = {}
    files: set[str] = set()
    for rule in (*rules.replace, *rules_within(rules, used)):
        old = callees.definition(rule.old.module, rule.old.name) if rule.old.name else None
        new = callees.definition(rule.new.module, rule.new.name) if rule.new.name else None
        if old is None or new is None or old == new or not isinstance(old.node, ast.ClassDef):
            continue
        before = shape_of(callees, old)
        after = shape_of(callees, new) if isinstance(new.node, ast.ClassDef) else None
        renamed = {one.old for one in rules.members if one.owner == rule.old}
        old_call, new_call = (
            callees.find(one.module, one.name or "").signature for one in (rule.old, rule.new)
        )
        change = InterfaceChange(
            rule.old,
            rule.new,
            before,
            after,
            {} if after is None else changed_members(before, after, renamed),
            frozenset() if after is None else lost_specials(before, after),
            frozenset() if after is None else lost_of_class(before, after),
            old_call if rule.calls is None else None,
            new_call if rule.calls is None else None,
            moves_with_module=rule not in rules.replace,
        )
        files |= before.paths | (after.paths if after is not None else frozenset())
        if after is None or is_of_concern(change, before, after):
            found[rule.old] = change
    return Interfaces(found, frozenset(files))


def rules_within(rules: Rules, used: Collection[Symbol]) -> Iterator[Replacement]:
    """What modules that move as a whole do to the symbols in them that have no rule of their own."""
    own = {rule.old for rule in rules.replace}
    for rule in rules.replace if used else ():
        for symbol in used if rule.old.name is None else ():
            if symbol not in own and f"{symbol.module}.".startswith(f"{rule.old.module}."):
                module = rule.new.module + symbol.module.removeprefix(rule.old.module)
                yield Replacement(symbol, Symbol(module, symbol.name))


def is_of_concern(change: InterfaceChange, before: ClassShape, after: ClassShape) -> bool:
    if change.members or change.lost or change.lost_of_class:
        return True
    limits = [
        (
            one.slots,
            one.is_frozen,
            one.is_hashable,
            one.is_closed,
            one.is_error,
            one.is_dataclass,
            one.is_protocol,
        )
        for one in (before, after)
    ]
    return (
        limits[0] != limits[1]
        or after.not_implemented != before.not_implemented
        or change.old_call != change.new_call
    )


def changed_members(old: ClassShape, new: ClassShape, renamed: set[str]) -> dict[str, ChangedMember]:
    """What both inherit from outside of the tree can't be told: what the old one defines itself isn't there, probably."""
    may_lack = new.unknown is not None and old.unknown is not None and new.unknown <= old.unknown
    return {
        name: ChangedMember(member, new.members.get(name), new.is_whole or name in new.members)
        for name, member in old.members.items()
        if not name.startswith("__") and name not in renamed
        if (differs(member, new.members[name]) if name in new.members else new.is_whole or may_lack)
    }


def differs(old: ClassMember, new: ClassMember) -> bool:
    if new.kind == "property" and (old.kind == "value" or (old.can_be_set and not new.can_be_set)):
        return True
    if "unknown" in (old.kind, new.kind):
        return False
    both = (old.kind == "method") + (new.kind == "method")
    same_call = (old.gives, old.signature) == (new.gives, new.signature)
    return both == 1 or (both == 2 and not same_call) or (old.is_of_class and not new.is_of_class)


def lost_specials(old: ClassShape, new: ClassShape) -> frozenset[str]:
    if not new.is_whole:
        return frozenset()
    return frozenset(
        name
        for name in old.members.keys() - new.members.keys() - OF_EVERY_OBJECT
        if name.startswith("__") and name.endswith("__")
    )


def lost_of_class(old: ClassShape, new: ClassShape) -> frozenset[str]:
    return old.of_class - new.of_class - new.members.keys() if new.is_whole else frozenset()
