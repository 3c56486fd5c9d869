"""What each string literal is for: a docstring, an annotation, a patch target, a module's name, `__all__`, or plain."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from codemods.model.facts import ANNOTATION, ASSIGNED, PATCHED
from codemods.read.annotations.typing_names import (
    GENERICS,
    TAKES_QUOTED_TYPES,
    elements,
    names_of_typing,
    types_in_call,
)
from codemods.read.run_time_names.loaders import LOADERS, names_of_loaders
from codemods.read.scopes import ScopeWalk
from codemods.read.source import Source
from codemods.read.top_level import word_starts

SIMPLE = re.compile(rb"""([rRuU]?)('''|\"\"\"|'|")(.*)\2""", re.DOTALL)
ATTRIBUTE_FUNCTIONS = frozenset({"getattr", "hasattr", "setattr", "delattr", "spy"})
GETTERS = frozenset({"attrgetter", "methodcaller"})
EVALUATORS = frozenset({"eval", "exec", "compile"})
FRAME_NAMES = ("f_globals", "f_locals")
PART = re.compile(r"(?:%s|%\(\w+\)s|\{[\w.]*\})?\.[^\W\d]\w*(?:\.\w+)*")
"""What a dotted name ends in where its head is put before it."""
HEAD = re.compile(r"\w+(?:\.\w+)*\.(?:%s|\{\w*\})?")
"""What a dotted name begins with where its last part is put behind it."""

Tail = tuple[ast.Attribute | ast.Constant | ast.keyword, ...]
"""What is taken of a module that is loaded by name."""


@dataclass
class LiteralNode:
    node: ast.Constant
    context: str
    scope: int
    flags: int
    content_start: int
    owner: ast.Name | None = None
    attributes: Tail = ()
    package: str = ""
    bound_name: str = ""

    @property
    def value(self) -> str:
        return str(self.node.value)


@dataclass
class LiteralContexts:
    """Which constants, by id(), are used for what."""

    contexts: dict[int, str] = field(default_factory=dict)
    owners: dict[int, ast.Name] = field(default_factory=dict)
    attributes: dict[int, Tail] = field(default_factory=dict)
    packages: dict[int, str] = field(default_factory=dict)
    assigned: set[int] = field(default_factory=set)
    """The names that `setattr` and `delattr` get."""
    patched: set[int] = field(default_factory=set)
    """The names that `patch.object` and `monkeypatch.setattr` get."""
    bound_names: dict[int, str] = field(default_factory=dict)
    keywords: list[tuple[ast.keyword, ast.expr, str]] = field(default_factory=list)
    """Those of `patch.multiple`, each with its target and context."""
    given: list[ast.keyword] = field(default_factory=list)
    """Those of `dict(Old=x)` and `vars(m).update(Old=x)`, which are keys afterwards."""
    modules: list[ast.keyword] = field(default_factory=list)
    """Keywords that name modules."""
    loaders: Mapping[str, str] = field(default_factory=dict)
    """Other names of what loads modules."""
    composed: Callable[[ast.expr], str] = lambda _: ""
    """The searched name that an expression may give."""
    composed_nodes: list[ast.Constant] = field(default_factory=list)

    def constant(self, name: ast.expr | None) -> ast.Constant | None:
        """A name that is written out, or put together: that is known, but can't be edited."""
        if name is None or isinstance(name, ast.Constant):
            return name
        value = self.composed(name)
        if not value:
            return None
        self.composed_nodes.append(ast.copy_location(ast.Constant(value), name))
        return self.composed_nodes[-1]

    def loader(self, function: ast.expr) -> str:
        """What loads a module by its name; empty for another function."""
        name, owner = callee(function)
        name = name if owner else self.loaders.get(name, name)
        return name if name in LOADERS else ""

    def mark(self, node: ast.AST | None, context: str) -> None:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            self.contexts[id(node)] = context

    def flags_of(self, node: ast.Constant) -> int:
        return (ASSIGNED if id(node) in self.assigned else 0) | (PATCHED if id(node) in self.patched else 0)

    def mark_all(self, node: ast.AST | None, context: str) -> None:
        for inner in ast.walk(node) if node is not None else ():
            self.mark(inner, context)


def literal_nodes(
    walk: ScopeWalk,
    source: Source,
    typing_names: Mapping[str, str] | None = None,
    composed: Callable[[ast.expr], str] = lambda _: "",
) -> Iterator[LiteralNode]:
    """`typing_names`: those of the file, where the source is a part of it. `composed`: the searched name that an
    expression may give."""
    uses = LiteralContexts(loaders=names_of_loaders(source), composed=composed)
    mark_all_contexts(uses, walk, source, typing_names)
    yield from literals_in_context(walk, source, uses)
    for keyword_node, target, context in uses.keywords:
        yield from keyword_literal(source, keyword_node, target, context)
    yield from names_as_literals(walk, source, uses)
    for node in uses.composed_nodes:
        key = id(node)
        flags = ASSIGNED if key in uses.assigned else 0
        yield LiteralNode(node, uses.contexts.get(key, "plain"), 0, flags, -1, uses.owners.get(key))


def mark_all_contexts(
    uses: LiteralContexts, walk: ScopeWalk, source: Source, typing_names: Mapping[str, str] | None
) -> None:
    for node, _, flags in walk.strings:
        if flags & ANNOTATION:
            uses.mark(node, "annotation")
    for node in walk.docstrings:
        uses.mark(node, "doc")
    for call, _, _ in walk.calls:
        mark_call(uses, call)
    if typing_names is None:
        typing_names = names_of_typing(source.text) if walk.subscripts else {}
    for subscript in walk.subscripts:
        mark_subscript(uses, subscript, typing_names)
    for statement in walk.export_statements:
        mark_exports(uses, getattr(statement, "value", None))


def literals_in_context(walk: ScopeWalk, source: Source, uses: LiteralContexts) -> Iterator[LiteralNode]:
    last_parts = {id(one) for node in walk.parts for one in last_parts_of(node)}
    for node, scope, flags in walk.strings:
        key = id(node)
        context = uses.contexts.get(key, "plain")
        if context in ("plain", "patch") and (PART.fullmatch(str(node.value)) or key in last_parts):
            context = "part"
        elif context in ("plain", "patch") and HEAD.fullmatch(str(node.value)):
            context = "head"
        yield LiteralNode(
            node,
            context,
            scope,
            flags | uses.flags_of(node),
            content_start_of(source, node),
            uses.owners.get(key),
            uses.attributes.get(key, ()),
            uses.packages.get(key, ""),
            uses.bound_names.get(key, ""),
        )


def names_as_literals(walk: ScopeWalk, source: Source, uses: LiteralContexts) -> Iterator[LiteralNode]:
    """Names that aren't written as strings, or that are read as something else than what is written."""
    for key_node in uses.given:
        yield LiteralNode(ast.copy_location(ast.Constant(key_node.arg), key_node), "given", 0, 0, -1)
    for one in uses.modules:
        yield LiteralNode(ast.copy_location(ast.Constant(one.arg or ""), one), "plain", 0, 0, -1)
    yield from (LiteralNode(node, "code part", 0, 0, -1) for node in walk.code_parts)
    for node in walk.bytes:
        text = ast.copy_location(ast.Constant(node.value.decode("latin-1")), node)  # type: ignore[union-attr]
        yield LiteralNode(text, "bytes", 0, 0, -1)
    yield from (LiteralNode(node, "own name", 0, 0, -1) for node in names_of_themselves(walk))
    named = [one for one in walk.strings if is_identifier(one[0])]
    if named and next(word_starts(source.text, FRAME_NAMES), None) is not None:
        yield from (LiteralNode(node, "frame", scope, flags, -1) for node, scope, flags in named)


def names_of_themselves(walk: ScopeWalk) -> Iterator[ast.Constant]:
    """What is given on under its own name: `f(Old=Old)`, `{"Old": Old}`."""
    for call, _, _ in walk.calls:
        for one in call.keywords:
            if type(one.value) is ast.Name and one.value.id == one.arg:
                yield ast.copy_location(ast.Constant(one.arg), one)
    for node in walk.dicts:
        for key, value in zip(node.keys, node.values, strict=True):
            if type(value) is ast.Name and type(key) is ast.Constant and value.id == key.value:
                yield key


def last_parts_of(node: ast.JoinedStr | ast.BinOp) -> Iterator[ast.expr]:
    """A bare name behind something else: `PREFIX + "Old"`, `"%s.%s" % (MOD, "Old")`."""
    last = node.right if isinstance(node, ast.BinOp) else node.values[-1]
    last = last.elts[-1] if isinstance(last, ast.Tuple) and last.elts else last
    if is_identifier(last):
        yield last


def is_identifier(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and str(node.value).isidentifier()


def keyword_literal(
    source: Source, node: ast.keyword, target: ast.expr, context: str
) -> Iterator[LiteralNode]:
    """The attribute that a keyword of `patch.multiple` names: with its module where that is a string."""
    owner = root_of(target)
    head = f"{target.value}." if isinstance(target, ast.Constant) and type(target.value) is str else ""
    if owner is not None or head:
        name = ast.Constant(f"{head}{node.arg}")
        ast.copy_location(name, node)
        start = source.line_starts[node.lineno - 1] + node.col_offset
        yield LiteralNode(name, context, 0, PATCHED, start if context == "attribute" else -1, owner)


def mark_call(contexts: LiteralContexts, call: ast.Call) -> None:
    name, owner = callee(call.func)
    first = call.args[0] if call.args else None
    if name in ("dict", "update"):
        contexts.given += [one for one in call.keywords if one.arg]
    if owner == "patch" and name == "multiple":
        mark_multiple(contexts, call, first or keyword(call, "target"))
    elif name == "patch" and len(call.args) > 1 and root_of(first) is not None:
        mark_attribute_call(contexts, call)
    elif owner == "patch" and name == "dict":
        mark_names_of_module(contexts, call, first or keyword(call, "in_dict"))
    elif name == "patch":
        contexts.mark(first or keyword(call, "target"), "patch")
    elif name == "update" and isinstance(call.func, ast.Attribute):
        mark_update(contexts, call, call.func.value)
    elif name in ATTRIBUTE_FUNCTIONS or (owner == "patch" and name == "object"):
        mark_attribute_call(contexts, call)
    elif loader := contexts.loader(call.func):
        mark_loader(contexts, call, first, loader)
    elif (owner, name) == ("modules", "get"):
        contexts.mark(first, "loaded")
        note_use(contexts, first, call)
    elif name in ("get", "pop") and isinstance(call.func, ast.Attribute) and first is not None:
        mark_item(contexts, call.func.value, first)
    elif name in TAKES_QUOTED_TYPES:
        for argument in types_in_call(name, call):
            contexts.mark_all(argument, "annotation")
    elif owner == "__all__":
        mark_exports(contexts, first)
    elif owner == "mark" and name in ("skipif", "xfail"):
        contexts.mark(first, "code")
    elif name in GETTERS or (name in EVALUATORS and owner in ("", "builtins")):
        for argument in call.args:
            if id(argument) not in contexts.owners:
                contexts.mark(argument, "getter" if name in GETTERS else "code")
    elif name == "format" and call.args and is_identifier(call.args[-1]):
        contexts.mark(call.args[-1], "part")
    elif name == "join" and isinstance(first, (ast.List, ast.Tuple)) and first.elts:
        contexts.mark(first.elts[-1], "part" if is_identifier(first.elts[-1]) else "plain")
    elif isinstance(call.func, ast.Call) and callee(call.func.func)[0] == "attrgetter":
        mark_getter(contexts, call.func, first)
    else:
        for before, after in pairwise(call.args):
            if is_identifier(after):
                mark_attribute(contexts, before, after, "argument")


def mark_attribute_call(contexts: LiteralContexts, call: ast.Call) -> None:
    """`getattr(m, "Old")`, `setattr(target=m, name="Old")`, `patch.object(m, attribute="Old")`."""
    first = call.args[0] if call.args else keyword(call, "target")
    named = keyword(call, "attribute") or keyword(call, "name")
    name = call.args[1] if len(call.args) > 1 else named
    name = contexts.constant(name)
    contexts.mark(first, "patch")
    mark_attribute(contexts, first, name, "attribute")
    if isinstance(call.func, ast.Name) and call.func.id in ("setattr", "delattr"):
        contexts.assigned.add(id(name))
    elif callee(call.func)[0] in ("object", "setattr", "delattr", "patch"):
        contexts.patched.add(id(name))


def mark_getter(contexts: LiteralContexts, getter: ast.Call, owner: ast.expr | None) -> None:
    """`attrgetter("Old")(m)`."""
    name = getter.args[0] if len(getter.args) == 1 else None
    if is_identifier(name):
        mark_attribute(contexts, owner, name, "attribute")


PATCH_OPTIONS = frozenset({"target", "spec", "create", "spec_set", "autospec", "new_callable"})


def mark_multiple(contexts: LiteralContexts, call: ast.Call, target: ast.expr | None) -> None:
    """`patch.multiple(m, Old=x)`. With several names or `DEFAULT`, which is given back by name, it can only be listed."""
    named = [one for one in call.keywords if one.arg and one.arg not in PATCH_OPTIONS]
    alone = len(named) == 1 and callee(named[0].value)[0] != "DEFAULT"
    if alone and isinstance(target, ast.Constant):
        contexts.mark(target, "module")
        contexts.attributes[id(target)] = (named[0],)
        contexts.patched.add(id(target))
    else:
        contexts.mark(target, "patch")
        context = "attribute" if alone else "keyword"
        contexts.keywords += [(one, target, context) for one in named if target is not None]


def mark_names_of_module(contexts: LiteralContexts, call: ast.Call, target: ast.expr | None) -> None:
    """`patch.dict("m.__dict__", Old=x)`, `patch.dict(m.__dict__, {"Old": x})`, `patch.dict("sys.modules", m=x)`."""
    contexts.mark(target, "patch")
    if target is not None and ast.unparse(target).strip("'").endswith("__dict__"):
        mark_values(contexts, call, target, call.args[1:])
    elif target is not None and ast.unparse(target).strip("'") == "sys.modules":
        contexts.modules += [one for one in call.keywords if one.arg]


def mark_update(contexts: LiteralContexts, call: ast.Call, owner: ast.expr) -> None:
    """`vars(c).update(Old=x)`, `c.__dict__.update({"Old": x})`."""
    if isinstance(owner, ast.Call) and callee(owner.func) == ("vars", "") and len(owner.args) == 1:
        mark_values(contexts, call, owner.args[0], call.args)
    elif isinstance(owner, ast.Attribute) and owner.attr in ("__dict__", "__globals__"):
        mark_values(contexts, call, owner, call.args)


def mark_values(
    contexts: LiteralContexts, call: ast.Call, target: ast.expr, values: Sequence[ast.expr]
) -> None:
    """The names that a module gets: as keywords, and as keys."""
    contexts.keywords += [(one, target, "keyword") for one in call.keywords if one.arg]
    for value in values:
        for key in value.keys if isinstance(value, ast.Dict) else ():
            mark_attribute(contexts, target, key, "argument")


def mark_loader(contexts: LiteralContexts, call: ast.Call, first: ast.expr | None, name: str) -> None:
    """`__import__("a.b")` gives `a`, so what is taken of it is not known."""
    gives_top = name == "__import__" and len(call.args) < 4 and keyword(call, "fromlist") is None
    if gives_top and isinstance(first, ast.Constant) and "." in str(first.value):
        contexts.mark(first, "loaded top")
        return
    contexts.mark(first, "module")
    note_use(contexts, first, call)
    package = call.args[1] if len(call.args) > 1 else keyword(call, "package")
    if isinstance(package, ast.Constant):
        contexts.packages[id(first)] = str(package.value)
    elif isinstance(package, ast.Name) and package.id in ("__package__", "__name__"):
        contexts.packages[id(first)] = "."


def mark_attribute(
    contexts: LiteralContexts, owner: ast.expr | None, name: ast.expr | None, context: str
) -> None:
    """`getattr(a.b, "Old")`: the string belongs to the chain before it."""
    root, loaded = root_of(owner), loaded_module(contexts, owner)
    if not isinstance(name, ast.Constant):
        return
    if root is not None:
        contexts.mark(name, context)
        contexts.owners[id(name)] = root
    elif loaded is not None and context == "attribute":
        contexts.mark(name, context)
        contexts.attributes[id(loaded)] = (name,)


def root_of(chain: ast.expr | None) -> ast.Name | None:
    """The name that a chain of attributes begins with."""
    while isinstance(chain, ast.Attribute):
        chain = chain.value
    return chain if isinstance(chain, ast.Name) else None


def loaded_module(contexts: LiteralContexts, node: ast.expr | None) -> ast.expr | None:
    """The string of `import_module("m")` or `sys.modules["m"]`."""
    if isinstance(node, ast.Call) and contexts.loader(node.func):
        return node.args[0] if node.args else None
    is_loaded = isinstance(node, ast.Subscript) and callee(node.value) == ("modules", "sys")
    return node.slice if is_loaded and isinstance(node, ast.Subscript) else None


def note_use(contexts: LiteralContexts, module: ast.expr | None, node: ast.expr) -> None:
    """What is taken of a module that is loaded by name, or the name that it gets."""
    contexts.attributes.setdefault(id(module), getattr(node, "_tail", ()))
    contexts.bound_names[id(module)] = getattr(node, "_bound_name", "")


def mark_subscript(contexts: LiteralContexts, node: ast.Subscript, typing_names: Mapping[str, str]) -> None:
    name, owner = callee(node.value)
    kind = typing_names.get(owner, typing_names.get(name, name))
    if kind == "Literal":
        contexts.mark_all(node.slice, "plain")
    elif name == "modules" and owner == "sys":
        contexts.mark(node.slice, "loaded")
        note_use(contexts, node.slice, node)
    elif kind == "Annotated" and isinstance(node.slice, ast.Tuple):
        contexts.mark(node.slice.elts[0], "annotation")
        for extra in node.slice.elts[1:]:
            contexts.mark_all(extra, "plain")
    elif name in GENERICS:
        for element in elements(node.slice):
            contexts.mark(element, "annotation")
    else:
        for element in elements(node.slice):
            if contexts.contexts.get(id(element)) != "annotation":
                mark_item(contexts, node.value, element)


def mark_item(contexts: LiteralContexts, owner: ast.expr, name: ast.expr) -> None:
    """`vars(c)["Old"]`, `c.__dict__["Old"]`, `c.f.__globals__["Old"]`, `m.REGISTRY["Old"]`."""
    name = contexts.constant(name) or name
    if not is_identifier(name):
        return
    if isinstance(owner, ast.Call) and callee(owner.func) == ("vars", "") and owner.args:
        mark_attribute(contexts, owner.args[0], name, "attribute")
    elif isinstance(owner, ast.Attribute) and owner.attr in ("__dict__", "__globals__"):
        mark_attribute(contexts, owner, name, "argument")
    else:
        mark_attribute(contexts, owner, name, "item")


def mark_exports(contexts: LiteralContexts, value: ast.expr | None) -> None:
    if isinstance(value, ast.BinOp):
        mark_exports(contexts, value.left)
        mark_exports(contexts, value.right)
    elif isinstance(value, (ast.List, ast.Tuple, ast.Set)):
        for element in value.elts:
            mark_exports(contexts, element.value if isinstance(element, ast.Starred) else element)
    else:
        contexts.mark(value, "all")


def callee(function: ast.expr) -> tuple[str, str]:
    """`object` and `patch` for `mock.patch.object`."""
    if isinstance(function, ast.Name):
        return function.id, ""
    if isinstance(function, ast.Attribute):
        return function.attr, callee(function.value)[0]
    return "", ""


def keyword(call: ast.Call, name: str) -> ast.expr | None:
    return next((keyword.value for keyword in call.keywords if keyword.arg == name), None)


def content_start_of(source: Source, node: ast.Constant) -> int:
    """Where the content starts, if it is there letter for letter: no escapes, not put together from parts."""
    start = source.line_starts[node.lineno - 1] + node.col_offset
    end = source.line_starts[(node.end_lineno or 0) - 1] + (node.end_col_offset or 0)
    match = SIMPLE.fullmatch(source.text, start, end)
    if not match or match.group(3) != str(node.value).encode("utf-8", "surrogatepass"):
        return -1
    return match.start(3)
