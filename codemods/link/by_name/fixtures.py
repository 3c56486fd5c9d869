"""Deprecated pytest fixtures, which tests ask for by their names."""

from __future__ import annotations

import ast

from codemods.link.callees import Callees, decorator_name
from codemods.model.rules import Rules


def deprecated_fixtures(rules: Rules, callees: Callees) -> frozenset[int]:
    """The numbers of their rules."""
    found = set()
    for number, rule in enumerate(rules.replace):
        definition = callees.definition(rule.old.module, rule.old.name) if rule.old.name else None
        if definition and any(map(is_fixture, definition.node.decorator_list)):
            found.add(number)
    return frozenset(found)


def is_fixture(decorator: ast.expr) -> bool:
    """Whether it makes a fixture that is called like the function."""
    named = isinstance(decorator, ast.Call) and any(one.arg == "name" for one in decorator.keywords)
    return decorator_name(decorator) in ("fixture", "yield_fixture") and not named
