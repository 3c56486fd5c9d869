"""Modules that functions of other files give: `get().Old`, where `get` returns what its module imports."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import field

from codemods.link.callees import ParsedModule, decorator_name
from codemods.link.links import GivenModule
from codemods.link.symbol_match import Key
from codemods.model.facts import FileFacts
from codemods.model.modules import Modules
from codemods.model.records import record

Parsed = Callable[[str], ParsedModule | None]
Function = ast.FunctionDef | ast.AsyncFunctionDef
DEEPEST = 4


def given_modules(
    modules: Modules, parsed: Parsed, facts: Mapping[str, FileFacts], wanted: Collection[str]
) -> dict[str, tuple[GivenModule, ...]]:
    """By the file that takes something of one of the modules that are wanted."""
    reading = FunctionReading(modules, parsed)
    found: dict[str, tuple[GivenModule, ...]] = {}
    for path, one in facts.items():
        taken = tuple(given for given in reading.taken_in(path, one) if given.module in wanted)
        if taken:
            found[path] = taken
    return found


def keys_taken(given: Mapping[str, Collection[GivenModule]]) -> frozenset[Key]:
    return frozenset((one.module, one.name) for taken in given.values() for one in taken)


@record
class FunctionReading:
    modules: Modules
    parsed: Parsed
    known: dict[tuple[str, ...], list[tuple[str, str]]] = field(default_factory=dict)

    def taken_in(self, path: str, facts: FileFacts) -> Iterator[GivenModule]:
        for one in facts.loose_attributes:
            root, *rest = one.function.split(".")
            for origin in self.imported_in(path, facts, root) if root else ():
                dotted = (*origin, *rest)
                if dotted not in self.known:
                    self.known[dotted] = list(self.given_by(dotted, 0))
                for module, place in self.known[dotted]:
                    yield GivenModule(one.name, one.line, one.column, module, one.function, place)

    def imported_in(self, path: str, facts: FileFacts, name: str) -> Iterator[tuple[str, ...]]:
        for statement in facts.imports:
            for alias in statement.aliases:
                if alias.bound_name == name:
                    if statement.module is None:
                        yield tuple((alias.name if alias.asname else name).split("."))
                    elif module := self.modules.absolute(path, statement.level, statement.module):
                        yield self.modules.member(path, module, alias.name)

    def given_by(self, dotted: tuple[str, ...], depth: int) -> Iterator[tuple[str, str]]:
        """The modules that a function gives, and its file."""
        count = next((n for n in range(len(dotted) - 1, 0, -1) if self.is_file(dotted[:n])), 0)
        module = self.parsed(".".join(dotted[:count])) if count and depth < DEEPEST else None
        if module is None:
            return
        for node in module.tree.body:
            if isinstance(node, Function) and (node.name,) == dotted[count:]:
                yield from ((name, module.path) for name in self.returned(module, node))
            elif body := lambda_of(node, dotted[count:]):
                yield from ((name, module.path) for name in self.modules_of(module, [], body))
        for origin in self.imports_of(module, module.tree.body, dotted[count]):
            yield from self.given_by((*origin, *dotted[count + 1 :]), depth + 1)

    def is_file(self, parts: tuple[str, ...]) -> bool:
        return ".".join(parts) in self.modules.paths_by_name

    def returned(self, module: ParsedModule, function: Function) -> Iterator[str]:
        own = [one for one in ast.walk(function) if isinstance(one, (ast.Import, ast.ImportFrom))]
        for node in ast.walk(function):
            if isinstance(node, ast.Return):
                yield from self.modules_of(module, own, node.value)

    def modules_of(
        self, module: ParsedModule, own: Collection[ast.stmt], value: ast.expr | None
    ) -> Iterator[str]:
        """`m`, `a.b`, `import_module("m")`."""
        if isinstance(value, ast.Call) and decorator_name(value) == "import_module" and value.args:
            name = value.args[0]
            yield from [str(name.value)] if isinstance(name, ast.Constant) and len(value.args) == 1 else []
        chain = dotted_parts(value)
        for origin in self.imports_of(module, [*own, *module.tree.body], chain[0]) if chain else ():
            yield ".".join((*origin, *chain[1:]))

    def imports_of(
        self, module: ParsedModule, statements: Collection[ast.stmt], name: str
    ) -> Iterator[tuple[str, ...]]:
        for node in statements:
            if isinstance(node, ast.Import):
                for one in node.names:
                    if (one.asname or one.name.partition(".")[0]) == name:
                        yield tuple((one.name if one.asname else name).split("."))
            elif isinstance(node, ast.ImportFrom):
                source = self.modules.absolute(module.path, node.level, node.module)
                for one in node.names if source else ():
                    if (one.asname or one.name) == name:
                        yield self.modules.member(module.path, source or "", one.name)


def lambda_of(node: ast.stmt, name: tuple[str, ...]) -> ast.expr | None:
    """What `name = lambda: x` gives."""
    if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Lambda):
        return None
    named = any(isinstance(one, ast.Name) and (one.id,) == name for one in node.targets)
    return node.value.body if named else None


def dotted_parts(node: ast.expr | None) -> tuple[str, ...]:
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.insert(0, node.attr)
        node = node.value
    return (node.id, *parts) if isinstance(node, ast.Name) else ()
