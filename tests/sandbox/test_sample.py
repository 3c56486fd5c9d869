"""The sample repository: its own tests pass, and it has what the walkthrough shows."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from sandbox.sample.history import PEOPLE, loose_ends, sample_commits, sample_files, tracking_issue, wishlist
from sandbox.sample.setup import TEST_COMMAND

DEPRECATED = "shop.agents.execution_engine"


def write(folder: Path, files: Mapping[str, str | None]) -> None:
    for path, text in files.items():
        target = folder / path
        if text is None:
            target.unlink()
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")


def run_tests(folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, *TEST_COMMAND], cwd=folder, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stderr


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    write(tmp_path, sample_files())
    return tmp_path


def test_the_samples_tests_pass_before_the_migration(shop: Path) -> None:
    assert "skipped=1" in run_tests(shop)


def test_the_samples_tests_pass_with_either_proposal_merged(shop: Path) -> None:
    write(shop, wishlist().commit.files)
    run_tests(shop)
    write(shop, loose_ends().commit.files)
    assert "skipped" not in run_tests(shop)


def test_the_samples_commits_are_in_order_and_by_known_people() -> None:
    commits = sample_commits()
    assert len(commits) >= 12
    assert [commit.date for commit in commits] == sorted({commit.date for commit in commits})
    assert {commit.author for commit in commits} <= set(PEOPLE)


def test_the_sample_is_deterministic() -> None:
    assert sample_commits() == sample_commits()
    assert sample_files() == sample_files()


def test_exactly_one_file_does_not_parse() -> None:
    assert [path for path, text in sample_files().items() if path.endswith(".py") and not parses(text)] == [
        "scripts/old_report.py"
    ]


def parses(text: str) -> bool:
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return True


def test_some_imports_name_what_the_deprecated_module_no_longer_defines() -> None:
    files = sample_files()
    defined = {
        name
        for node in ast.parse(files["shop/agents/execution_engine.py"]).body
        for name in names_bound(node)
    }
    asked = {name for text in files.values() if parses(text) for name in names_imported(text)}
    assert {"create_request_scoped_engine", "UserExecutionContext"} <= asked - defined


def names_bound(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.ImportFrom | ast.Import):
        return [alias.asname or alias.name for alias in node.names]
    return [node.name] if isinstance(node, ast.ClassDef | ast.FunctionDef) else []


def names_imported(text: str) -> list[str]:
    return [
        alias.name
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.ImportFrom) and node.module == DEPRECATED
        for alias in node.names
    ]


def test_the_second_proposal_adds_a_use_of_the_deprecated_engine() -> None:
    assert any(text and f"from {DEPRECATED} import" in text for text in wishlist().commit.files.values())


def test_the_tracking_issue_reads_like_a_persons() -> None:
    issue = tracking_issue()
    assert "- [ ]" in issue.body
    assert "drover" not in issue.body.lower()
