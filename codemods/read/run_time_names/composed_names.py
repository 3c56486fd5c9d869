"""Names that are put together from constants where something takes a name: `getattr(m, "O" + "ld")`."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import product

from codemods.model.patterns import lazy_pattern

TAKER = lazy_pattern(
    rb"\b(?:getattr|setattr|hasattr|delattr|patch\.object|vars|__dict__|globals)\b[^\n]*?[,\[(]\s*"
    rb"(?![\"'][^\"'\n]*[\"']\s*[,)\]])(?P<name>[^\n]*[\"'][^\n]*)"
)
"""What takes a name that isn't written out on its line."""
FORMS = (b"attr(", b"patch.object(", b"vars(", b"__dict__", b"globals(")
"""One of them is in each file with such a place."""
IDENTIFIER = lazy_pattern(r"[^\W\d]\w*")
LITERAL = lazy_pattern(rb"[\"']([^\"'\n]*)[\"']")
FIELD = lazy_pattern(r"%s|\{\w*\}")
MOST = 64
"""Values of an expression that are looked at."""
WITHOUT_ARGUMENTS = frozenset({"upper", "lower", "title", "capitalize", "swapcase", "strip"})


def places_of_composed(text: bytes, words: Collection[str]) -> Iterator[tuple[int, list[str]]]:
    """Where a name may be put together whose pieces are pieces of one of the words; and what other names are there."""
    for match in TAKER.finditer(text) if any(form in text for form in FORMS) else ():
        pieces = [one for one in LITERAL.findall(match["name"]) if one]
        if any(is_piece(piece.decode("utf-8", "replace"), words) for piece in pieces):
            yield match.start(), IDENTIFIER.findall(match["name"].decode("utf-8", "replace"))


def is_piece(text: str, words: Collection[str]) -> bool:
    """Whether all that is written out in a template is a piece of one word, in any case of letters, but no whole one."""
    pieces = [one for one in FIELD.split(text) if one]
    return bool(pieces) and any(
        pieces != [word] and all(piece.lower() in word.lower() for piece in pieces) for word in words
    )


class ComposedNames:
    """The values of the expressions of one file, as far as they come from constants."""

    def __init__(self, assigned: Iterable[tuple[str, ast.expr]]) -> None:
        """`assigned`: what names get anywhere in the file."""
        self.assigned: dict[str, list[ast.expr]] = {}
        for name, value in assigned:
            self.assigned.setdefault(name, []).append(value)

    def values(self, node: ast.expr, depth: int = 0) -> list[str]:
        """All that an expression may give; none where that isn't known."""
        if isinstance(node, ast.Constant):
            return [node.value] if isinstance(node.value, str) else []
        if depth > 5:
            return []
        if isinstance(node, (ast.Set, ast.List, ast.Tuple, ast.Dict)):
            elements = [one for one in node.keys if one] if isinstance(node, ast.Dict) else node.elts
            return [value for one in elements[:MOST] for value in self.values(one, depth + 1)][:MOST]
        if isinstance(node, ast.Name):
            found = [self.values(value, depth + 1) for value in self.assigned.get(node.id, ())]
            return [one for values in found for one in values][:MOST]
        return list(self.composed(node, depth))[:MOST]

    def composed(self, node: ast.expr, depth: int) -> Iterator[str]:
        if isinstance(node, ast.JoinedStr):
            parts = [one.value if isinstance(one, ast.FormattedValue) else one for one in node.values]
            yield from self.joined("", parts, depth)
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            yield from self.joined("", [node.left, node.right], depth)
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
            values = node.right.elts if isinstance(node.right, ast.Tuple) else [node.right]
            yield from self.filled(node.left, values, depth)
        elif isinstance(node, ast.IfExp):
            yield from (*self.values(node.body, depth + 1), *self.values(node.orelse, depth + 1))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and not node.keywords:
            yield from self.called(node.func, node.args, depth)

    def called(self, function: ast.Attribute, arguments: Sequence[ast.expr], depth: int) -> Iterator[str]:
        """Methods of strings."""
        if function.attr == "format":
            yield from self.filled(function.value, arguments, depth)
        elif function.attr == "join" and len(arguments) == 1:
            elements = arguments[0].elts if isinstance(arguments[0], (ast.List, ast.Tuple)) else []
            for separator in self.values(function.value, depth + 1) if elements else ():
                yield from self.joined(separator, elements, depth)
        elif function.attr in WITHOUT_ARGUMENTS and not arguments:
            yield from (getattr(one, function.attr)() for one in self.values(function.value, depth + 1))

    def all_of(self, nodes: Sequence[ast.expr], depth: int) -> Iterator[tuple[str, ...]]:
        """Every way in which the values of these go together."""
        found = [self.values(node, depth + 1) for node in nodes]
        for number, values in enumerate(product(*found)):
            if number >= MOST:
                return
            yield values

    def joined(self, separator: str, nodes: Sequence[ast.expr], depth: int) -> Iterator[str]:
        yield from (separator.join(values) for values in self.all_of(nodes, depth))

    def filled(self, template: ast.expr, nodes: Sequence[ast.expr], depth: int) -> Iterator[str]:
        """`"%sld" % "O"`, `"{}ld".format("O")`."""
        for text in self.values(template, depth + 1):
            for values in self.all_of(nodes, depth):
                if len(FIELD.findall(text)) == len(values):
                    filling = iter(values)
                    yield FIELD.sub(lambda _, one=filling: next(one), text)  # type: ignore[misc]


def assigned_values(statements: Iterable[ast.AST]) -> Iterator[tuple[str, ast.expr]]:
    """`half = "O"`, `for half in ("O", "K")`, `def f(half="O")`, `def f(half="O", /)`, `def f(*, half="O")`,
    `half in ("O", "K")`, `half == "O"`."""
    for node in statements:
        if isinstance(node, (ast.For, ast.comprehension)) and isinstance(node.target, ast.Name):
            elements = node.iter.elts if isinstance(node.iter, (ast.List, ast.Tuple, ast.Set)) else []
            yield from ((node.target.id, one) for one in elements)
        elif isinstance(node, ast.Assign):
            yield from ((one.id, node.value) for one in node.targets if isinstance(one, ast.Name))
        elif isinstance(node, (ast.AnnAssign, ast.NamedExpr)) and isinstance(node.target, ast.Name):
            yield from [(node.target.id, node.value)] if node.value else []
        elif isinstance(node, ast.Compare) and isinstance(node.left, ast.Name):
            if isinstance(node.ops[0], (ast.In, ast.Eq)):
                yield node.left.id, node.comparators[0]
        elif isinstance(node, ast.arguments):
            given = [*node.posonlyargs, *node.args]
            yield from zip(
                (one.arg for one in given[len(given) - len(node.defaults) :]), node.defaults, strict=True
            )
            keywords = zip(node.kwonlyargs, node.kw_defaults, strict=True)
            yield from ((one.arg, value) for one, value in keywords if value is not None)


def composed_word(names: ComposedNames, node: ast.expr, words: Collection[str]) -> str:
    """The word that an expression may give; empty where it gives none."""
    if isinstance(node, ast.Constant):
        return ""
    return next((value for value in names.values(node) if value in words), "")
