"""Classes whose objects are shown as before: the old one and the new one say so themselves, without their names."""

from __future__ import annotations

import ast

from codemods.link.callees import Callees, Function
from codemods.model.rules import Rules, Symbol

NAMES = frozenset({"__class__", "__name__", "__qualname__"})
SHOW = ("__repr__", "__str__", "__format__")


def shown_alike(rules: Rules, callees: Callees) -> frozenset[int]:
    """The numbers of their rules."""
    return frozenset(
        number
        for number, rule in enumerate(rules.replace)
        if rule.old.name != rule.new.name
        and are_alike(ways_to_show(callees, rule.old), ways_to_show(callees, rule.new))
    )


def are_alike(old: list[Function | None], new: list[Function | None]) -> bool:
    return (
        bool(old and old[0])
        and [text_of(one) for one in old] == [text_of(one) for one in new]
        and all(one is None or not names_itself(one) for one in old)
    )


def ways_to_show(callees: Callees, symbol: Symbol) -> list[Function | None]:
    """The methods of the class, its own or of its bases; none where they can't be told."""
    definition = callees.definition(symbol.module, symbol.name) if symbol.name else None
    if definition is None or None in callees.lineage(definition):
        return []
    found = (callees.owner(definition, name) for name in SHOW)
    return [one and one[1] for one in found]


def text_of(method: Function | None) -> str:
    return ast.dump(method) if method else ""


def names_itself(method: Function) -> bool:
    """Whether it may show the name of the class: it asks for that, or something else gets the object."""
    own = method.args.args[0].arg if method.args.args else ""
    nodes = list(ast.walk(method))
    owners = {id(one.value) for one in nodes if isinstance(one, ast.Attribute)}
    return any(
        (isinstance(one, ast.Attribute) and one.attr in NAMES)
        or (isinstance(one, ast.Name) and (one.id == "super" or (one.id == own and id(one) not in owners)))
        for one in nodes
    )
