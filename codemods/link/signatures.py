"""The parameters of a class or a function, read from its definition, and whether a call fits them."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass

from codemods.model.facts import Call


@dataclass(frozen=True)
class CallSignature:
    positional: tuple[str, ...]
    """Those that can be passed by position; the first `only` of them only so."""
    positional_only: int
    required: frozenset[str]
    keyword_only: frozenset[str]
    """Those that can be passed by name only."""
    takes_more_positional: bool
    takes_more_keywords: bool

    def misfit(self, call: Call, names: Mapping[str, str]) -> str:
        """Why a call would fail, after its arguments are renamed; empty if it fits or can't be seen."""
        starred = any(argument.starred for argument in call.arguments)
        positional_count = sum(
            argument.keyword is None and not argument.starred for argument in call.arguments
        )
        given = [
            names.get(argument.keyword, argument.keyword) for argument in call.arguments if argument.keyword
        ]
        if positional_count > len(self.positional) and not self.takes_more_positional:
            return f"the new one takes {len(self.positional)} positional arguments, but {positional_count} are passed"
        known = {*self.positional[self.positional_only :], *self.keyword_only}
        for name in given:
            if name not in known and not self.takes_more_keywords:
                return f"the new one has no argument {name}"
            if name in self.positional[:positional_count]:
                return f"{name} would be passed twice"
        if starred:
            return ""
        missing = self.required - set(self.positional[:positional_count]) - set(given)
        return f"the new one needs {', '.join(sorted(missing))}" if missing else ""


def signature_of(tree: ast.Module, dotted: str) -> CallSignature | None:
    """Of `name` or `Class.method` in a module; None if it can't be read off the definition."""
    name, _, method = dotted.partition(".")
    definitions = [node for node in tree.body if getattr(node, "name", None) == name]
    if len(definitions) != 1:
        return None
    node = definitions[0]
    if isinstance(node, ast.ClassDef):
        return method_signature(node, method) if method and "." not in method else class_signature(tree, node)
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and not method and not node.decorator_list:
        return signature_from_arguments(node.args, 0)
    return None


def class_signature(tree: ast.Module, node: ast.ClassDef) -> CallSignature | None:
    if node.decorator_list or node.keywords or own_method(node, "__new__"):
        return None
    constructor = own_method(node, "__init__")
    if constructor is not None:
        return None if constructor.decorator_list else signature_from_arguments(constructor.args, 1)
    bases = [base for base in node.bases if not (isinstance(base, ast.Name) and base.id == "object")]
    if not bases:
        return CallSignature((), 0, frozenset(), frozenset(), False, False)
    base = bases[0]
    if len(bases) > 1 or not isinstance(base, ast.Name):
        return None
    parents = [
        one for one in tree.body if isinstance(one, ast.ClassDef) and one.name == base.id and one is not node
    ]
    return class_signature(tree, parents[0]) if len(parents) == 1 else None


def method_signature(node: ast.ClassDef, name: str) -> CallSignature | None:
    method = own_method(node, name)
    if method is None or len(method.decorator_list) != 1:
        return None
    decorator = method.decorator_list[0]
    kind = decorator.id if isinstance(decorator, ast.Name) else ""
    skipped = {"classmethod": 1, "staticmethod": 0}.get(kind)
    return None if skipped is None else signature_from_arguments(method.args, skipped)


def own_method(node: ast.ClassDef, name: str) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
    for one in reversed(node.body):
        if isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef)) and one.name == name:
            return one
    return None


def signature_from_arguments(node: ast.arguments, skipped: int) -> CallSignature:
    places = [argument.arg for argument in (*node.posonlyargs, *node.args)]
    optional = set(places[len(places) - len(node.defaults) :]) if node.defaults else set()
    named = [argument.arg for argument in node.kwonlyargs]
    optional |= {name for name, default in zip(named, node.kw_defaults, strict=True) if default is not None}
    positional = tuple(places[skipped:])
    return CallSignature(
        positional,
        max(0, len(node.posonlyargs) - skipped),
        frozenset({*positional, *named} - optional),
        frozenset(named),
        node.vararg is not None,
        node.kwarg is not None,
    )
