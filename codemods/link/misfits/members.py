"""Members that the new class lacks, or has otherwise: on its objects, on itself, in classes that are built on it."""

from __future__ import annotations

import ast

from codemods.link.interfaces.class_body import ClassMember, name_of
from codemods.link.interfaces.class_values import Value
from codemods.link.interfaces.interface_change import ChangedMember
from codemods.link.misfits.misfit import Misfits, UsesOfClass
from codemods.link.signatures import passed_in

TAKES_RESULT = (
    *(ast.Attribute, ast.BinOp, ast.BoolOp, ast.Compare, ast.Expr, ast.For, ast.FormattedValue, ast.If),
    *(ast.IfExp, ast.Starred, ast.Subscript, ast.UnaryOp, ast.While, ast.comprehension),
)
"""What can only work with a call's own result, not with a coroutine."""
WORDS = {"method": "a method", "property": "a property", "value": "a value"}
NOT_FOUND = "isn't found, and not all that the class is built on can be read"
THE_NEW_ONE = "the new one "
PATCHES = frozenset({"object", "setattr", "delattr"})
"""`patch.object`, `monkeypatch.setattr`."""


def member_misfits(uses: UsesOfClass) -> Misfits:
    members = uses.change.members
    for node in uses.nodes:
        if isinstance(node, ast.Attribute) and node.attr in members and isinstance(node.ctx, ast.Load):
            value = uses.values.at(node.value)
            if value is not None and uses.is_inherited(value, [node.attr]):
                problem = misuse(uses, node, value, members[node.attr])
                if problem and not uses.is_tried(node):
                    problem = f"{node.attr} of {uses.change.name} {problem}"
                    yield uses.misfit(node, problem, members[node.attr].is_certain)
        elif isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
            yield from setting_misfits(uses, node)
        elif isinstance(node, ast.Call):
            yield from named_misfits(uses, node)
        elif isinstance(node, ast.MatchClass) and uses.is_class(node.cls):
            yield from pattern_misfits(uses, node)


def misuse(uses: UsesOfClass, node: ast.Attribute, value: Value, changed: ChangedMember) -> str:
    """Why a use of the member fails with the new class; empty if it works, or can't be seen."""
    old, new = changed.old, changed.new
    if new is None:
        missing = "doesn't exist" if changed.is_certain else NOT_FOUND
        return "" if node.attr in uses.expected_missing else missing
    call = uses.parent(node)
    is_called = isinstance(call, ast.Call) and call.func is node
    if (old.kind == "method") != (new.kind == "method") and not value.is_class:
        fits = new.kind == "method" and (is_called or is_stored_later(uses, node))
        return "" if fits else f"is {WORDS[new.kind]}, not {WORDS[old.kind]}"
    if value.is_class and (old.kind, new.kind) == ("value", "property"):
        return "is a property of its objects, not a value of the class"
    if not isinstance(call, ast.Call) or not is_called or "property" in (old.kind, new.kind):
        return ""
    return awaiting_trouble(uses, call, old, new) or argument_trouble(call, old, new, value)


def is_stored_later(uses: UsesOfClass, node: ast.Attribute) -> bool:
    """Whether another statement of the file sets it, so that it may be something else by then."""
    return node.attr in uses.expected_missing


def awaiting_trouble(uses: UsesOfClass, call: ast.Call, old: ClassMember, new: ClassMember) -> str:
    parent = uses.parent(call)
    if new.gives == "awaitable" and old.gives == "value" and isinstance(parent, TAKES_RESULT):
        return "needs await"
    if old.gives == "awaitable" and new.gives == "value" and isinstance(parent, ast.Await):
        return "gives nothing to await"
    return ""


def argument_trouble(call: ast.Call, old: ClassMember, new: ClassMember, value: Value) -> str:
    if value.is_class and not new.is_of_class:
        return "is a method of its objects, not of the class" if old.is_of_class else ""
    if old.signature is None or new.signature is None:
        return ""
    passed = passed_in(call)
    trouble = new.signature.misfit(passed)
    if not trouble or old.signature.misfit(passed):
        return ""
    return trouble.removeprefix(THE_NEW_ONE) if trouble.startswith(THE_NEW_ONE) else f"doesn't fit: {trouble}"


# ---- attributes that are set


def setting_misfits(uses: UsesOfClass, node: ast.Attribute) -> Misfits:
    value, old, new = uses.values.at(node.value), uses.change.old, uses.change.new
    if value is None or value.is_class or value.is_super or new is None or uses.is_tried(node):
        return
    member = uses.change.members.get(node.attr)
    if new.is_frozen and not old.is_frozen:
        yield uses.misfit(node, f"objects of {uses.change.name} are frozen, so {node.attr} can't be set")
    elif (
        member is not None and member.new is not None and member.old.can_be_set and not member.new.can_be_set
    ):
        if value.of is None or uses.leaves_to_it(value.of, node.attr):
            yield uses.misfit(node, f"{node.attr} of {uses.change.name} is a property that can't be set")
    elif (
        new.slots is not None
        and old.slots is None
        and value.of is None
        and node.attr not in {*new.slots, *new.members}
    ):
        yield uses.misfit(node, f"{uses.change.name} has slots, and none for {node.attr}")


# ---- members that are named by a string, or in a pattern


def named_misfits(uses: UsesOfClass, node: ast.Call) -> Misfits:
    """`getattr(x, "gone")`, `patch.object(Old, "gone")`."""
    name = name_of(node.func)
    texts = [one for one in node.args[1:2] if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    if not texts or not (name in PATCHES or (name == "getattr" and len(node.args) == 2)):
        return
    if any(one.arg in ("create", "raising") for one in node.keywords):
        return
    value, member = uses.values.at(node.args[0]), str(texts[0].value)
    changed = uses.change.members.get(member)
    if changed is None or not changed.is_missing or value is None or member in uses.expected_missing:
        return
    if uses.is_inherited(value, [member]) and not uses.is_tried(node):
        yield uses.misfit(texts[0], f"{member} of {uses.change.name} doesn't exist")


def pattern_misfits(uses: UsesOfClass, node: ast.MatchClass) -> Misfits:
    for name in node.kwd_attrs:
        changed = uses.change.members.get(name)
        if changed is not None and changed.is_missing:
            yield uses.misfit(
                node, f"{name} of {uses.change.name} doesn't exist, so the pattern never matches"
            )
    if node.patterns and "__match_args__" in uses.change.lost:
        yield uses.misfit(node, f"{uses.change.name} has no patterns by place")
