"""One job of a workflow: a command with a time limit, in its own checkout."""

from __future__ import annotations

import asyncio
import io
import os
import shlex
import signal
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path

LONGEST_LOG = 60_000


@dataclass(frozen=True)
class JobResult:
    passed: bool
    title: str
    log: str


def unpack(archive: bytes, folder: Path) -> None:
    folder.mkdir()
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        tar.extractall(folder, filter="tar")


async def run_command(command: str, folder: Path, home: Path, timeout: float) -> JobResult:
    """Run the command in its own process group, which is killed on timeout or close."""
    words = shlex.split(command)
    if words[0] in ("python", "python3"):
        words[0] = sys.executable
    try:
        process = await asyncio.create_subprocess_exec(
            *words,
            cwd=folder,
            env=_environment(home),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
    except OSError as problem:
        return JobResult(False, f"Cannot run {words[0]}", str(problem))
    try:
        out, _ = await asyncio.wait_for(process.communicate(), timeout)
    except TimeoutError:
        return JobResult(False, "Tests took too long", f"Killed after {timeout:g} s.")
    finally:
        await _kill(process)
    log = out.decode(errors="replace").strip()[-LONGEST_LOG:]
    passed = process.returncode == 0
    last = log.rpartition("\n")[2][:200]
    return JobResult(passed, "Tests passed" if passed else f"Tests failed: {last}", log)


async def _kill(process: asyncio.subprocess.Process) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    await process.wait()


def _environment(home: Path) -> dict[str, str]:
    return {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "HOME": str(home),
        "TMPDIR": str(home),
        "LC_ALL": "C.UTF-8",
        "CI": "true",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
    }
