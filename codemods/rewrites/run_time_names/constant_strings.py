"""What an expression of strings and constants gives, where every name in it is bound once to a string."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from codemods.edit.file_rewrite import FileRewrite
from codemods.model.facts import STORE
from codemods.model.patterns import lazy_pattern
from codemods.model.records import record
from codemods.read.name_walk import last_name

FIELD = lazy_pattern(r"%s|\{\d*\}")
DEEPEST = 5
TAKE_DOTTED = frozenset({"patch", "setattr", "delattr", "import_string", "import_object", "locate"})


@record
class ConstantExpression:
    """`MOD + ".Old"` in the text, and what it gives."""

    start: int
    end: int
    value: str


@dataclass
class ConstantStrings:
    """The expressions of one file, read when something asks for them."""

    file: FileRewrite

    @cached_property
    def values_by_place(self) -> dict[int, ast.expr]:
        """What is assigned to a name as a statement of its own, by the place of the name."""
        return {
            self.span(node.targets[0])[0]: node.value
            for node in ast.walk(self.file.source.tree)
            if isinstance(node, ast.Assign)
            and len(node.targets) == 1
            and isinstance(node.targets[0], ast.Name)
        }

    def is_assigned(self, start: int) -> bool:
        """Whether a string is all that is assigned to a name."""
        plain = (value for value in self.values_by_place.values() if isinstance(value, ast.Constant))
        return any(self.span(value)[0] == start for value in plain)

    def span(self, node: ast.expr) -> tuple[int, int]:
        offset = self.file.source.offset
        return offset(node.lineno, node.col_offset), offset(node.end_lineno or 0, node.end_col_offset or 0)

    def around(self, start: int, end: int, scope: int) -> ConstantExpression | None:
        """The widest expression around a part of it whose value is known."""
        for node in ast.walk(self.file.source.tree):
            if isinstance(node, (ast.JoinedStr, ast.BinOp, ast.Call)):
                first, last = self.span(node)
                value = self.value(node, scope) if first <= start and end <= last else None
                if value is not None:
                    return ConstantExpression(first, last, value)
        return None

    def value(self, node: ast.expr, scope: int, depth: int = 0) -> str | None:
        if isinstance(node, ast.Constant):
            return node.value if isinstance(node.value, str) else None
        parts = list(self.parts(node, scope, depth)) if depth <= DEEPEST else [None]
        return None if not parts or None in parts else "".join(part or "" for part in parts)

    def parts(self, node: ast.expr, scope: int, depth: int) -> Iterator[str | None]:
        """What is put together; None for what isn't known."""
        if isinstance(node, ast.Name):
            own = next(iter(self.file.module_names), None)
            yield own if node.id == "__name__" else self.constant(node.id, scope, depth)
        elif isinstance(node, ast.JoinedStr):
            for one in node.values:
                plain = not isinstance(one, ast.FormattedValue) or (one.conversion, one.format_spec) == (
                    -1,
                    None,
                )
                inner = one.value if isinstance(one, ast.FormattedValue) else one
                yield self.value(inner, scope, depth + 1) if plain else None
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            yield self.value(node.left, scope, depth + 1)
            yield self.value(node.right, scope, depth + 1)
        else:
            yield from self.filled_template(node, scope, depth)

    def is_target(self, start: int, end: int) -> bool:
        """Whether a part belongs to the first argument of a call that takes a dotted name."""
        for node in ast.walk(self.file.source.tree):
            if isinstance(node, ast.Call) and node.args and last_name(node.func) in TAKE_DOTTED:
                first, last = self.span(node.args[0])
                if first <= start and end <= last:
                    return True
        return False

    def constant(self, name: str, scope: int, depth: int) -> str | None:
        home = self.file.facts.binding_scope(name, scope)
        stores = [one.start for one in self.file.mentions(home, name) if one.role == STORE]
        if home < 0 or self.file.roles(home, name) != {STORE} or len(stores) != 1:
            return None
        assigned = self.values_by_place.get(stores[0])
        return None if assigned is None else self.value(assigned, home, depth + 1)

    def filled_template(self, node: ast.expr, scope: int, depth: int) -> Iterator[str | None]:
        """`"%s.Old" % MOD`, `"{}.Old".format(MOD)`, `".".join((MOD, "Old"))`."""
        template, values = template_of(node)
        found = [self.value(value, scope, depth + 1) for value in values]
        if template is None or not found or None in found:
            yield None
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "join":
            yield template.join(value or "" for value in found)
        elif len(FIELD.findall(template)) == len(found) and not re.search(r"%[^s]|\{[^\d}]|\{\d", template):
            filled = iter(found)
            yield FIELD.sub(lambda _: next(filled) or "", template)
        else:
            yield None


def template_of(node: ast.expr) -> tuple[str | None, list[ast.expr]]:
    """A template and what fills it."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod) and isinstance(node.left, ast.Constant):
        values = node.right.elts if isinstance(node.right, ast.Tuple) else [node.right]
        return text_in(node.left), values
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and not node.keywords:
        if node.func.attr == "format":
            return text_in(node.func.value), node.args
        if (
            node.func.attr == "join"
            and len(node.args) == 1
            and isinstance(node.args[0], (ast.List, ast.Tuple))
        ):
            return text_in(node.func.value), node.args[0].elts
    return None, []


def text_in(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None
