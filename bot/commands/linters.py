"""What a repository's own linters and formatters find in files, by its configuration."""

from __future__ import annotations

import re
import shlex
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from bot.report.commands_check import CommandRun
from bot.rewrite.format_settings import FILES, FolderSettings

Findings = Counter[tuple[str, str]]
"""By file and code: a line says little, since lines move."""
Runner = Callable[[str, Path], CommandRun]
"""Runs a command in a checkout."""
LONGEST_ARGUMENTS = 60_000
ISORT = re.compile(r"ERROR: (?:/checkout/)?(?P<path>.+?) Imports are incorrectly sorted")
BLACK = re.compile(r"would reformat (?:/checkout/)?(?P<path>.+)")
CONCISE = re.compile(r"(?P<path>[^:]+):\d+:\d+: (?P<code>[\w-]+)")

COMMANDS = {
    "ruff": "ruff check --no-cache --no-fix --force-exclude --exit-zero --output-format concise {files}",
    "isort": "isort --check-only --filter-files {files}",
    "flake8": "flake8 --exit-zero --format '%(path)s:1:1: %(code)s' {files}",
    "black": "black --check {files}",
}
FOUND = (0, 1)
"""The exit statuses with which they end if all went well."""


def configured_linters(texts: Mapping[str, str]) -> tuple[str, ...]:
    """By what the configuration files at the top say."""
    settings = FolderSettings("", {name: texts[name] for name in FILES if name in texts})
    flake8 = any("[flake8]" in texts.get(name, "") for name in (".flake8", "setup.cfg", "tox.ini"))
    configured = {
        "ruff": settings.ruff is not None,
        "isort": settings.isort is not None,
        "flake8": flake8,
        "black": "black" in settings.pyproject.get("tool", {}),
    }
    return tuple(name for name, is_configured in configured.items() if is_configured)


def installed_linters(run: Runner, folder: Path, names: Sequence[str]) -> tuple[str, ...]:
    return tuple(name for name in names if run(f"command -v {name}", folder).passed)


def find(run: Runner, folder: Path, name: str, paths: Sequence[str]) -> Findings | None:
    """None if the linter didn't get to its end."""
    found = Findings()
    for command in with_files(COMMANDS[name], paths):
        ran = run(command, folder)
        if ran.stopped or ran.status not in FOUND:
            return None
        found.update(findings_in(name, ran.output))
    return found


def findings_in(name: str, output: str) -> Iterator[tuple[str, str]]:
    pattern = {"isort": ISORT, "black": BLACK}.get(name, CONCISE)
    for line in output.splitlines():
        if match := pattern.match(line.strip()):
            path = match["path"].removeprefix("./").removeprefix("/checkout/")
            yield path, match.groupdict().get("code") or name


def with_files(command: str, paths: Sequence[str]) -> Iterator[str]:
    """The command, with the files in it; several times where they are too many for one."""
    part: list[str] = []
    size = 0
    for path in paths:
        word = shlex.quote(f"./{path}" if path.startswith("-") else path)
        if part and size + len(word) > LONGEST_ARGUMENTS:
            yield command.replace("{files}", " ".join(part))
            part, size = [], 0
        part.append(word)
        size += len(word) + 1
    if part:
        yield command.replace("{files}", " ".join(part))
