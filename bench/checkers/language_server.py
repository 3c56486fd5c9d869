"""Asks a language server where attributes are defined."""

from __future__ import annotations

import json
import os
import select
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, cast
from urllib.parse import unquote

SILENCE = 60.0
"""Seconds by the clock to wait for one answer."""


class Question(NamedTuple):
    path: str
    line: int
    """From 1."""
    column: int
    """Of the attribute's name, in characters from 0."""


class Definition(NamedTuple):
    path: str
    line: int


class Cost(NamedTuple):
    processor: float
    memory: float
    """The largest process, in MB."""


class LanguageServer:
    def __init__(self, command: Sequence[str | Path], folder: Path) -> None:
        self.folder = folder
        pipe, nothing = subprocess.PIPE, subprocess.DEVNULL
        self.process = subprocess.Popen(
            list(map(str, command)), cwd=folder, stdin=pipe, stdout=pipe, stderr=nothing
        )
        self.unread, self.number = b"", 0
        uri = folder.as_uri()
        folders = [{"uri": uri, "name": folder.name}]
        self.ask(
            "initialize",
            {"processId": os.getpid(), "rootUri": uri, "workspaceFolders": folders, "capabilities": {}},
        )
        self.send({"method": "initialized", "params": {}})

    def definitions(self, questions: Sequence[Question]) -> list[list[Definition]]:
        return [self.definition(one) for one in self.opened(questions)]

    def opened(self, questions: Sequence[Question]) -> Iterator[Question]:
        known: set[str] = set()
        for one in questions:
            if one.path not in known:
                known.add(one.path)
                text = (self.folder / one.path).read_text(errors="replace")
                document = {"uri": self.uri(one.path), "languageId": "python", "version": 1, "text": text}
                self.send({"method": "textDocument/didOpen", "params": {"textDocument": document}})
            yield one

    def definition(self, one: Question) -> list[Definition]:
        position = {"line": one.line - 1, "character": one.column}
        where = {"textDocument": {"uri": self.uri(one.path)}, "position": position}
        found = self.ask("textDocument/definition", where) or []
        return [place(item) for item in (found if isinstance(found, list) else [found])]

    def uri(self, path: str) -> str:
        return (self.folder / path).as_uri()

    def ask(self, method: str, parameters: Mapping[str, Any]) -> Any:
        self.number += 1
        self.send({"id": self.number, "method": method, "params": parameters})
        deadline = time.monotonic() + SILENCE
        while True:
            message = self.receive(deadline)
            if "method" in message and "id" in message:
                items = (message.get("params") or {}).get("items", ())
                self.send({"id": message["id"], "result": [None for _ in items] or None})
            elif message.get("id") == self.number:
                return message.get("result")

    def send(self, message: Mapping[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        questions = cast("BinaryIO", self.process.stdin)
        questions.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        questions.flush()

    def receive(self, deadline: float) -> dict[str, Any]:
        while b"\r\n\r\n" not in self.unread:
            self.read_more(deadline)
        head, _, self.unread = self.unread.partition(b"\r\n\r\n")
        fields = dict(line.lower().split(b":", 1) for line in head.split(b"\r\n"))
        length = int(fields[b"content-length"])
        while len(self.unread) < length:
            self.read_more(deadline)
        body, self.unread = self.unread[:length], self.unread[length:]
        message: dict[str, Any] = json.loads(body)
        return message

    def read_more(self, deadline: float) -> None:
        output = cast("BinaryIO", self.process.stdout)
        if not select.select([output], [], [], max(0.0, deadline - time.monotonic()))[0]:
            raise TimeoutError("no answer")
        read = os.read(output.fileno(), 1 << 20)
        if not read:
            raise EOFError("it ended")
        self.unread += read

    def stop(self) -> Cost:
        self.ask("shutdown", {})
        self.send({"method": "exit"})
        cast("BinaryIO", self.process.stdin).close()
        return cost_of(self.process)


def cost_of(process: subprocess.Popen[bytes]) -> Cost:
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return Cost(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def place(item: Mapping[str, Any]) -> Definition:
    uri = item.get("targetUri") or item["uri"]
    at = item.get("targetSelectionRange") or item["range"]
    return Definition(unquote(uri.removeprefix("file://")), at["start"]["line"] + 1)
