"""Real repositories for tests, made from a mapping of paths to texts."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

ENVIRONMENT = {
    **os.environ,
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "Maya",
    "GIT_AUTHOR_EMAIL": "maya@example.com",
    "GIT_COMMITTER_NAME": "Maya",
    "GIT_COMMITTER_EMAIL": "maya@example.com",
    "GIT_AUTHOR_DATE": "2026-03-01T12:00:00+02:00",
    "GIT_COMMITTER_DATE": "2026-03-01T12:00:00+02:00",
}


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=folder, env=ENVIRONMENT, capture_output=True, check=True, encoding="utf-8"
    )
    return done.stdout.strip()


def checkout(folder: Path, files: Mapping[str, str]) -> Path:
    """A repository with one commit, on `main`."""
    folder.mkdir(parents=True, exist_ok=True)
    git(folder, "init", "-q", "-b", "main")
    return commit(folder, files)


def commit(folder: Path, files: Mapping[str, str | None], message: str = "work") -> Path:
    write(folder, {path: text for path, text in files.items() if text is not None})
    for path, text in files.items():
        if text is None:
            (folder / path).unlink()
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", message)
    return folder


def write(folder: Path, files: Mapping[str, str]) -> Path:
    for path, text in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode("utf-8", "surrogateescape"))
    return folder


def files_at(folder: Path, revision: str) -> dict[str, str]:
    names = git(folder, "-c", "core.quotePath=false", "ls-tree", "-r", "-z", "--name-only", revision)
    return {name: git(folder, "show", f"{revision}:{name}") for name in names.split("\0") if name}
