"""Run a plan's commands on this machine, in a temporary checkout and without a sandbox: they are the person's own."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from bot.commands.finish_files import MOST_OUTPUT, SECONDS, CommandRunner
from bot.git.repository import Repository
from bot.interrupts import defer_interrupts
from bot.report.commands_check import CommandRun

LONGEST = 3600.0
KEPT = 20_000
"""Bytes of output, from its end."""


@dataclass(frozen=True)
class LocalRun:
    command: str
    commit: str
    status: int
    """-9 if it took too long."""
    output: str


def run_commands(
    repository: Repository, commit: str, commands: Sequence[str], longest: float = LONGEST
) -> Iterator[LocalRun]:
    """Run one after the other in the same checkout, until one fails."""
    with tempfile.TemporaryDirectory(prefix="drover-", ignore_cleanup_errors=True) as folder:
        checkout = Path(folder) / "checkout"
        checkout.mkdir()
        repository.export(commit, checkout)
        for command in commands:
            ran = run(command, commit, checkout, longest)
            yield ran
            if ran.status:
                return


def local_runner(enabled: bool = True) -> CommandRunner:
    """For a formatter and linters. flake8 isn't run, since its configuration can name code of the repository."""

    @contextmanager
    def checkout() -> Iterator[Path]:
        with tempfile.TemporaryDirectory(prefix="drover-", ignore_cleanup_errors=True) as folder:
            yield Path(folder)

    def run_here(command: str, folder: Path) -> CommandRun:
        ran = run(command, "", folder, SECONDS, MOST_OUTPUT)
        return CommandRun(command, ran.status, ran.output, 0.0)

    refused = "" if enabled else "commands weren't to run (`--no-checks`)"
    return CommandRunner(run_here, checkout, ("ruff", "isort", "black"), refused)


def run(command: str, commit: str, checkout: Path, longest: float, kept: int = KEPT) -> LocalRun:
    with tempfile.TemporaryFile() as output:
        process = None
        try:
            with defer_interrupts():
                process = start_command(command, checkout, output)
            process.wait(longest)
        except subprocess.TimeoutExpired:
            pass
        finally:
            status = end(process) if process else 0
        size = output.seek(0, os.SEEK_END)
        output.seek(max(0, size - kept))
        return LocalRun(command, commit, status, output.read().decode("utf-8", "replace"))


def start_command(command: str, checkout: Path, output: IO[bytes]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        ["/bin/sh", "-c", command],
        cwd=checkout,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def end(process: subprocess.Popen[bytes]) -> int:
    """Kill the command and everything that it started; its status."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass
    return process.wait()
