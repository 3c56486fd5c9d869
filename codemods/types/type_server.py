"""Asks pyrefly for the types of expressions, over its type server protocol, in a process of its own with limits."""

from __future__ import annotations

import contextlib
import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any, BinaryIO, cast

from codemods.read.member_facts import Range

VERSIONS = ("1.4.",)
"""Those whose protocol we know: tests/codemods/test_type_server.py says what we need of it."""
MISSING = "needs the extra `types` (pip install 'drover-app[types]')"
SECONDS = 300
"""Of processor time, for all questions of one run."""
SILENCE = 120.0
"""Seconds by the clock to wait for one answer."""
MEMORY = 2 * 2**30
SHARE = 200
"""Questions that are sent before the answers are read."""
OWN_PACKAGES = Path(__file__).resolve().parents[2]


class TypesUnavailable(Exception):
    """Why types can't be told: the checker is missing, or failed. Its text is for people."""


def checker_program() -> str:
    """Where pyrefly is installed."""
    try:
        found = distribution("pyrefly")
    except PackageNotFoundError:
        raise TypesUnavailable(MISSING) from None
    if not found.version.startswith(VERSIONS):
        raise TypesUnavailable(
            f"{MISSING}: pyrefly {found.version} is installed, and another version is needed"
        )
    for file in found.files or ():
        if file.name == "pyrefly" and file.suffix == "":
            path = Path(str(found.locate_file(file))).resolve()
            if path.is_file() and os.access(path, os.X_OK):
                return str(path)
    raise TypesUnavailable(MISSING)


def checker_version() -> str:
    checker_program()
    return distribution("pyrefly").version


def start_checker(folder: Path, arguments: Sequence[str], **options: Any) -> subprocess.Popen[bytes]:
    """Its environment is empty but for where Python finds the launcher."""
    program = checker_program()
    limits = [str(folder), str(SECONDS), str(MEMORY)]
    command = [sys.executable, "-m", "codemods.types.launch", *limits, program, *arguments]
    return subprocess.Popen(command, cwd=OWN_PACKAGES, env={"PATH": os.defpath}, **options)


class TypeServer:
    """A running type server over the files of a folder."""

    def __init__(self, folder: Path, files: Path) -> None:
        """`files`: the folder that the paths of questions count from."""
        self.files = files
        arguments = ["tsp", "--indexing-mode", "none", "--threads", "1"]
        pipe = subprocess.PIPE
        self.process = start_checker(folder, arguments, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL)
        self.questions = cast("BinaryIO", self.process.stdin)
        self.answers = cast("BinaryIO", self.process.stdout)
        self.unread = b""
        self.number = 0
        folder_uri = folder.as_uri()
        try:
            self.ask([("initialize", {"processId": None, "rootUri": folder_uri, "capabilities": {}})])
            self.send({"method": "initialized", "params": {}})
            self.snapshot = self.ask([("typeServer/getSnapshot", {})])[0]
        except BaseException:
            self.stop()
            raise

    def types(self, questions: Sequence[tuple[str, Range]]) -> list[Any]:
        """The types of expressions by path and range, as the protocol gives them; None where there is none."""
        answers: list[Any] = []
        for first in range(0, len(questions), SHARE):
            share = questions[first : first + SHARE]
            answers += self.ask(
                [("typeServer/getComputedType", self.parameters(path, at)) for path, at in share]
            )
        return answers

    def parameters(self, path: str, at: Range) -> dict[str, Any]:
        start = {"line": at.line, "character": at.column}
        end = {"line": at.end_line, "character": at.end_column}
        uri = Path(os.path.normpath(self.files / path)).as_uri()
        return {"arg": {"uri": uri, "range": {"start": start, "end": end}}, "snapshot": self.snapshot}

    # ---- the protocol

    def ask(self, requests: Sequence[tuple[str, dict[str, Any]]]) -> list[Any]:
        first = self.number + 1
        for method, parameters in requests:
            self.number += 1
            self.send({"id": self.number, "method": method, "params": parameters})
        answers: dict[int, Any] = {}
        while len(answers) < len(requests):
            message = self.receive()
            if "method" in message:
                if "id" in message:
                    self.send({"id": message["id"], "result": None})
            elif message.get("id", 0) >= first:
                answers[message["id"]] = message.get("result")
        return [answers[number] for number in range(first, first + len(requests))]

    def send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        try:
            self.questions.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
            self.questions.flush()
        except (BrokenPipeError, OSError):
            raise self.end_error() from None

    def receive(self) -> dict[str, Any]:
        deadline = time.monotonic() + SILENCE
        while (found := self.unread.find(b"\r\n\r\n")) < 0:
            self.read_more(deadline)
        head, self.unread = self.unread[:found], self.unread[found + 4 :]
        fields = dict(line.lower().split(b":", 1) for line in head.split(b"\r\n"))
        length = int(fields[b"content-length"])
        while len(self.unread) < length:
            self.read_more(deadline)
        body, self.unread = self.unread[:length], self.unread[length:]
        message: dict[str, Any] = json.loads(body)
        return message

    def read_more(self, deadline: float) -> None:
        if not select.select([self.answers], [], [], max(0.0, deadline - time.monotonic()))[0]:
            raise TypesUnavailable(f"the type checker gave no answer for {SILENCE:g} seconds")
        read = os.read(self.answers.fileno(), 1 << 20)
        if not read:
            raise self.end_error()
        self.unread += read

    def end_error(self) -> TypesUnavailable:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(5)
        code = self.process.returncode
        limits = f"it has {SECONDS} seconds of processor time and {MEMORY >> 20:,} MB"
        return TypesUnavailable(f"the type checker ended early (status {code}); {limits}")

    def stop(self) -> None:
        with contextlib.suppress(OSError):
            self.process.kill()
        self.process.wait()
        for stream in (self.questions, self.answers):
            with contextlib.suppress(OSError, ValueError):
                stream.close()

    def __enter__(self) -> TypeServer:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
