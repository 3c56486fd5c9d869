"""What Python itself asks of an object, or of a class, that the new one lacks: to be looped over, compared, entered."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterator
from typing import NamedTuple

from codemods.link.interfaces.class_body import LITERALS, name_of
from codemods.link.interfaces.interface_change import InterfaceChange
from codemods.link.misfits.misfit import Misfits, UsesOfClass

ITERATION = ("__iter__", "__getitem__")
FUNCTIONS = {
    **dict.fromkeys(
        ("all", "any", "dict", "enumerate", "filter", "frozenset", "iter", "list", "map"), ITERATION
    ),
    **dict.fromkeys(("max", "min", "set", "sorted", "sum", "tuple", "zip"), ITERATION),
    "abs": ("__abs__",),
    "bytes": ("__bytes__", *ITERATION),
    "complex": ("__complex__", "__float__", "__index__"),
    "divmod": ("__divmod__",),
    "float": ("__float__", "__index__"),
    "hash": ("__hash__",),
    "int": ("__int__", "__index__", "__trunc__"),
    "len": ("__len__",),
    "next": ("__next__",),
    "reversed": ("__reversed__", "__getitem__"),
    "round": ("__round__",),
}
"""Python's own functions, and the methods of which they need one of the objects that they are given."""
OPERATORS: dict[type[ast.AST], str] = {
    ast.Add: "add",
    ast.Sub: "sub",
    ast.Mult: "mul",
    ast.Div: "truediv",
    ast.FloorDiv: "floordiv",
    ast.Mod: "mod",
    ast.Pow: "pow",
    ast.MatMult: "matmul",
    ast.LShift: "lshift",
    ast.RShift: "rshift",
    ast.BitAnd: "and",
    ast.BitOr: "or",
    ast.BitXor: "xor",
    ast.UAdd: "pos",
    ast.USub: "neg",
    ast.Invert: "invert",
    ast.Lt: "lt",
    ast.LtE: "le",
    ast.Gt: "gt",
    ast.GtE: "ge",
}
ITEMS: dict[type[ast.expr_context], str] = {
    ast.Load: "__getitem__",
    ast.Store: "__setitem__",
    ast.Del: "__delitem__",
}
TRUTH = ("__bool__", "__len__")


class SpecialNeed(NamedTuple):
    """What is needed of an object where it stands."""

    of: ast.expr
    methods: tuple[str, ...]
    of_class: tuple[str, ...] = ()
    """Further ones of which a class needs one."""
    beside: ast.expr | None = None
    """The other side of an operator, which may say what that does."""


def special_misfits(uses: UsesOfClass) -> Misfits:
    checks = list(checks_needed(uses.change))
    for node in uses.nodes if checks else ():
        for check in checks:
            yield from check(uses, node)


def checks_needed(change: InterfaceChange) -> Iterator[Callable[[UsesOfClass, ast.AST], Misfits]]:
    old, new = change.old, change.new
    if new is None:
        return
    if change.lost or change.lost_of_class:
        yield missing_methods
    if "__eq__" in change.lost:
        yield equality_misfits
    if change.lost.intersection(TRUTH) and new.members.keys().isdisjoint(TRUTH):
        yield truth_misfits
    if old.is_hashable and not new.is_hashable:
        yield hash_misfits
    if old.is_error and not new.is_error and new.is_whole:
        yield error_misfits


def missing_methods(uses: UsesOfClass, node: ast.AST) -> Misfits:
    for need in needs_of(node):
        if problem := need_trouble(uses, need):
            yield uses.misfit(need.of, problem)


def need_trouble(uses: UsesOfClass, need: SpecialNeed) -> str:
    change, value = uses.change, uses.values.at(need.of)
    if value is None or value.is_super or uses.is_tried(need.of):
        return ""
    lost = change.lost_of_class if value.is_class else change.lost
    methods = (*need.methods, *(need.of_class if value.is_class else ()))
    if not lacks_all(uses, methods, lost, value.is_class) or not uses.is_inherited(value, methods):
        return ""
    if need.beside is not None and not (isinstance(need.beside, LITERALS) or uses.is_object(need.beside)):
        return ""
    if value.is_class and uses.is_only_read_as_type(need.of):
        return ""
    method = next(one for one in methods if one in lost)
    return f"{change.name} has no {method}, which is needed here"


def hash_misfits(uses: UsesOfClass, node: ast.AST) -> Misfits:
    for key in hashed_in(node):
        if uses.is_object(key):
            yield uses.misfit(key, f"objects of {uses.change.name} have no hash, which is needed here")


def error_misfits(uses: UsesOfClass, node: ast.AST) -> Misfits:
    for error in errors_in(node):
        if uses.values.at(error) is not None:
            yield uses.misfit(error, f"{uses.change.name} isn't an exception")


def lacks_all(uses: UsesOfClass, methods: Collection[str], lost: Collection[str], of_class: bool) -> bool:
    """Whether the old one had one of them, and the new one has none."""
    new = uses.change.new
    if new is None or not any(one in lost for one in methods):
        return False
    return not any(one in (new.of_class if of_class else new.members) for one in methods)


def needs_of(node: ast.AST) -> Iterator[SpecialNeed]:
    if isinstance(node, (ast.For, ast.comprehension, ast.AsyncFor)):
        is_async = isinstance(node, ast.AsyncFor) or bool(getattr(node, "is_async", 0))
        yield SpecialNeed(node.iter, ("__aiter__",) if is_async else ITERATION)
    elif isinstance(node, (ast.With, ast.AsyncWith)):
        entering = "__aenter__" if isinstance(node, ast.AsyncWith) else "__enter__"
        yield from (SpecialNeed(item.context_expr, (entering,)) for item in node.items)
    elif isinstance(node, (ast.Starred, ast.YieldFrom)):
        yield SpecialNeed(node.value, ITERATION)
    elif isinstance(node, ast.Assign):
        yield from (
            SpecialNeed(node.value, ITERATION)
            for one in node.targets
            if isinstance(one, (ast.Tuple, ast.List))
        )
    elif isinstance(node, ast.Subscript):
        yield SpecialNeed(node.value, (ITEMS[type(node.ctx)],), ("__class_getitem__",))
    elif isinstance(node, ast.Call):
        yield SpecialNeed(node.func, ("__call__",))
        needed = FUNCTIONS.get(node.func.id) if isinstance(node.func, ast.Name) else None
        at = 1 if needed is not None and name_of(node.func) in ("map", "filter") else 0
        if needed is not None and len(node.args) > at and (len(node.args) == at + 1 or needed != ITERATION):
            yield SpecialNeed(node.args[at], needed)
        yield from (SpecialNeed(one.value, ("keys",)) for one in node.keywords if one.arg is None)
    else:
        yield from needs_of_operators(node)


def needs_of_operators(node: ast.AST) -> Iterator[SpecialNeed]:
    if isinstance(node, ast.Compare):
        sides = [node.left, *node.comparators]
        for left, operator, right in zip(sides, node.ops, node.comparators, strict=False):
            if isinstance(operator, (ast.In, ast.NotIn)):
                yield SpecialNeed(right, ("__contains__", *ITERATION))
            elif type(operator) in OPERATORS:
                yield SpecialNeed(left, (f"__{OPERATORS[type(operator)]}__",), beside=right)
    elif isinstance(node, ast.BinOp):
        yield SpecialNeed(node.left, (f"__{OPERATORS[type(node.op)]}__",), beside=node.right)
    elif isinstance(node, ast.AugAssign):
        name = OPERATORS[type(node.op)]
        yield SpecialNeed(node.target, (f"__i{name}__", f"__{name}__"), beside=node.value)
    elif isinstance(node, ast.UnaryOp) and type(node.op) in OPERATORS:
        yield SpecialNeed(node.operand, (f"__{OPERATORS[type(node.op)]}__",))


# ---- what goes on working, and gives something else


def equality_misfits(uses: UsesOfClass, node: ast.AST) -> Misfits:
    is_equality = isinstance(node, ast.Compare) and isinstance(node.ops[0], (ast.Eq, ast.NotEq))
    if is_equality and any(map(uses.is_object, ast.iter_child_nodes(node))):
        yield uses.misfit(node, f"objects of {uses.change.name} are equal only to themselves")


def truth_misfits(uses: UsesOfClass, node: ast.AST) -> Misfits:
    for one in asked_for_truth(node):
        if uses.is_object(one):
            yield uses.misfit(one, f"objects of {uses.change.name} are always true", False)


def asked_for_truth(node: ast.AST) -> Iterator[ast.expr]:
    if isinstance(node, (ast.If, ast.While, ast.IfExp, ast.Assert)):
        yield node.test
    elif isinstance(node, ast.BoolOp):
        yield from node.values[:-1]
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield node.operand
    elif isinstance(node, ast.Call) and name_of(node.func) == "bool":
        yield from node.args


def hashed_in(node: ast.AST) -> Iterator[ast.expr]:
    if isinstance(node, ast.Set):
        yield from node.elts
    elif isinstance(node, ast.Dict):
        yield from (one for one in node.keys if one is not None)
    elif isinstance(node, ast.SetComp):
        yield node.elt
    elif isinstance(node, ast.DictComp):
        yield node.key
    elif isinstance(node, ast.Call) and name_of(node.func) == "hash":
        yield from node.args


def errors_in(node: ast.AST) -> Iterator[ast.expr]:
    if isinstance(node, ast.Raise) and node.exc is not None:
        yield node.exc
    elif isinstance(node, ast.ExceptHandler) and node.type is not None:
        yield from node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
