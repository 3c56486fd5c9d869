"""How long a line of code may be, where a repository's formatter or linter looks at it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.rewrite.linter_settings.ruff_settings import is_selected
from bot.rewrite.linter_settings.setting_values import as_names, as_number

Settings = Mapping[str, Any]
RUFF, FLAKE8, PYLINT = 88, 79, 100
"""What they take where nothing is said."""
TOLERANCE = 1.1
"""Of flake8-bugbear's B950."""


def formatter_length(ruff: Settings | None, black: Settings | None, hooks: Mapping[str, Settings]) -> int:
    """0 where neither ruff's formatter nor black is configured."""
    if "ruff-format" in hooks or (ruff is not None and "format" in ruff):
        return as_number({**(ruff or {}), **hooks.get("ruff-format", {})}.get("line-length"), RUFF)
    hook = next((hooks[name] for name in ("black", "black-jupyter") if name in hooks), None)
    if black is None and hook is None:
        return 0
    said = {key.replace("_", "-"): value for key, value in {**(black or {}), **(hook or {})}.items()}
    return as_number(said.get("line-length", said.get("l")), RUFF)


def linter_length(ruff: Settings | None, pycodestyle: Settings | None) -> int:
    """0 where none reports a line that is too long (E501)."""
    if ruff is not None:
        lint = {**ruff, **ruff.get("lint", {})}
        longest = lint.get("pycodestyle", {}).get("max-line-length", ruff.get("line-length"))
        if is_selected(lint, "E501"):
            return as_number(longest, RUFF)
    return pycodestyle_length(pycodestyle) if pycodestyle is not None else 0


def pylint_length(settings: Settings | None) -> int:
    """0 where pylint isn't configured, or doesn't report a line that is too long (C0301)."""
    if settings is None:
        return 0
    enabled, disabled = (set(first_words(settings.get(key))) for key in ("enable", "disable"))
    message = {"C0301", "line-too-long"}
    if not message & enabled and disabled & {*message, "C", "format", "all"}:
        return 0
    return as_number(settings.get("max-line-length"), PYLINT)


def aligns_continuations(settings: Settings | None) -> bool:
    """Whether flake8 or pycodestyle reports a line that isn't aligned with its bracket (E127, E128)."""
    return settings is not None and is_selected(chosen_codes(settings), "E128")


def chosen_codes(settings: Settings) -> Settings:
    said = {key.replace("_", "-"): value for key, value in settings.items()}
    codes = {
        key: first_words(said.get(key)) for key in ("select", "extend-select", "ignore", "extend-ignore")
    }
    chosen = (*(codes["select"] or ["E", "F", "W", "C90"]), *codes["extend-select"])
    return {"select": chosen, "ignore": (*codes["ignore"], *codes["extend-ignore"])}


def pycodestyle_length(settings: Settings) -> int:
    lint = chosen_codes(settings)
    longest = as_number(settings.get("max-line-length", settings.get("max_line_length")), FLAKE8)
    if is_selected(lint, "E501"):
        return longest
    return int(longest * TOLERANCE) if is_selected(lint, "B950") else 0


def first_words(value: Any) -> Sequence[str]:
    """Codes, without comments behind them."""
    return [name.split()[0] for name in as_names(value) if not name.startswith("#")]
