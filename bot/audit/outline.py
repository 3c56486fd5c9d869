"""What a module defines at its top level: the names it binds, its classes with their members, its imports.

A pure function of the file's bytes, of plain tuples, so that it can be kept by blob id.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from codemods.read.source import Unreadable, parse_python, read_source

Function = ast.FunctionDef | ast.AsyncFunctionDef

BLOCKS = (ast.If, ast.Try, ast.TryStar, ast.With, ast.For, ast.While)
LONGEST_DEFAULT = 60
POSITIONAL, EITHER, KEYWORD, REST, KEYWORDS = "positional", "either", "keyword", "*", "**"


class Parameter(NamedTuple):
    name: str
    kind: str
    optional: bool
    default: str = ""
    """As it's written, where it's short."""


class Member(NamedTuple):
    """What a class or module binds by a definition or an assignment."""

    name: str
    kind: str
    """class, function, method, classmethod, staticmethod, property, variable, import."""
    line: int
    is_async: bool = False
    parameters: tuple[Parameter, ...] = ()


class ClassOutline(NamedTuple):
    name: str
    line: int
    bases: tuple[str, ...]
    """Dotted, as written; `?` for what is no name."""
    members: tuple[Member, ...]

    def member_named(self, name: str) -> Member | None:
        return next((member for member in self.members if member.name == name), None)


class OutlineImport(NamedTuple):
    """One name of one import statement."""

    level: int
    module: str
    name: str
    """Empty for `import module`."""
    bound_name: str
    line: int
    runs_on_load: bool
    """Whether it runs when the module is imported; not so under `TYPE_CHECKING`."""


class Outline(NamedTuple):
    lines: int
    members: tuple[Member, ...] = ()
    classes: tuple[ClassOutline, ...] = ()
    imports: tuple[OutlineImport, ...] = ()
    is_redirect: bool = False
    """Nothing but imports, aliases, `__all__` and a warning."""
    has_getattr: bool = False
    """Has a `__getattr__`, so its names aren't known."""
    unreadable: str = ""

    def member_named(self, name: str) -> Member | None:
        return next((member for member in reversed(self.members) if member.name == name), None)

    def class_named(self, name: str) -> ClassOutline | None:
        return next((one for one in reversed(self.classes) if one.name == name), None)

    @property
    def star_imports(self) -> tuple[OutlineImport, ...]:
        return tuple(one for one in self.imports if one.name == "*")


def read_outline(data: bytes) -> Outline:
    lines = data.count(b"\n") + bool(data and not data.endswith(b"\n"))
    source = read_source(data)
    tree = source if isinstance(source, Unreadable) else parse_python(source.text)
    if isinstance(tree, Unreadable):
        return Outline(lines, unreadable=str(tree))
    body = list(statements_in_scope(tree.body))
    members = tuple(member for statement in body for member in members_bound_by(statement, "function"))
    return Outline(
        lines,
        members,
        tuple(class_outline(statement) for statement in body if isinstance(statement, ast.ClassDef)),
        tuple(imports(tree)),
        all(is_redirecting(statement) for statement in tree.body)
        and any(isinstance(s, ast.ImportFrom) for s in body),
        any(member.name == "__getattr__" for member in members),
    )


def statements_in_scope(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements that bind names in this scope, including those in its blocks."""
    for statement in body:
        yield statement
        if isinstance(statement, BLOCKS):
            for field in ("body", "orelse", "finalbody"):
                yield from statements_in_scope(getattr(statement, field, ()))
            for handler in getattr(statement, "handlers", ()):
                yield from statements_in_scope(handler.body)
        elif isinstance(statement, ast.Match):
            for case in statement.cases:
                yield from statements_in_scope(case.body)


def members_bound_by(statement: ast.stmt, function: str) -> Iterator[Member]:
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
        is_async = isinstance(statement, ast.AsyncFunctionDef)
        kind = function_kind(statement, function)
        yield Member(statement.name, kind, statement.lineno, is_async, parameters(statement.args))
    elif isinstance(statement, ast.ClassDef):
        yield Member(statement.name, "class", statement.lineno)
    elif isinstance(statement, ast.Import | ast.ImportFrom):
        for alias in statement.names:
            name = alias.asname or alias.name.split(".")[0]
            yield Member(name, "import", statement.lineno)
    else:
        for name in assigned_names(statement):
            yield Member(name, "variable", statement.lineno)


def assigned_names(statement: ast.stmt) -> Iterator[str]:
    targets: list[ast.expr] = []
    if isinstance(statement, ast.Assign):
        targets = statement.targets
    elif isinstance(statement, ast.AnnAssign | ast.AugAssign | ast.For):
        targets = [statement.target]
    elif isinstance(statement, ast.With):
        targets = [item.optional_vars for item in statement.items if item.optional_vars]
    for target in targets:
        for node in ast.walk(target):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                yield node.id


def function_kind(function: Function, plain: str) -> str:
    for decorator in function.decorator_list:
        name = dotted_name(decorator).rpartition(".")[2]
        if name in ("classmethod", "staticmethod"):
            return name
        if name in ("property", "cached_property", "setter", "getter", "deleter"):
            return "property"
    return plain


def parameters(arguments: ast.arguments) -> tuple[Parameter, ...]:
    positional = [*arguments.posonlyargs, *arguments.args]
    required = len(positional) - len(arguments.defaults)
    defaults = [*[None] * required, *arguments.defaults]
    found = [
        Parameter(one.arg, kind, default is not None, default_text(default))
        for number, (one, default) in enumerate(zip(positional, defaults, strict=True))
        for kind in (POSITIONAL if number < len(arguments.posonlyargs) else EITHER,)
    ]
    if arguments.vararg:
        found.append(Parameter(arguments.vararg.arg, REST, True))
    for one, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        found.append(Parameter(one.arg, KEYWORD, default is not None, default_text(default)))
    if arguments.kwarg:
        found.append(Parameter(arguments.kwarg.arg, KEYWORDS, True))
    return tuple(found)


def default_text(default: ast.expr | None) -> str:
    """Of what is the same wherever it stands."""
    text = repr(default.value) if isinstance(default, ast.Constant) else ""
    return text if len(text) <= LONGEST_DEFAULT else ""


def class_outline(node: ast.ClassDef) -> ClassOutline:
    members = [
        member
        for statement in statements_in_scope(node.body)
        for member in members_bound_by(statement, "method")
    ]
    fields = {member.name for member in members}
    own = [member for member in attributes_set(node) if member.name not in fields]
    if any(dotted_name(decorator).rpartition(".")[2] == "dataclass" for decorator in node.decorator_list):
        members += dataclass_constructor(node, fields)
    return ClassOutline(
        node.name, node.lineno, tuple(dotted_name(base) for base in node.bases), (*members, *own)
    )


def dataclass_constructor(node: ast.ClassDef, fields: set[str]) -> list[Member]:
    """The `__init__` that `@dataclass` generates, unless the class defines one."""
    if "__init__" in fields:
        return []
    found = [Parameter("self", EITHER, False)]
    for statement in node.body:
        if isinstance(statement, ast.AnnAssign) and "ClassVar" not in ast.dump(statement.annotation):
            found += [
                Parameter(name, EITHER, statement.value is not None) for name in assigned_names(statement)
            ]
    return [Member("__init__", "method", node.lineno, False, tuple(found))]


def attributes_set(node: ast.ClassDef) -> list[Member]:
    """`self.x = …` in its methods."""
    lines: dict[str, int] = {}
    for method in node.body:
        if isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef) and method.args.args:
            itself = method.args.args[0].arg
            for inner in ast.walk(method):
                if not isinstance(inner, ast.Attribute) or not isinstance(inner.ctx, ast.Store):
                    continue
                if dotted_name(inner.value) == itself:
                    lines.setdefault(inner.attr, inner.lineno)
    return [Member(name, "variable", line) for name, line in lines.items()]


def imports(tree: ast.Module) -> Iterator[OutlineImport]:
    pending: list[tuple[ast.AST, bool]] = [(statement, True) for statement in reversed(tree.body)]
    while pending:
        node, eager = pending.pop()
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from imports_of(node, eager)
        elif isinstance(node, ast.stmt | ast.ExceptHandler | ast.match_case):
            inside = eager and not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            if isinstance(node, ast.If) and dotted_name(node.test).rpartition(".")[2] == "TYPE_CHECKING":
                pending += [(statement, False) for statement in node.body]
                pending += [(statement, inside) for statement in node.orelse]
            else:
                pending += [(child, inside) for child in ast.iter_child_nodes(node)]


def imports_of(node: ast.Import | ast.ImportFrom, eager: bool) -> Iterator[OutlineImport]:
    for alias in node.names:
        if isinstance(node, ast.ImportFrom):
            bound = alias.asname or alias.name
            yield OutlineImport(node.level, node.module or "", alias.name, bound, node.lineno, eager)
        else:
            bound = alias.asname or alias.name.split(".")[0]
            yield OutlineImport(0, alias.name, "", bound, node.lineno, eager)


def is_redirecting(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Import | ast.ImportFrom | ast.Pass | ast.Delete):
        return True
    if isinstance(statement, ast.Expr):
        called = dotted_name(statement.value.func) if isinstance(statement.value, ast.Call) else ""
        return isinstance(statement.value, ast.Constant) or "warn" in called.rpartition(".")[2]
    if isinstance(statement, ast.Assign | ast.AnnAssign):
        return "__all__" in assigned_names(statement) or isinstance(statement.value, ast.Name | ast.Attribute)
    if isinstance(statement, ast.If | ast.Try):
        handlers = [inner for handler in getattr(statement, "handlers", ()) for inner in handler.body]
        return all(is_redirecting(inner) for inner in (*statement.body, *statement.orelse, *handlers))
    return isinstance(statement, ast.FunctionDef) and statement.name in ("__getattr__", "__dir__")


def dotted_name(node: ast.AST | None) -> str:
    """`a.b` for a chain of names, through subscripts and calls; `?` for what is none."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted_name(node.value)}.{node.attr}"
    if isinstance(node, ast.Subscript):
        return dotted_name(node.value)
    if isinstance(node, ast.Call):
        return dotted_name(node.func)
    return "?"


def pack_outline(outline: Outline) -> bytes:
    return json.dumps(outline, ensure_ascii=False, separators=(",", ":")).encode(errors="surrogatepass")


def unpack_outline(data: bytes) -> Outline:
    lines, members, classes, imports, redirect, dynamic, unreadable = json.loads(
        data.decode(errors="surrogatepass")
    )
    return Outline(
        lines,
        tuple(unpack_member(one) for one in members),
        tuple(
            ClassOutline(name, line, tuple(bases), tuple(map(unpack_member, inner)))
            for name, line, bases, inner in classes
        ),
        tuple(OutlineImport(*one) for one in imports),
        redirect,
        dynamic,
        unreadable,
    )


def unpack_member(read: list[Any]) -> Member:
    name, kind, line, is_async, parameters = read
    return Member(name, kind, line, is_async, tuple(Parameter(*one) for one in parameters))
