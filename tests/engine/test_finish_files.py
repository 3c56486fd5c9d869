"""The plan's formatter over the changed files, and what the repository's linters find in them."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from threading import Event

import pytest

from bot.commands.finish_files import (
    CommandRunner,
    FinishedFiles,
    changed_lines,
    finish_files,
    isolated_runner,
)
from bot.commands.isolation import no_sandbox
from bot.commands.linters import findings_in, with_files
from bot.decide.phase_result import FormatterRun, LinterRun
from bot.git.repository import Repository
from bot.plan.plan import Plan
from bot.report.pull_request import formatter_text, linter_lines
from bot.rewrite.format_proof import layout_trouble
from tests.checkouts import checkout
from tests.report.test_hostile_texts import MOST_PASSES, one_pass, seconds_of

WHY = no_sandbox()
pytestmark = pytest.mark.xfail(WHY is not None, reason=WHY.reason if WHY else "", run=False, strict=False)
RUFF = "[tool.ruff]\nlint.select = ['I', 'F401']\n"
FILES = {
    "pyproject.toml": RUFF,
    "shop/__init__.py": "",
    "shop/a.py": "import os\nimport json\n\nprint(os, json)\n",
    "shop/other.py": "x = {  'a':1 }\n",
}
CHANGED = {"shop/a.py": b"import os\nimport json\n\nprint( os,json )\n"}


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(checkout(tmp_path / "repo", FILES) / ".git")


@pytest.fixture
def runner() -> CommandRunner:
    """With the ruff of these tests as what the operator offers."""
    return isolated_runner(True, (Path(sys.prefix).resolve(),), Event())


def finished(
    runner: CommandRunner, repository: Repository, form: str, files: Mapping[str, bytes] = CHANGED
) -> FinishedFiles:
    return finish_files(runner, repository, "HEAD", Plan("t", "s", (), (), format=form), files)


def test_the_formatter_changes_the_layout_of_the_changed_files_alone(
    runner: CommandRunner, repository: Repository
) -> None:
    made = finished(runner, repository, "ruff")
    assert made.contents == {"shop/a.py": b"import json\nimport os\n\nprint(os, json)\n"}
    assert made.formatter is not None
    assert (made.formatter.files, made.formatter.refused, made.formatter.problem) == (1, (), "")
    assert made.linters == LinterRun(("ruff",), 1)
    assert linter_lines(made.linters) == [
        "✅ no new finding of ruff by this repository's configuration: 1 file"
    ]


def test_new_findings_are_named_and_old_ones_are_not(runner: CommandRunner, repository: Repository) -> None:
    more = {**CHANGED, "shop/new.py": b"import os\nimport json\n\njson\n"}
    made = finished(runner, repository, "auto", more)
    assert made.contents == {}
    assert made.linters == LinterRun(("ruff",), 2, (("shop/new.py", "F401"), ("shop/new.py", "I001")))
    (text,) = linter_lines(made.linters)
    assert text.startswith("⚠️ 2 new findings of ruff by this repository's configuration:\n")
    assert "  - `shop/new.py`: F401\n" in text


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ("sed -i s/json/jsonx/ {files}", "changed more than the layout"),
        ("echo 'x = (' > shop/a.py # {files}", "doesn't parse"),
        ("rm {files}", "no longer there"),
        ("ln -sf /etc/passwd shop/a.py # {files}", "no longer there"),
        ("rm shop/a.py && mkfifo shop/a.py # {files}", "no longer there"),
        ("mv shop x && ln -s x shop # {files}", "no longer there"),
    ],
)
def test_what_is_no_other_layout_is_not_used(
    runner: CommandRunner, repository: Repository, command: str, why: str
) -> None:
    made = finished(runner, repository, command)
    assert made.contents == {}
    assert made.formatter is not None
    assert [path for path, _ in made.formatter.refused] == ["shop/a.py"]
    assert why in made.formatter.refused[0][1]
    assert "Not formatted:\n\n- `shop/a.py`" in formatter_text(made.formatter)[1]


def test_other_files_stay_as_they_are(runner: CommandRunner, repository: Repository) -> None:
    made = finished(runner, repository, "ruff format . # {files}")
    assert list(made.contents) == ["shop/a.py"]


def test_nothing_of_a_formatter_that_fails_counts(runner: CommandRunner, repository: Repository) -> None:
    made = finished(runner, repository, "ruff format {files} && echo broken && exit 3")
    assert made.contents == {}
    assert made.formatter is not None
    assert made.formatter.problem == "it failed with exit status 3: broken"


def test_where_commands_are_off_nothing_runs_and_the_pull_request_says_so(repository: Repository) -> None:
    off = isolated_runner(False, (), Event())
    assert finished(off, repository, "auto") == FinishedFiles({})
    made = finished(off, repository, "black")
    assert made.formatter == FormatterRun(
        "black {files}", problem="commands are switched off where Drover runs"
    )
    assert formatter_text(made.formatter) == [
        "⚠️ `black {files}` didn't format the files: commands are switched off where Drover runs."
    ]


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        ("x = 'a'\n", 'x = "a"\n', True),
        ("import b\nimport a\n", "import a\nimport b\n", True),
        ("from a import c, b\n", "from a import b\nfrom a import c\n", True),
        ("import a\nx = 1\nimport b\n", "import b\nx = 1\nimport a\n", False),
        ('def f():\n    """A\n      b."""\n', 'def f():\n    """A\n    b."""\n', True),
        ("x = (1 + 2)\n", "x = 1 + 2\n", True),
        ("x = 1\n", "x = 2\n", False),
        ("import a\n", "", False),
        ("f('a  b')\n", "f('a b')\n", False),
        ("if x:\n    y\nz\n", "if x:\n    y\n    z\n", False),
    ],
)
def test_another_layout_has_the_same_syntax_tree(before: str, after: str, same: bool) -> None:
    assert (layout_trouble(before.encode(), after.encode()) == "") is same


def test_findings_are_read_as_each_tool_writes_them() -> None:
    assert list(
        findings_in("ruff", "shop/a.py:1:8: F401 [*] `os` imported but unused\nFound 1 error.\n")
    ) == [("shop/a.py", "F401")]
    assert list(findings_in("flake8", "./shop/a.py:1:1: E302\n")) == [("shop/a.py", "E302")]
    text = "ERROR: /checkout/shop/a b.py Imports are incorrectly sorted and/or formatted.\n"
    assert list(findings_in("isort", text)) == [("shop/a b.py", "isort")]
    assert list(findings_in("black", "would reformat /checkout/shop/a.py\n")) == [("shop/a.py", "black")]


def test_many_files_are_passed_in_parts_and_odd_names_are_quoted() -> None:
    commands = list(with_files("x {files}", ["-a b.py", *(f"{'d' * 100}/{n}.py" for n in range(1000))]))
    assert len(commands) == 2
    assert commands[0].startswith("x './-a b.py' ddd")


def test_like_lines_without_end_are_compared_in_few_passes() -> None:
    before, after = b"x = 1\n" + b"\n\n" * 30_000 + b"y = 2\n", b"x = 2\n" + b"\n" * 30_000 + b"y = 3\n"
    assert (
        seconds_of(lambda: changed_lines(before, after), MOST_PASSES * one_pass()) < MOST_PASSES * one_pass()
    )
    assert changed_lines(before, after) == 60_002


def test_changed_lines_are_those_of_a_diff() -> None:
    assert changed_lines(b"a\nb\nc\nd\n", b"a\nb\nc\nd\n") == 0
    assert changed_lines(b"a\nb\nc\nd\n", b"a\nx\nc\ne\nd\n") == 2
    assert changed_lines(b"a\na\n", b"a\n") == 1
