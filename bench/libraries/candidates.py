"""Members and parameters of a library that a migration may rename: drawn by chance, with a seed."""

from __future__ import annotations

import ast
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.libraries.catalog import Library
from codemods.read.member_facts import is_property, is_self
from codemods.read.members.class_regions import bound_names, statements_in
from codemods.read.name_walk import last_name

MEMBER_KINDS = ("method", "property", "attribute", "class attribute", "enum member", "field")
PARAMETER_KINDS = ("parameter", "constructor parameter", "method parameter")
FIELD_DECORATORS = ("dataclass", "define", "frozen", "attrs", "s", "attrib")
NEW_WORD = "renamed"
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, order=True)
class Candidate:
    kind: str
    path: str
    module: str
    owner: str
    """The class or function."""
    name: str
    function: str = ""
    """The method whose parameter it is."""

    @property
    def new_name(self) -> str:
        return f"{self.name.rstrip('_')}_{NEW_WORD}"

    @property
    def is_parameter(self) -> bool:
        return self.kind in PARAMETER_KINDS

    @property
    def is_function(self) -> bool:
        return self.kind in ("method", "property")

    @property
    def symbol(self) -> str:
        return f"{self.module}:{self.owner}" + (f".{self.function}" if self.function else "")

    def __str__(self) -> str:
        return f"{self.symbol}({self.name}=)" if self.is_parameter else f"{self.symbol}.{self.name}"


def parsed_files(folder: Path) -> dict[str, ast.Module]:
    """All Python files of a repository that this Python can parse."""
    trees = {}
    for path in sorted(folder.rglob("*.py")):
        try:
            trees[str(path.relative_to(folder))] = ast.parse(path.read_bytes())
        except (SyntaxError, ValueError):
            continue
    return trees


def draw(library: Library, folder: Path, of_each_kind: int, seed: int) -> list[Candidate]:
    """Of each kind; no two of one name, so that the new name says which rule gave it, and of no method that is drawn too."""
    trees = parsed_files(folder)
    found = sorted(set(candidates(library, trees)))
    chance = random.Random(f"{seed} {library.name}")
    chance.shuffle(found)
    known, counts, drawn = set[str](), Counter[str](), list[Candidate]()
    for one in found:
        if counts[one.kind] < of_each_kind and not known.intersection((one.name, one.function)):
            known |= {one.name, one.function} - {""}
            counts[one.kind] += 1
            drawn.append(one)
    return sorted(drawn)


def candidates(library: Library, trees: dict[str, ast.Module]) -> Iterator[Candidate]:
    uses = Uses.of(trees)
    for path, tree in trees.items():
        if path.startswith(f"{library.package}/") and not path.startswith(library.tests):
            module = module_name(library, path)
            for node in tree.body:
                if isinstance(node, ast.ClassDef):
                    yield from in_class(node, path, module, uses)
                elif isinstance(node, Function):
                    yield from parameters(node, Candidate("parameter", path, module, node.name, ""), uses)


def module_name(library: Library, path: str) -> str:
    inner = path.removeprefix(f"{library.root}/").removesuffix(".py").removesuffix("/__init__")
    return inner.replace("/", ".")


@dataclass(frozen=True)
class Uses:
    """How often the files of a repository use each name."""

    attributes: Counter[str]
    keywords: Counter[tuple[str, str]]
    """By the function's last name and the keyword."""
    methods: Counter[str]
    """How many classes define a method of that name."""

    @classmethod
    def of(cls, trees: dict[str, ast.Module]) -> Uses:
        found = cls(Counter(), Counter(), Counter())
        for node in (one for tree in trees.values() for one in ast.walk(tree)):
            if isinstance(node, ast.Attribute):
                found.attributes[node.attr] += 1
            elif isinstance(node, ast.Call):
                names = (one.arg for one in node.keywords if one.arg)
                found.keywords.update((last_name(node.func), name) for name in names)
            elif isinstance(node, ast.ClassDef):
                found.methods.update({one.name for one in node.body if isinstance(one, Function)})
        return found


def in_class(node: ast.ClassDef, path: str, module: str, uses: Uses) -> Iterator[Candidate]:
    for kind, name in members(node):
        if not name.startswith("__") and uses.attributes[name] > 1:
            yield Candidate(kind, path, module, node.name, name)
    for one in node.body:
        if isinstance(one, Function) and not is_property(one):
            if one.name == "__init__":
                yield from parameters(
                    one, Candidate("constructor parameter", path, module, node.name, ""), uses
                )
            elif not one.name.startswith("__") and uses.methods[one.name] == 1:
                yield from parameters(
                    one, Candidate("method parameter", path, module, node.name, "", one.name), uses
                )


def members(node: ast.ClassDef) -> Iterator[tuple[str, str]]:
    """What a class defines, with its kind; of a name that it defines twice, the first."""
    known: dict[str, str] = {}
    for statement in statements_in(node.body):
        if isinstance(statement, Function):
            known.setdefault(statement.name, "property" if is_property(statement) else "method")
        elif isinstance(statement, (ast.Assign, ast.AnnAssign)):
            for name, _ in bound_names(statement):
                known.setdefault(name, kind_of_assignment(node))
    for name in assigned_to_self(node):
        known.setdefault(name, "attribute")
    yield from ((kind, name) for name, kind in known.items())


def kind_of_assignment(node: ast.ClassDef) -> str:
    if any(last_name(base).endswith(("Enum", "Flag")) for base in node.bases):
        return "enum member"
    decorators = [one.func if isinstance(one, ast.Call) else one for one in node.decorator_list]
    return "field" if any(last_name(one) in FIELD_DECORATORS for one in decorators) else "class attribute"


def assigned_to_self(node: ast.ClassDef) -> Iterator[str]:
    for one in ast.walk(node):
        if isinstance(one, ast.Attribute) and isinstance(one.ctx, ast.Store) and is_self(one.value):
            yield one.attr


def parameters(node: Function, found: Candidate, uses: Uses) -> Iterator[Candidate]:
    """Those that somebody passes by name."""
    callee = found.owner if found.kind == "constructor parameter" else node.name
    for one in [*node.args.args, *node.args.kwonlyargs]:
        if one.arg not in ("self", "cls") and uses.keywords[(callee, one.arg)]:
            yield Candidate(found.kind, found.path, found.module, found.owner, one.arg, found.function)
