"""Start `app.py` in processes of its own without importing it each time: they are forked from one that has.

Each is a process like any other, which can be killed and waited for; only the import is shared.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).parent.parent
WRITES_ADDRESS = "DROVER_TESTS_WRITES"
"""The variable that says where a process reports what it writes to its database."""


class Forked:
    """As much of `subprocess.Popen` as the tests use, for a process that is no child of this one."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._handle = os.pidfd_open(pid)

    def send_signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._handle, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    @property
    def has_ended(self) -> bool:
        return bool(select.select([self._handle], [], [], 0)[0])

    def wait(self, timeout: float | None = None) -> None:
        select.select([self._handle], [], [], timeout)
        os.close(self._handle)


class ProcessStarter:
    """The process that is forked from; started when it is first needed."""

    def __init__(self) -> None:
        ours, its = socket.socketpair()
        program = f"from tests.process_starter import serve; serve({its.fileno()})"
        command = [sys.executable, "-c", program]
        self._process = subprocess.Popen(command, cwd=ROOT, pass_fds=[its.fileno()])
        its.close()
        self._channel = ours.makefile("rw")
        atexit.register(self.stop)

    def start(self, arguments: Sequence[str], environment: Mapping[str, str], log: Path) -> Forked:
        asked = {"arguments": [*arguments], "environment": dict(environment), "log": str(log)}
        self._channel.write(json.dumps(asked) + "\n")
        self._channel.flush()
        return Forked(int(self._channel.readline()))

    def stop(self) -> None:
        self._channel.close()
        self._process.kill()
        self._process.wait()


_started: list[ProcessStarter] = []


def start(arguments: Sequence[str], environment: Mapping[str, str], log: Path) -> Forked:
    if not _started:
        _started.append(ProcessStarter())
    return _started[0].start(arguments, environment, log)


def serve(descriptor: int) -> None:
    """In the process that is forked from: a line of JSON for each process to start, answered by its id."""
    from bot.github import limits

    limits.USUAL = replace(limits.USUAL, replicas=0.05)  # the sandbox has one server
    import bot.cli.commands.serve
    import bot.service  # noqa: F401

    signal.signal(signal.SIGCHLD, _reap)
    with socket.socket(fileno=descriptor) as channel, channel.makefile("rw") as lines:
        for line in iter(lines.readline, ""):
            asked = json.loads(line)
            pid = os.fork()
            if pid == 0:
                _become(descriptor, asked["arguments"], asked["environment"], asked["log"])
            lines.write(f"{pid}\n")
            lines.flush()


def _reap(*_: object) -> None:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _become(descriptor: int, arguments: list[str], environment: dict[str, str], log: str) -> None:
    """Run `app.py` with these arguments, as if it had just been started."""
    status = 1
    try:
        os.close(descriptor)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.environ.clear()
        os.environ.update(environment)
        output = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        for stream in (1, 2):
            os.dup2(output, stream)
        sys.argv = ["app.py", *arguments]
        if WRITES_ADDRESS in environment:
            from tests.faults.database_writes import report_writes

            report_writes(environment[WRITES_ADDRESS])
        from bot.cli import main

        status = main()
        sys.stdout.flush()
    finally:
        os._exit(status)
