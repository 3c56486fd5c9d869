"""Import cycles that a module is part of.

The graph is read by a search for unindented imports, which costs little; a way that it finds is then checked
statement by statement.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from itertools import pairwise

from bot.audit.outlines import Outlines
from codemods.model.modules import Modules
from codemods.model.tree import Entry, Tree

FROM = re.compile(
    rb"^from[ \t]+(?P<dots>[. \t]*)(?P<module>[\w.]*)[ \t]+import[ \t]+"
    rb"(?P<names>\((?:[^)#]|#[^\n]*\n)*\)|[^\n#]*(?:\\\r?\n[^\n#]*)*)",
    re.MULTILINE,
)
IMPORT = re.compile(rb"^import[ \t]+(?P<names>[^\n#;]+)", re.MULTILINE)
NAME = re.compile(rb"[^\W\d]\w*(?:\.\w+)*")
MOST_PATHS = 20


def reachable(tree: Tree, modules: Modules, start: str, limit: int) -> tuple[dict[str, set[str]], bool]:
    entries = {entry.path: entry for entry in tree.entries()}
    graph: dict[str, set[str]] = {}
    level = [start]
    while level and len(graph) < limit:
        for entry, data in tree.read(entries[path] for path in level if path in entries):
            graph[entry.path] = imported_files(data, entry, modules)
        level = sorted({path for at in level for path in graph.get(at, ())} - graph.keys())
    return graph, not level


def imported_files(data: bytes, entry: Entry, modules: Modules) -> set[str]:
    found: set[str] = set()
    for match in FROM.finditer(data):
        level = match["dots"].count(b".")
        module = modules.absolute(entry.path, level, match["module"].decode("utf-8", "replace"))
        if module is not None:
            names = [name.decode("utf-8", "replace") for name in NAME.findall(strip_comments(match["names"]))]
            found |= imported_targets(modules, entry.path, module, names)
    for match in IMPORT.finditer(data):
        for part in match["names"].split(b","):
            name = part.split()[0].decode("utf-8", "replace") if part.split() else ""
            found |= module_files(modules, modules.module_meant_by(entry.path, name))
    return found - {entry.path}


def strip_comments(names: bytes) -> bytes:
    return re.sub(rb"#[^\n]*|\bas\s+\w+", b"", names)


def imported_targets(modules: Modules, path: str, module: str, names: Iterable[str]) -> set[str]:
    """`from a import b` runs `a.b` where that is a module, and `a` for what else it names."""
    joined = {name: ".".join(modules.member(path, module, name)) for name in names}
    submodules = {path for dotted in joined.values() for path in module_files(modules, dotted)}
    plain = [name for name, dotted in joined.items() if dotted not in modules.paths_by_name]
    return submodules | (module_files(modules, module) if plain or not joined else set())


def module_files(modules: Modules, dotted: str) -> set[str]:
    return {path for path in modules.paths_by_name.get(dotted, ()) if path.endswith(".py")}


def shortest_path(graph: Mapping[str, Collection[str]], start: str, end: str) -> tuple[str, ...]:
    """The shortest; empty if there is none."""
    before: dict[str, str] = {start: ""}
    level = [start]
    while level and end not in before:
        following = []
        for at in level:
            for path in sorted(graph.get(at, ())):
                if path not in before:
                    before[path] = at
                    following.append(path)
        level = following
    steps = []
    at = end if end in before else ""
    while at:
        steps.append(at)
        at = before[at]
    return tuple(reversed(steps))


def confirmed_path(graph: dict[str, set[str]], outlines: Outlines, start: str, end: str) -> tuple[str, ...]:
    for _ in range(MOST_PATHS):
        steps = shortest_path(graph, start, end)
        wrong = next((pair for pair in pairwise(steps) if not really_imports(outlines, *pair)), None)
        if wrong is None:
            return steps
        graph[wrong[0]].discard(wrong[1])
    return ()


def really_imports(outlines: Outlines, path: str, other: str) -> bool:
    for one in outlines.read_files([path])[path].imports:
        module = outlines.modules.absolute(path, one.level, one.module)
        if one.runs_on_load and module is not None:
            into = (
                imported_targets(outlines.modules, path, module, [one.name])
                if one.name
                else module_files(outlines.modules, module)
            )
            if other in into:
                return True
    return False
