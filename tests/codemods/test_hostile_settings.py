"""A repository's configuration that no tool would take: it is passed over, in a time that grows with its length."""

from __future__ import annotations

import pytest

from bot.rewrite.format_settings import LARGEST, LARGEST_YAML, NO_STYLES, FolderSettings, read_import_styles
from codemods.model.example import InMemoryTree
from tests.report.test_hostile_texts import PARSERS_PASSES, one_pass, seconds_of

PRE_COMMIT, TOML, INI = ".pre-commit-config.yaml", "pyproject.toml", "setup.cfg"
BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 20)
)
SLOW = {
    "spaces in a value": (INI, "[isort]\na" + " " * (LARGEST - 20) + "b\n"),
    "spaces of all kinds": (INI, "[isort]\na" + " \t\x0b\u2003" * (LARGEST // 12) + "b\n"),
    "one long name": (INI, "[isort]\n" + "a" * (LARGEST - 20)),
    "sections": (INI, "[isort]\nsections = " + "a," * (LARGEST // 2 - 20)),
    "sections with modules": (INI, "[isort]\n" + "".join(f"known_{n} = {n}\n" for n in range(12_000))),
    "patterns": (INI, "[isort]\nknown_third_party = " + "*a" * (LARGEST // 2 - 30)),
    "dots": (TOML, "a." * (LARGEST // 2 - 10) + "a = 1\n"),
    "dots in many lines": (TOML, ("a." * 499 + "a = 1\n") * (LARGEST // 1010)),
    "tables": (TOML, "[[a]]\n" * (LARGEST // 6)),
    "brackets in TOML": (TOML, "a = " + "[" * (LARGEST - 20)),
    "aliases": (PRE_COMMIT, f"{BOMB}repos:\n- hooks:\n  - id: isort\n    args: [*a19]\n"),
    "brackets in YAML": (PRE_COMMIT, "[" * (LARGEST_YAML - 1)),
    "much YAML": (PRE_COMMIT, "- a\n" * (LARGEST_YAML // 4)),
}
ODD = {
    TOML: (
        "tool = 3",
        "[tool]\nblack = 'x'\nruff = 3\nisort = []",
        "[tool.black]\nline-length = 'x'",
        "[tool.isort]\nsections = 3\nline_length = []\nprofile = {}",
        f"a = {'9' * 5000}",
        "a = 1\r\n\x00",
    ),
    "ruff.toml": (
        "lint = 3\nselect = 7",
        "[lint]\nselect = ['I']\n[lint.isort]\nsections = 4\nsection-order = [[]]",
    ),
    PRE_COMMIT: (
        "repos: 3",
        "repos: [{hooks: 3}]",
        "repos: [{hooks: [{id: [x], args: 3}, {id: isort, args: {a: b}}]}]",
        "repos: [{hooks: [{id: isort, args: 3}]}]",
        "a: 2001-99-99",
        "? [a]\n: b",
    ),
    ".flake8": ("[flake8]\nmax-line-length = \u00b2",),
    ".editorconfig": ("[*.py]\nmax_line_length = \u00b2",),
}


@pytest.mark.parametrize("name", SLOW)
def test_a_configuration_of_any_shape_takes_few_passes(name: str) -> None:
    file, text = SLOW[name]
    tree = InMemoryTree({file: text.encode()})
    entries = {one.path: one for one in tree.entries()}
    most = 4 * PARSERS_PASSES * one_pass()
    assert seconds_of(lambda: read_import_styles(tree, entries, ["a.py"]), most) < most


@pytest.mark.parametrize(("file", "text"), [(file, text) for file, texts in ODD.items() for text in texts])
def test_a_configuration_with_odd_values_is_passed_over(file: str, text: str) -> None:
    tree = InMemoryTree({file: text.encode()})
    entries = {one.path: one for one in tree.entries()}
    assert read_import_styles(tree, entries, ["a.py"]).by_folder.keys() <= {""}


def test_a_configuration_that_is_too_large_is_not_read() -> None:
    tree = InMemoryTree({INI: b"[isort]\nprofile = black\n" + b"#" * LARGEST})
    assert read_import_styles(tree, {one.path: one for one in tree.entries()}, ["a.py"]) == NO_STYLES


def test_spaces_in_a_value_mean_what_they_meant() -> None:
    texts = {INI: "[isort]\nknown_first_party   =   a,\n    b\nline_length = 99\n"}
    style = FolderSettings("", texts).style([])
    assert style is not None
    assert style.line_length == 99
