"""The layout of the sandbox: which package may import which."""

from __future__ import annotations

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tests.world import ROOT

LAYERS = (
    "demo",
    "sample",
    "pages",
    "server",
    "git_http",
    "graphql",
    "rest",
    "http",
    "forge",
    "ci",
    "topics",
    "webhooks",
    "render",
    "access",
    "model",
    "git",
    "controls",
)
"""The way of a request, from the edge inwards: each imports only those below it."""

FILES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts): path
    for path in sorted((ROOT / "sandbox").rglob("*.py"))
}


def imported_files(path: Path) -> set[str]:
    """Every module of the sandbox that a file imports, wherever in the file the import stands."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found & FILES.keys()


IMPORTS = {name: imported_files(path) for name, path in FILES.items()}


def layer(module: str) -> str:
    return module.split(".")[1]


def test_every_package_has_a_layer() -> None:
    assert {layer(name) for name in FILES} - {"__init__"} == set(LAYERS)


@pytest.mark.parametrize("name", LAYERS)
def test_a_package_imports_only_those_below_it(name: str) -> None:
    allowed = LAYERS[LAYERS.index(name) :]
    wrong = [
        f"{module} imports {other}"
        for module in FILES
        if layer(module) == name
        for other in sorted(IMPORTS[module])
        if layer(other) not in allowed
    ]
    assert wrong == []


def test_imports_are_absolute() -> None:
    relative = [
        name
        for name, path in FILES.items()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert relative == []


def test_no_files_import_each_other_in_a_circle() -> None:
    try:
        TopologicalSorter(IMPORTS).prepare()
    except CycleError as problem:
        pytest.fail(" imports ".join(problem.args[1]))


def test_no_folder_holds_more_than_twenty_files() -> None:
    folders = [ROOT / "sandbox", *(path for path in (ROOT / "sandbox").rglob("*") if path.is_dir())]
    sizes = {folder: sum(path.is_file() for path in folder.iterdir()) for folder in folders}
    assert [str(folder) for folder, size in sizes.items() if size > 20] == []
