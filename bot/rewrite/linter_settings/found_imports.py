"""Which imports a repository's linter finds: those that their file doesn't use, and those that only types need."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bot.rewrite.linter_settings.code_length import chosen_codes
from bot.rewrite.linter_settings.ruff_settings import is_selected

Settings = Mapping[str, Any]
UNUSED = "F401"
FOR_TYPES = ("TC001", "TC002", "TC003")
FORMER = {code: code.replace("TC", "TCH") for code in FOR_TYPES}
RUFFS_OWN = ("E4", "E7", "E9", "F")
"""What ruff looks for where nothing is selected."""


def allowed_in(ruff: Settings | None, flake8: Settings | None) -> dict[str, tuple[str, ...]]:
    """By code, the patterns of the files where it isn't looked for; without those that are looked for nowhere."""
    found: dict[str, tuple[str, ...]] = {}
    if ruff is not None:
        lint = {"select": RUFFS_OWN, **ruff, **ruff.get("lint", {})}
        by_pattern = {**lint.get("per-file-ignores", {}), **lint.get("extend-per-file-ignores", {})}
        types = lint.get("flake8-type-checking", {})
        for code in (UNUSED, *(FOR_TYPES if not types else ())):
            if is_any_selected(lint, code):
                patterns = [
                    one for one, codes in by_pattern.items() if is_any_selected({"select": codes}, code)
                ]
                found[code] = tuple(patterns)
    if flake8 is not None and is_selected(chosen_codes(flake8), UNUSED):
        found[UNUSED] = (*found.get(UNUSED, ()), *flake8_patterns(flake8))
    return found


def is_any_selected(lint: Settings, code: str) -> bool:
    return is_selected(lint, code) or (code in FORMER and is_selected(lint, FORMER[code]))


def flake8_patterns(flake8: Settings) -> Iterator[str]:
    """`per-file-ignores = __init__.py:F401 tests/*:F401,E501`, in one line or in several."""
    said = str(flake8.get("per-file-ignores", flake8.get("per_file_ignores", "")))
    pattern = ""
    for word in said.replace(":", ": ").replace(",", " ").split():
        if word.endswith(":"):
            pattern = word[:-1]
        elif is_selected({"select": [word]}, UNUSED):
            yield pattern
