"""Classes that a file builds on the class: what the new one needs of them, and what it no longer asks them for."""

from __future__ import annotations

import ast

from codemods.link.interfaces.class_body import ClassMember, name_of
from codemods.link.misfits.misfit import Misfits, UsesOfClass


def subclass_misfits(uses: UsesOfClass) -> Misfits:
    new = uses.change.new
    for built in uses.values.built_classes() if new is not None else ():
        yield from abstract_misfits(uses, built)
        yield from class_misfits(uses, built)
        yield from override_misfits(uses, built)
    if new is not None:
        yield from construction_misfits(uses)


def abstract_misfits(uses: UsesOfClass, built: ast.ClassDef) -> Misfits:
    """Methods without which there can't be an object of it."""
    new, old = uses.change.new, uses.change.old
    missing = sorted(
        name
        for name in (new.not_implemented - old.not_implemented if new is not None else ())
        if not uses.member_of(built, name)
    )
    if missing and uses.is_built_on_it_alone(built) and not is_abstract(built):
        is_called = any(isinstance(one, ast.Call) and name_of(one.func) == built.name for one in uses.nodes)
        yield uses.misfit(built, f"{uses.change.name} needs {', '.join(missing)} of {built.name}", is_called)


def is_abstract(built: ast.ClassDef) -> bool:
    marks = {name_of(one) for part in built.body for one in getattr(part, "decorator_list", ())}
    return bool(marks & {"abstractmethod", "abstractproperty"}) or any(
        name_of(one) == "ABC" for one in built.bases
    )


def class_misfits(uses: UsesOfClass, built: ast.ClassDef) -> Misfits:
    new, old, name = uses.change.new, uses.change.old, uses.change.name
    if new is None:
        return
    if new.is_closed and not old.is_closed:
        yield uses.misfit(built, f"{name} is an enum with members, on which no class can be built")
    options = [one.arg for one in built.keywords if one.arg not in (None, "metaclass")]
    if options and "__init_subclass__" in uses.change.lost:
        yield uses.misfit(built, f"{name} takes no {options[0]} of classes that are built on it")
    marks = {name_of(one.func if isinstance(one, ast.Call) else one): one for one in built.decorator_list}
    if "dataclass" in marks and new.is_frozen and not old.is_frozen and new.is_dataclass:
        options = [one.arg for one in getattr(marks["dataclass"], "keywords", ())]
        if "frozen" not in options:
            yield uses.misfit(built, f"{name} is frozen, and {built.name} isn't")


def override_misfits(uses: UsesOfClass, built: ast.ClassDef) -> Misfits:
    """Methods that nothing calls any more, or that are called otherwise than before."""
    for name, member in uses.own_members(built).items():
        changed = uses.change.members.get(name)
        place = definition_in(built, name)
        if changed is None or place is None:
            continue
        if changed.new is None:
            if name not in uses.names_taken and name not in uses.expected_missing:
                yield uses.misfit(
                    place, f"{uses.change.name} has no {name}, so nothing may call this one", False
                )
        elif problem := override_trouble(member, changed.old, changed.new):
            yield uses.misfit(
                place, f"{name} of {uses.change.name} {problem}, and this one takes its place", False
            )


def override_trouble(own: ClassMember, old: ClassMember, new: ClassMember) -> str:
    kinds = (own.kind == "method", new.kind == "method")
    if "unknown" not in (own.kind, new.kind) and kinds[0] != kinds[1]:
        return f"is {'a method' if kinds[1] else 'no method'}" if (old.kind == "method") == kinds[0] else ""
    if {own.gives, new.gives} == {"awaitable", "value"} and old.gives == own.gives:
        return "is async" if new.gives == "awaitable" else "isn't async"
    if own.signature is None or new.signature is None or old.signature is None:
        return ""
    fits = own.signature.takes_all_of(new.signature) or not own.signature.takes_all_of(old.signature)
    return "" if fits else "takes other arguments"


def definition_in(built: ast.ClassDef, name: str) -> ast.AST | None:
    for one in built.body:
        if isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef)) and one.name == name:
            return one
    return None


def construction_misfits(uses: UsesOfClass) -> Misfits:
    """`Old()` where the new class is one of which there are no objects."""
    new, old = uses.change.new, uses.change.old
    if new is None or not (
        new.not_implemented - old.not_implemented or (new.is_protocol and not old.is_protocol)
    ):
        return
    for node in uses.nodes:
        value = uses.values.at(node.func) if isinstance(node, ast.Call) else None
        if value is not None and value.is_class and value.of is None:
            what = "a protocol" if new.is_protocol else "an abstract class"
            yield uses.misfit(node, f"{uses.change.name} is {what}, of which there are no objects")
