"""What the type checker finds wrong in files."""

from __future__ import annotations

import contextlib
import json
import subprocess
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from codemods.types.source_folder import SourceFolder
from codemods.types.type_server import TypesUnavailable, start_checker

LONGEST_CHECK = 900.0
"""Seconds by the clock."""


class TypeFinding(NamedTuple):
    kind: str
    text: str


def type_findings(sources: SourceFolder, paths: Sequence[str]) -> Mapping[str, Counter[TypeFinding]]:
    """By file; wherever in it each stands."""
    if not paths:
        return {}
    sources.write_with_imports(paths)
    return by_file(sources.files, checked(sources, [sources.files / path for path in paths]))


def has_findings(sources: SourceFolder, file: Path) -> bool:
    """Of a file of our own, beside those of the tree."""
    return bool(checked(sources, [file]))


def checked(sources: SourceFolder, files: Sequence[Path]) -> list[dict[str, Any]]:
    arguments = ["check", "--config", str(sources.folder / "pyrefly.toml"), "--output-format", "json"]
    arguments += ["--summary", "none", "--threads", "1", *map(str, files)]
    process = start_checker(sources.folder, arguments, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        output, _ = process.communicate(timeout=LONGEST_CHECK)
    except subprocess.TimeoutExpired:
        raise TypesUnavailable(f"the type checker took longer than {LONGEST_CHECK:g} seconds") from None
    finally:
        with contextlib.suppress(OSError):
            process.kill()
        process.wait()
    return read_errors(output, process.returncode)


def read_errors(output: bytes, status: int) -> list[dict[str, Any]]:
    try:
        errors: list[dict[str, Any]] = json.loads(output)["errors"]
    except (ValueError, KeyError, TypeError):
        raise TypesUnavailable(f"the type checker ended early (status {status})") from None
    return errors


def first_line(text: object) -> str:
    return next(iter(str(text).splitlines()), "")


def by_file(folder: Path, errors: Sequence[Mapping[str, Any]]) -> Mapping[str, Counter[TypeFinding]]:
    found: dict[str, Counter[TypeFinding]] = {}
    for error in errors:
        path = str(error["path"]).removeprefix(f"{folder}/").removeprefix("files/")
        found.setdefault(path, Counter())[
            TypeFinding(str(error["name"]), first_line(error["description"]))
        ] += 1
    return found
