"""Where a repository's linter finds an import that its file doesn't use (F401)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bot.rewrite.linter_settings.code_length import chosen_codes
from bot.rewrite.linter_settings.ruff_settings import is_selected

Settings = Mapping[str, Any]
CODE = "F401"
RUFFS_OWN = ("E4", "E7", "E9", "F")
"""What ruff looks for where nothing is selected."""


def unused_allowed_in(ruff: Settings | None, flake8: Settings | None) -> tuple[str, ...] | None:
    """The patterns of the files where it isn't looked for; None where it is looked for in none."""
    found: list[str] = []
    is_found = False
    if ruff is not None:
        lint = {"select": RUFFS_OWN, **ruff, **ruff.get("lint", {})}
        is_found = is_selected(lint, CODE)
        by_pattern = {**lint.get("per-file-ignores", {}), **lint.get("extend-per-file-ignores", {})}
        found += [pattern for pattern, codes in by_pattern.items() if is_selected({"select": codes}, CODE)]
    if flake8 is not None:
        is_found = is_found or is_selected(chosen_codes(flake8), CODE)
        found += flake8_patterns(flake8)
    return tuple(found) if is_found else None


def flake8_patterns(flake8: Settings) -> Iterator[str]:
    """`per-file-ignores = __init__.py:F401 tests/*:F401,E501`, in one line or in several."""
    said = str(flake8.get("per-file-ignores", flake8.get("per_file_ignores", "")))
    pattern = ""
    for word in said.replace(":", ": ").replace(",", " ").split():
        if word.endswith(":"):
            pattern = word[:-1]
        elif is_selected({"select": [word]}, CODE):
            yield pattern
