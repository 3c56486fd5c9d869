"""What the bot can ask of GitHub, read from its source: every address its client is called with, every GraphQL text."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path

CLIENT = Path(__file__).parent.parent / "bot" / "github"
_REPOSITORY = "/repos/{}/{}"
_PART = "{}"

_CLIENTS = ("self._client", "self.client", "self._app", "self.endpoint.client", "endpoint.client", "client")

Names = Mapping[str, set[str]]


@dataclass(frozen=True)
class EndpointUse:
    method: str
    template: str
    """With `{}` for every part that is not fixed."""
    where: str

    @property
    def example(self) -> str:
        return self.template.replace(_PART, "1")


def asked(folder: Path = CLIENT) -> list[EndpointUse]:
    """Raises where an address can't be read from the source: then it would be held to nothing."""
    found: dict[tuple[str, str], EndpointUse] = {}
    for file in sorted(folder.glob("*.py")):
        for one in _of_module(ast.parse(file.read_text()), file.name):
            found[(one.method, one.template)] = one
    return list(found.values())


def graphql_texts(folder: Path = CLIENT) -> list[str]:
    return [
        node.value
        for file in sorted(folder.glob("*.py"))
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _is_graphql(node.value)
    ]


def _is_graphql(text: str) -> bool:
    return text.lstrip().startswith(("query(", "query {", "mutation(", "mutation {", "{ viewer"))


def _of_module(tree: ast.Module, file: str) -> Iterator[EndpointUse]:
    for node in tree.body:
        own: Names = {"endpoint.at": {_REPOSITORY}, "self.endpoint.at": {_REPOSITORY}}
        if isinstance(node, ast.ClassDef):
            own = {**own, **{f"self.{name}": texts for name, texts in _assigned(node, own).items()}}
            own = {**own, **_handed_on(node, own)}
        yield from _calls(node, own, file)


def _handed_on(of: ast.ClassDef, names: Names) -> Names:
    """Parameters of its methods that it fills itself with an address: `method(parameter)` with what it may be."""
    methods = {one.name: one for one in of.body if isinstance(one, _FUNCTIONS)}
    found: dict[str, set[str]] = {}
    for node in ast.walk(of):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        method = methods.get(node.func.attr)
        if method is None or ast.unparse(node.func.value) != "self":
            continue
        for parameter, value in zip(method.args.args[1:], node.args, strict=False):
            texts = {text for text in _texts(value, names) if text.startswith("/")}
            if texts:
                found.setdefault(f"{method.name}({parameter.arg})", set()).update(texts)
    return found


def _calls(node: ast.AST, names: Names, file: str) -> Iterator[EndpointUse]:
    """Of a function and those within it, each with the names of the ones around it."""
    if isinstance(node, _FUNCTIONS):
        given = {one.arg: names.get(f"{node.name}({one.arg})", {_PART}) for one in node.args.args}
        names = {**names, **given}
        names = {**names, **_assigned(node, names)}
    if isinstance(node, ast.Call):
        yield from _call(node, names, f"{file}:{node.lineno}")
    for child in ast.iter_child_nodes(node):
        yield from _calls(child, names, file)


_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def _verb(node: ast.expr) -> str | None:
    """`get` of `self._client.get`."""
    if not isinstance(node, ast.Attribute) or node.attr not in ("get", "pages", "write"):
        return None
    of = ast.unparse(node.value)
    return node.attr if of in _CLIENTS else None


def _call(node: ast.Call, names: Names, where: str) -> Iterator[EndpointUse]:
    """`write` itself, or `write` handed to a function that posts with it to the address beside it."""
    if verb := _verb(node.func):
        rest = node.args
        method = "GET" if verb != "write" else str(ast.literal_eval(rest[0]))
        yield from _asked(method, rest[verb == "write"], names, where)
    for at, handed in enumerate(node.args):
        if verb := _verb(handed):
            yield from _asked("POST" if verb == "write" else "GET", node.args[at + 1], names, where)


def _asked(method: str, address: ast.expr, names: Names, where: str) -> Iterator[EndpointUse]:
    for text in _texts(address, names):
        if not text.startswith("/"):
            raise ValueError(f"{where}: can't tell where {ast.unparse(address)} leads")
        yield EndpointUse(method, text, where)


def _assigned(node: ast.AST, names: Names) -> Names:
    """What holds an address; what is assigned later may use what was before."""
    found: dict[str, set[str]] = {}
    for one in ast.walk(node):
        for target, value in _pairs(one) if isinstance(one, ast.Assign) else ():
            texts = {text for text in _texts(value, {**names, **found}) if text.startswith("/")}
            if texts:
                found[ast.unparse(target).removeprefix("self.")] = texts
    return found


def _pairs(one: ast.Assign) -> Iterator[tuple[ast.expr, ast.expr]]:
    target = one.targets[0]
    if isinstance(target, ast.Tuple) and isinstance(one.value, ast.Tuple):
        yield from zip(target.elts, one.value.elts, strict=True)
    else:
        yield target, one.value


def _texts(node: ast.expr, names: Names) -> set[str]:
    """What it may come to, with `{}` for what only the running bot knows."""
    if isinstance(node, ast.Constant):
        return {str(node.value)}
    if isinstance(node, ast.JoinedStr):
        return {"".join(parts) for parts in product(*(_texts(part, names) for part in node.values))}
    if isinstance(node, ast.FormattedValue):
        return _texts(node.value, names)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "rstrip":
        return _texts(node.func.value, names)
    return names.get(ast.unparse(node), {_PART})
