"""Deprecated pytest fixtures, which tests ask for by their names, and tests, which are found by them."""

from __future__ import annotations

import ast

from codemods.link.callees import Callees, decorator_name, last_part
from codemods.model.rules import Rules, Symbol


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


def deprecated_tests(rules: Rules, callees: Callees) -> frozenset[int]:
    """The numbers of the rules whose symbols a test runner finds wherever they are imported."""
    return frozenset(
        number
        for number, rule in enumerate(rules.replace)
        if (rule.new.name or "").lower().startswith("test") or is_test_case(callees, rule.old)
    )


def is_test_case(callees: Callees, symbol: Symbol) -> bool:
    definition = callees.definition(symbol.module, symbol.name) if symbol.name else None
    lineage = callees.lineage(definition) if definition else ()
    classes = [one.node for one in lineage if one is not None and isinstance(one.node, ast.ClassDef)]
    return any(last_part(base).endswith("TestCase") for node in classes for base in node.bases)
