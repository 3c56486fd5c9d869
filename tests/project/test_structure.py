"""The rules of the layout: who may import whom, and that the App asks for what the code uses."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from bot.intake.payloads import SUBSCRIBED
from tests.world import ROOT

SOURCES = sorted(
    path
    for folder in ("bot", "codemods", "sandbox", "tests", "bench")
    for path in (ROOT / folder).rglob("*.py")
)
THE_ENGINE = "dbos"


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    package = path.relative_to(ROOT).with_suffix("").parts
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            start = ".".join(package[: len(package) - node.level]) if node.level else ""
            found.add(".".join(part for part in (start, node.module) if part))
    return found


def below(folder: str) -> list[Path]:
    return [path for path in SOURCES if path.is_relative_to(ROOT / folder)]


def offenders(paths: list[Path], *forbidden: str) -> list[str]:
    return [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in paths
        for name in sorted(imports(path))
        if any(name == one or name.startswith(f"{one}.") for one in forbidden)
    ]


BOT = (
    *("__main__", "cli", "service", "web", "doctor", "turn", "engine", "intake", "act", "look"),
    *("revert", "ratchet", "publish", "commands", "migration", "report", "audit", "rewrite"),
    *(
        "decide",
        "plan",
        "markers",
        "github",
        "git",
        "store",
        "tracing",
        "logs",
        "metrics",
        "settings",
        "setting_values",
        "credentials_file",
        "project_urls",
        "interrupts",
        "stored_json",
    ),
)
"""From the top to the bottom: each imports only those after it."""
CODEMODS = ("scan", "catalog", "rewrites", "edit", "link", "types", "read", "workers", "model")
MOST_FILES = 22


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imported_modules(path: Path, known: frozenset[str]) -> set[str]:
    """Of these modules, those that a file imports anywhere in it, also only for the type checker."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names} & known
        if isinstance(node, ast.ImportFrom):
            start = module_of(path).split(".")
            start = start[: len(start) - node.level + (path.name == "__init__.py")] if node.level else []
            base = ".".join([*start, *([node.module] if node.module else [])])
            submodules = {f"{base}.{alias.name}" for alias in node.names} & known
            found |= submodules if len(submodules) == len(node.names) else (submodules | {base}) & known
    return found - {module_of(path)}


def upward(top: str, order: tuple[str, ...]) -> list[str]:
    files = {module_of(path): path for path in below(top)}
    known, wrong = frozenset(files), []
    for module, path in files.items():
        here = module.split(".")[1:2]
        if not here:
            continue
        for name in sorted(imported_modules(path, known)):
            there = name.split(".")[1:2]
            if there and order.index(there[0]) < order.index(here[0]):
                wrong.append(f"{module} imports {name}")
    return wrong


@pytest.mark.parametrize(("top", "order"), [("bot", BOT), ("codemods", CODEMODS)])
def test_each_package_imports_only_those_below_it(top: str, order: tuple[str, ...]) -> None:
    assert upward(top, order) == []


def circles(top: str) -> list[list[str]]:
    """Sets of files that import each other, however long the way around is."""
    files = {module_of(path): path for path in below(top)}
    edges = {module: imported_modules(path, frozenset(files)) for module, path in files.items()}
    reached: dict[str, set[str]] = {}
    for module in edges:
        seen: set[str] = set()
        todo = [*edges[module]]
        while todo:
            one = todo.pop()
            if one not in seen:
                seen.add(one)
                todo += edges[one]
        reached[module] = seen
    in_one = {m: frozenset(o for o in reached[m] if m in reached[o]) for m in edges if m in reached[m]}
    return sorted(sorted(circle) for circle in set(in_one.values()))


@pytest.mark.parametrize("top", ["bot", "codemods"])
def test_no_two_files_import_each_other(top: str) -> None:
    assert circles(top) == []


def test_no_folder_holds_more_files_than_a_screen_shows() -> None:
    folders = {path.parent for path in below("bot") + below("codemods")}
    crowded = {f: sum(1 for one in f.glob("*.py") if one.name != "__init__.py") for f in folders}
    assert {str(f.relative_to(ROOT)): n for f, n in crowded.items() if n > MOST_FILES} == {}


NAMED_TWICE = frozenset({"Status"})
"""Class names that are used twice still. None may be added."""


def class_names() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for path in below("bot") + below("codemods"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef):
                found.setdefault(node.name, set()).add(module_of(path))
    return found


def test_no_class_name_is_used_twice() -> None:
    twice = {name: modules for name, modules in class_names().items() if len(modules) > 1}
    assert {name: modules for name, modules in twice.items() if name not in NAMED_TWICE} == {}


@pytest.mark.parametrize("module", ["bot.plan.read", "bot.decide.next_actions"])
def test_plans_and_decisions_load_no_codemod_but_the_model(module: str) -> None:
    program = (
        f"import sys, {module}; print([m for m in sys.modules if m.split('.')[0] in ('libcst', 'codemods')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = set(ast.literal_eval(done.stdout))
    assert [m for m in loaded if m != "codemods" and not f"{m}.".startswith("codemods.model.")] == []


def test_decisions_are_pure() -> None:
    io = ("asyncio", "aiohttp", "subprocess", "socket", "os", "sqlalchemy", "time", "random")
    pure = below("bot/decide") + below("bot/plan")
    assert offenders(pure, *io) == []
    awaits = [path for path in pure if re.search(r"\b(await|async)\b ", path.read_text())]
    assert [path for path in awaits if _has_async(path)] == []


def _has_async(path: Path) -> bool:
    kinds = (ast.AsyncFunctionDef, ast.Await, ast.AsyncFor, ast.AsyncWith)
    return any(isinstance(node, kinds) for node in ast.walk(ast.parse(path.read_text())))


def test_only_tests_and_the_demo_import_the_sandbox() -> None:
    demo = ROOT / "bot/cli/commands/demo.py"
    assert offenders([path for path in below("bot") if path != demo], "sandbox", "tests") == []
    assert offenders(below("codemods"), "sandbox", "tests") == []


def test_codemods_know_nothing_of_the_bot() -> None:
    assert offenders(below("codemods"), "bot", "sandbox") == []


def test_one_package_names_the_engine() -> None:
    naming = offenders(below("bot") + below("codemods"), THE_ENGINE)
    assert {line.split("/")[1] for line in naming} == {"engine"}


def test_one_package_starts_git_and_two_files_the_users_commands() -> None:
    starting = {line.split()[0] for line in offenders(below("bot"), "subprocess")}
    allowed = {"bot/commands/isolation.py", "bot/cli/local_checks.py"}
    assert {one for one in starting if not one.startswith("bot/git/")} <= allowed


def test_the_environment_has_one_reader() -> None:
    reading = [
        str(path.relative_to(ROOT))
        for path in below("bot")
        if re.search(r"os\.(environ|getenv)\b", path.read_text())
    ]
    assert set(reading) <= {
        "bot/settings.py",
        "bot/git/process.py",
        "bot/cli/environment.py",
        "bot/commands/isolation.py",
        "bot/cli/local_checks.py",
    }


def test_text_is_read_and_written_as_utf8_whatever_the_locale() -> None:
    arguments = {"read_text": 1, "write_text": 2}
    at = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in SOURCES
        if path.relative_to(ROOT).parts[0] not in ("tests", "bench")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        if len(node.args) < arguments.get(node.func.attr, 0)
        and "encoding" not in {keyword.arg for keyword in node.keywords}
    ]
    assert at == []


def manifest() -> dict[str, dict[str, str] | list[str]]:
    found: dict[str, dict[str, str] | list[str]] = yaml.safe_load((ROOT / "app.yml").read_text())
    return found


def test_the_app_subscribes_to_what_the_code_reads() -> None:
    given = {"installation", "installation_repositories"}
    assert set(manifest()["default_events"]) == SUBSCRIBED - given


NEEDS = {
    "contents": r"/git/(refs|ref|commits|matching-refs)|/contents",
    "issues": r"/issues",
    "pull_requests": r"/pulls",
    "checks": r"/check-runs|/check-suites",
    "statuses": r"/status",
    "actions": r"/actions/runs",
}


@pytest.mark.parametrize("permission", NEEDS)
def test_the_app_asks_for_what_the_code_calls(permission: str) -> None:
    code = "\n".join(path.read_text() for path in below("bot/github"))
    assert permission in manifest()["default_permissions"]
    assert re.search(NEEDS[permission], code)


def test_the_app_asks_for_nothing_else() -> None:
    assert set(manifest()["default_permissions"]) == {"metadata", "workflows", "merge_queues", *NEEDS}


def test_every_permission_and_event_says_what_for() -> None:
    lines = (ROOT / "app.yml").read_text().splitlines()
    start = lines.index("default_permissions:")
    asked = [i for i, line in enumerate(lines) if i > start and re.match(r"  (- )?\w+", line)]
    bare = [
        lines[i]
        for i in asked
        if not lines[i - 1].lstrip().startswith("#") and lines[i - 1].strip() != "- create"
    ]
    assert bare == []


def test_nothing_names_a_path_of_this_machine() -> None:
    texts = [
        *SOURCES,
        *(ROOT / "docs").rglob("*.md"),
        *ROOT.glob("*.md"),
        ROOT / "Makefile",
        ROOT / "app.yml",
    ]
    assert [str(path) for path in texts if str(ROOT) in path.read_text()] == []


def alternatives(test: ast.expr) -> bool:
    """An `or` in an assertion, other than `value or ""` for a value that may be None."""
    return any(
        isinstance(node, ast.BoolOp)
        and isinstance(node.op, ast.Or)
        and not (isinstance(node.values[-1], ast.Constant | ast.Tuple) and len(node.values) == 2)
        for node in ast.walk(test)
    )


def test_no_assertion_has_alternatives() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in below("tests")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Assert) and alternatives(node.test)
    ]
    assert found == []
