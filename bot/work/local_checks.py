"""A plan's commands, run on this machine in a temporary checkout: for the command line, where they are the person's own."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.mirror import Repository

LONGEST = 3600.0
KEPT = 20_000
"""Bytes of output, from its end."""


@dataclass(frozen=True)
class Ran:
    command: str
    commit: str
    status: int
    """None of the command's own where it took too long: -9."""
    output: str


def run_commands(
    repository: Repository, commit: str, commands: Sequence[str], longest: float = LONGEST
) -> Iterator[Ran]:
    """One after the other, in the same checkout; the rest is left when one fails."""
    with tempfile.TemporaryDirectory(prefix="drover-", ignore_cleanup_errors=True) as folder:
        checkout = Path(folder) / "checkout"
        checkout.mkdir()
        repository.export(commit, checkout)
        for command in commands:
            ran = run(command, commit, checkout, longest)
            yield ran
            if ran.status:
                return


def run(command: str, commit: str, checkout: Path, longest: float) -> Ran:
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            ["/bin/sh", "-c", command],
            cwd=checkout,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            process.wait(longest)
        except subprocess.TimeoutExpired:
            pass
        finally:
            end(process)
        size = output.seek(0, os.SEEK_END)
        output.seek(max(0, size - KEPT))
        return Ran(command, commit, process.returncode, output.read().decode("utf-8", "replace"))


def end(process: subprocess.Popen[bytes]) -> None:
    """The command and all that it started."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass
    process.wait()
