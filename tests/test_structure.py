"""The rules of the layout: who may import whom, and that the App asks for what the code uses."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
import yaml

from bot.intake.events import SUBSCRIBED
from tests.world import ROOT

SOURCES = sorted(
    path
    for folder in ("bot", "codemods", "sandbox", "tests", "bench")
    for path in (ROOT / folder).rglob("*.py")
)
ONLY_IN_WORKFLOWS = "dbos"


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


def test_decisions_are_pure() -> None:
    edges = (
        "bot.work",
        "bot.report",
        "bot.intake",
        "bot.github",
        "bot.git",
        "bot.mirror",
        "bot.store",
        "bot.settings",
    )
    io = ("asyncio", "aiohttp", "subprocess", "socket", "os", "sqlalchemy", "time", "random")
    assert offenders(below("bot/decide"), *edges, *io) == []
    awaits = [path for path in below("bot/decide") if re.search(r"\b(await|async)\b ", path.read_text())]
    assert [path for path in awaits if _has_async(path)] == []


def _has_async(path: Path) -> bool:
    kinds = (ast.AsyncFunctionDef, ast.Await, ast.AsyncFor, ast.AsyncWith)
    return any(isinstance(node, kinds) for node in ast.walk(ast.parse(path.read_text())))


def test_only_tests_and_the_demo_import_the_sandbox() -> None:
    assert offenders(below("bot") + below("codemods"), "sandbox", "tests") == []


def test_codemods_know_nothing_of_the_bot() -> None:
    assert offenders(below("codemods"), "bot", "sandbox") == []


def test_one_file_names_the_engine() -> None:
    naming = offenders(below("bot") + below("codemods"), ONLY_IN_WORKFLOWS)
    assert {line.split()[0] for line in naming} == {"bot/work/workflows.py"}


def test_one_package_starts_git_and_two_files_the_users_commands() -> None:
    starting = {line.split()[0] for line in offenders(below("bot"), "subprocess")}
    allowed = {"bot/work/commands.py", "bot/work/local_checks.py"}
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
        "bot/commands.py",
        "bot/work/commands.py",
        "bot/work/local_checks.py",
    }


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
