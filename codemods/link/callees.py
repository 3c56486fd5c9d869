"""What is called: its definition, followed through imports and base classes; what it takes, and what a call gives."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple, TypeGuard

from codemods.link.interfaces.origins import origin_of_name
from codemods.link.signatures import ANYTHING_BY_PLACE, NOTHING, CallSignature, signature_from_arguments
from codemods.model.modules import Modules
from codemods.model.records import record

Gives = Literal[
    "",
    "value",
    "awaitable",
    "generator",
    "async generator",
    "context manager",
    "async context manager",
    "property",
]
"""Empty where it can't be told."""
Function = ast.FunctionDef | ast.AsyncFunctionDef
MOST_STEPS = 20
TRANSPARENT = frozenset({"classmethod", "staticmethod", "override", "final", "abstractmethod", "deprecated"})
"""Decorators that leave what a call takes and gives as it is."""
PROPERTIES = frozenset({"property", "cached_property", "abstractproperty"})
MANAGERS: dict[str, Gives] = {
    "contextmanager": "context manager",
    "asynccontextmanager": "async context manager",
}
WITHOUT_MEANING = frozenset({"object", "Generic", "Protocol", "ABC"})
"""Bases that nothing is inherited from."""
TAKE_MORE = re.compile(r"Import|ModuleNotFound|Attribute|Name|UnboundLocal|Unicode|Group")
PLAIN_ERRORS = frozenset(
    name
    for name, one in vars(builtins).items()
    if isinstance(one, type) and issubclass(one, BaseException) and not TAKE_MORE.search(name)
)
AWAITABLES = frozenset({"Awaitable", "Coroutine", "Future", "Task"})


@record
class Callee:
    signature: CallSignature | None
    gives: Gives
    offers: frozenset[str] | None = None
    """The special methods of what a call gives, where that is an object of a class that can be read."""


UNKNOWN_CALLEE = Callee(None, "")


@record
class CalleePair:
    """The old one and the new one of a rule."""

    old: Callee
    new: Callee
    """What is called instead."""
    new_symbol: Callee
    """The new symbol itself, which may be another."""

    @property
    def needs_await(self) -> bool:
        """Whether a call of one gives something to wait for, and a call of the other does not."""
        return (self.old.gives == "awaitable") != (self.new.gives == "awaitable")


class ParsedModule(NamedTuple):
    name: str
    path: str
    tree: ast.Module


class DefinedCallee(NamedTuple):
    module: ParsedModule
    node: ast.ClassDef | Function


@dataclass
class Callees:
    """Finds definitions in the modules of a tree."""

    parsed: Callable[[str], ParsedModule | None]
    modules: Modules

    def find(self, module: str, dotted: str) -> Callee:
        """Of `name` or `Class.method` in a module."""
        name, _, member = dotted.partition(".")
        definition = self.definition(module, name)
        if definition is None:
            return UNKNOWN_CALLEE
        if isinstance(definition.node, ast.ClassDef):
            return self.member(definition, member) if member else self.constructor(definition)
        return function_callee(definition.node, None) if not member else UNKNOWN_CALLEE

    def definition(self, module: str, name: str, steps: int = MOST_STEPS) -> DefinedCallee | None:
        found = self.parsed(module)
        if found is None or not steps:
            return None
        nodes = [node for node in found.tree.body if name in bound_by(node)]
        nodes = [node for node in nodes if not is_overload(node)]
        if len(nodes) != 1:
            return None
        node = nodes[0]
        if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            return DefinedCallee(found, node)
        if isinstance(node, ast.ImportFrom):
            source = self.modules.absolute(found.path, node.level, node.module)
            imported = next(alias.name for alias in node.names if (alias.asname or alias.name) == name)
            return self.definition(source, imported, steps - 1) if source else None
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Name):
            return self.definition(module, node.value.id, steps - 1)
        return None

    def bases(self, definition: DefinedCallee) -> Iterator[DefinedCallee | None]:
        """The classes that a class is built on; None for one that can't be found."""
        for base in definition.node.bases if isinstance(definition.node, ast.ClassDef) else ():
            if last_part(base.value if isinstance(base, ast.Subscript) else base) not in WITHOUT_MEANING:
                yield self.base(definition, base)

    def base(self, definition: DefinedCallee, node: ast.expr) -> DefinedCallee | None:
        module, inner = definition.module, node.value if isinstance(node, ast.Subscript) else node
        origin = (module.name, inner.id) if isinstance(inner, ast.Name) else None
        if isinstance(inner, ast.Attribute):
            origin = origin_of_name(module.tree, module.path, self.modules, inner)
        found = self.definition(*origin) if origin is not None else None
        return found if found and isinstance(found.node, ast.ClassDef) and found != definition else None

    def lineage(self, definition: DefinedCallee, steps: int = MOST_STEPS) -> Iterator[DefinedCallee | None]:
        """A class and its bases, depth first; None where one of them can't be read."""
        yield definition
        for base in self.bases(definition):
            if base is None or not steps:
                yield None
            else:
                yield from self.lineage(base, steps - 1)

    def owner(self, definition: DefinedCallee, name: str) -> tuple[DefinedCallee, Function] | None:
        """The class that defines a method, and that; None where a base that may define it can't be read."""
        for one in self.lineage(definition):
            if one is None:
                return None
            method = own_method(one.node, name)
            if method is not None:
                return one, method
        return None

    def member(self, definition: DefinedCallee, name: str) -> Callee:
        found = self.owner(definition, name)
        if found is None:
            return UNKNOWN_CALLEE
        owner, method = found
        callee = function_callee(method, owner.node)
        return (
            replace(callee, offers=self.offers(definition)) if gives_own_class(method, owner.node) else callee
        )

    def bound_member(self, definition: DefinedCallee, name: str) -> Callee:
        """Of a method as its instances, or the class, have it."""
        found = self.owner(definition, name)
        if found is None:
            return UNKNOWN_CALLEE
        owner, method = found
        callee = function_callee(method, owner.node)
        names = {decorator_name(decorator) for decorator in method.decorator_list}
        is_plain = callee.gives not in ("", "property") and not names & {"classmethod", "staticmethod"}
        return replace(callee, signature=signature_from_arguments(method.args, 1)) if is_plain else callee

    def constructor(self, definition: DefinedCallee) -> Callee:
        return Callee(self.constructor_signature(definition), "value", self.offers(definition))

    def offers(self, definition: DefinedCallee) -> frozenset[str] | None:
        names: set[str] = set()
        for one in self.lineage(definition):
            if one is None or one.node.decorator_list:
                return None
            names |= {name for node in one.node.body for name in bound_by(node) if name.startswith("__")}
        return frozenset(names)

    def constructor_signature(self, definition: DefinedCallee) -> CallSignature | None:
        if is_named_tuple(definition.node):
            return signature_of_fields(dataclass_fields(definition.node))
        classes, built_in = list(self.lineage(definition)), NOTHING
        if ends_in_plain_error(classes):
            classes, built_in = classes[:-1], ANYTHING_BY_PLACE
        for one in classes:
            if one is None or not isinstance(one.node, ast.ClassDef) or own_method(one.node, "__new__"):
                return None
            constructor = own_method(one.node, "__init__")
            if constructor is not None:
                decorated = constructor.decorator_list or one.node.decorator_list or one.node.keywords
                return None if decorated else signature_from_arguments(constructor.args, 1)
            if one.node.decorator_list or one.node.keywords:
                return self.dataclass_signature(classes) if one is classes[0] else None
        return built_in

    def dataclass_signature(self, classes: list[DefinedCallee | None]) -> CallSignature | None:
        """Of a plain `@dataclass` whose bases are none, or are such as well."""
        fields: dict[str, bool] = {}
        for one in reversed(classes):
            if one is None or not isinstance(one.node, ast.ClassDef) or not is_plain_dataclass(one.node):
                return None
            own = dataclass_fields(one.node)
            if own is None:
                return None
            fields |= own
        return signature_of_fields(fields)


# ---- single definitions


def ends_in_plain_error(lineage: list[DefinedCallee | None]) -> bool:
    """Whether each class has one base, and the last of them is an error of Python's own that takes what is passed by
    place, and nothing by name."""
    base: ast.expr | None = None
    for one in lineage[:-1]:
        if one is None or not isinstance(one.node, ast.ClassDef) or len(one.node.bases) != 1:
            return False
        base, module = one.node.bases[0], one.module
    if lineage[-1] is not None or not isinstance(base, ast.Name) or base.id not in PLAIN_ERRORS:
        return False
    return not any(base.id in bound_by(node) for node in module.tree.body)


def function_callee(node: Function, owner: ast.AST | None) -> Callee:
    """`owner`: the class that it is a method of, and called on."""
    names = {decorator_name(decorator) for decorator in node.decorator_list}
    if names & PROPERTIES:
        return Callee(None, "property")
    managed = [MANAGERS[name] for name in names if name in MANAGERS]
    if names - TRANSPARENT - MANAGERS.keys() or len(managed) > 1:
        return UNKNOWN_CALLEE
    gives = managed[0] if managed else gives_of(node, owner)
    if owner is not None and not names & {"classmethod", "staticmethod"}:
        return Callee(None, gives)
    return Callee(signature_from_arguments(node.args, int("classmethod" in names)), gives)


def gives_of(node: Function, owner: ast.AST | None) -> Gives:
    yields = any(isinstance(inner, (ast.Yield, ast.YieldFrom)) for inner in own_nodes(node))
    if isinstance(node, ast.AsyncFunctionDef):
        return "async generator" if yields else "awaitable"
    if yields:
        return "generator"
    returned = node.returns.value if isinstance(node.returns, ast.Subscript) else node.returns
    if returned is not None and last_part(returned) in AWAITABLES:
        return "awaitable"
    passes_on = any(
        isinstance(inner, ast.Return)
        and isinstance(inner.value, ast.Call)
        and is_async_call(inner.value, owner)
        for inner in own_nodes(node)
    )
    return "awaitable" if passes_on else "value"


def is_async_call(call: ast.Call, owner: ast.AST | None) -> bool:
    """`cls.method(…)` or `self.method(…)` of an `async def` beside it."""
    if not isinstance(owner, ast.ClassDef) or not isinstance(call.func, ast.Attribute):
        return False
    root = call.func.value
    method = own_method(owner, call.func.attr)
    is_own = isinstance(root, ast.Name) and root.id in ("cls", "self", owner.name)
    return is_own and isinstance(method, ast.AsyncFunctionDef)


def own_nodes(node: Function) -> Iterator[ast.AST]:
    """What is in a function, without the functions and classes in it."""
    waiting: list[ast.AST] = [*node.body]
    while waiting:
        one = waiting.pop()
        yield one
        if not isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            waiting += ast.iter_child_nodes(one)


def gives_own_class(node: Function, owner: ast.AST) -> bool:
    return node.returns is not None and last_part(node.returns) in (getattr(owner, "name", ""), "Self")


def is_plain_dataclass(node: ast.ClassDef) -> bool:
    names = [
        last_part(decorator.func if isinstance(decorator, ast.Call) else decorator)
        for decorator in node.decorator_list
    ]
    options = [
        option.arg
        for decorator in node.decorator_list
        if isinstance(decorator, ast.Call)
        for option in decorator.keywords
    ]
    return (
        names == ["dataclass"] and not {"init", "kw_only", None}.intersection(options) and not node.keywords
    )


def is_named_tuple(node: ast.AST) -> TypeGuard[ast.ClassDef]:
    bases = node.bases if isinstance(node, ast.ClassDef) else []
    return [last_part(one) for one in bases] == ["NamedTuple"] and own_method(node, "__new__") is None


def signature_of_fields(fields: dict[str, bool] | None) -> CallSignature | None:
    if fields is None:
        return None
    required = frozenset(name for name, optional in fields.items() if not optional)
    return CallSignature(tuple(fields), 0, required, frozenset(), False, False)


def dataclass_fields(node: ast.ClassDef) -> dict[str, bool] | None:
    """The fields in order, and whether each has a default; None where `field` is told otherwise."""
    fields: dict[str, bool] = {}
    for one in node.body:
        if not isinstance(one, ast.AnnAssign) or not isinstance(one.target, ast.Name):
            continue
        kind = last_part(
            one.annotation.value if isinstance(one.annotation, ast.Subscript) else one.annotation
        )
        if kind == "KW_ONLY" or not kind:
            return None
        if kind == "ClassVar":
            continue
        options = call_options(one.value) if isinstance(one.value, ast.Call) else None
        if options is not None and options.intersection({"init", "kw_only", ""}):
            return None
        is_field = isinstance(one.value, ast.Call) and last_part(one.value.func) == "field"
        has_default = (
            bool(options and options & {"default", "default_factory"}) if is_field else one.value is not None
        )
        fields[one.target.id] = has_default
    return fields


def call_options(call: ast.Call) -> set[str]:
    return {keyword.arg or "" for keyword in call.keywords} if last_part(call.func) == "field" else set()


def bound_by(node: ast.stmt) -> tuple[str, ...]:
    """The names that a statement binds by a definition, an import or an assignment."""
    if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
        return (node.name,)
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return tuple(alias.asname or alias.name for alias in node.names)
    targets = (
        node.targets
        if isinstance(node, ast.Assign)
        else [node.target]
        if isinstance(node, ast.AnnAssign)
        else []
    )
    return tuple(target.id for target in targets if isinstance(target, ast.Name))


def is_overload(node: ast.stmt) -> bool:
    return any(decorator_name(one) == "overload" for one in getattr(node, "decorator_list", ()))


def own_method(node: ast.AST, name: str) -> Function | None:
    for one in reversed(getattr(node, "body", ())):
        if (
            isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef))
            and one.name == name
            and not is_overload(one)
        ):
            return one
    return None


def decorator_name(node: ast.expr) -> str:
    return last_part(node.func if isinstance(node, ast.Call) else node)


def last_part(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value).rpartition(".")[2]
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
