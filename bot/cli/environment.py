"""What the command line takes from the environment, and from how it was started."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from bot.settings import (
    ServerSettings,
    Settings,
    cache_folder,
    has_credentials,
    invalid_settings,
    read_server_settings,
    read_settings,
)


def cache() -> Path:
    """The folder for what was read before, and for error logs."""
    return cache_folder(os.environ)


def settings() -> Settings:
    """Raises `InvalidSetting` with the first setting that is missing or wrong."""
    return read_settings(os.environ)


def setting_problems() -> tuple[str, ...]:
    """All that is missing or wrong."""
    return invalid_settings(os.environ)


def server_settings() -> ServerSettings:
    """Those of a server without an App. Raises `InvalidSetting`."""
    return read_server_settings(os.environ)


def credentials_are_set() -> bool:
    return has_credentials(os.environ)


def program() -> str:
    """How this program was started, for commands that a person can copy."""
    if Path(sys.argv[0]).name != "app.py":
        return "drover"
    python = Path(sys.executable)
    here = Path.cwd()
    return f"{python.relative_to(here) if python.is_relative_to(here) else python} {sys.argv[0]}"
