"""Reading objects: one `cat-file` that stays for the single questions, one that streams for the many."""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from subprocess import Popen
from typing import IO

from .process import Git, GitFailed, decode, encode

_CHUNK = 1 << 20
_OF_ANOTHER_KIND = b"but the object dereferences to"


@dataclass(frozen=True)
class ObjectInfo:
    id: str
    kind: str
    size: int


class ObjectReader:
    """A `cat-file --batch-command` that is started with the first question and asked one at a time."""

    def __init__(self, git: Git) -> None:
        self._git = git
        self._process: Popen[bytes] | None = None
        self._turn = threading.Lock()

    def info(self, name: str) -> ObjectInfo | None:
        with self._turn:
            return self._ask("info", name)

    def contents(self, name: str, most: int | None = None) -> tuple[ObjectInfo, bytes] | None:
        """`most`: bytes of it that are kept."""
        with self._turn:
            found = self._ask("contents", name)
            if found is None:
                return None
            content = read_object(self._pipe(), found.size, most)
            if content is None:
                raise self._failure()
            return found, content

    def close(self) -> None:
        with self._turn:
            if self._process is not None:
                self._git.end(self._process)
                self._process = None

    def _ask(self, command: str, name: str) -> ObjectInfo | None:
        if "\n" in name or "\0" in name or not name:
            return None
        question = command.encode() + b" " + encode(name) + b"\n"
        try:
            self._send(question)
            line = self._pipe().readline()
        except (BrokenPipeError, ValueError):
            line = b""
        if not line.endswith(b"\n"):
            raise self._failure()
        found, damage = parse_answer(line), self._damage()
        if found is None and damage:
            raise GitFailed("cat-file", 1, decode(damage))
        return found

    def _damage(self) -> bytes:
        """Git's complaints of a damaged object, of which it says that it is missing, as of one that isn't there. Where a
        partial clone's server doesn't have one either, its complaint is not an error of this repository."""
        said = b""
        with suppress(BlockingIOError):
            said = os.read(open_pipe(self._process.stderr if self._process else None).fileno(), _CHUNK)
        errors = [line for line in said.splitlines() if line.startswith(b"error:")]
        return b"\n".join(line for line in errors if _OF_ANOTHER_KIND not in line)

    def _send(self, question: bytes) -> None:
        if self._process is None or self._process.poll() is not None:
            if self._process is not None:
                self._git.end(self._process)
            self._process = self._git.spawn("cat-file", "--batch-command")
            os.set_blocking(open_pipe(self._process.stderr).fileno(), False)
            weakref.finalize(self, self._git.end, self._process)
        open_pipe(self._process.stdin).write(question)
        open_pipe(self._process.stdin).flush()

    def _pipe(self) -> IO[bytes]:
        return open_pipe(self._process.stdout if self._process else None)

    def _failure(self) -> GitFailed:
        process, self._process = self._process, None
        if process is not None:
            self._git.end(process)
        return GitFailed(
            "cat-file", process.returncode if process else -1, "it ended in the middle of an answer"
        )


def stream(git: Git, ids: Iterable[str], most: int | None = None) -> Iterator[tuple[str, bytes | None]]:
    """The contents in the order asked for, of each at `most` so many bytes; None for what is not there."""
    with git.start("cat-file", "--batch", "--buffer", quiet=True) as process:
        wanted = list(ids)
        feeder = threading.Thread(target=_feed, args=(open_pipe(process.stdin), wanted), daemon=True)
        feeder.start()
        out = open_pipe(process.stdout)
        try:
            for name in wanted:
                line = out.readline()
                if not line.endswith(b"\n"):
                    raise GitFailed("cat-file", process.wait(), f"it ended before {name}")
                found = parse_answer(line)
                if found is None:
                    yield name, None
                    continue
                content = read_object(out, found.size, most)
                if content is None:
                    raise GitFailed("cat-file", process.wait(), f"it ended within {name}")
                yield name, content
        finally:
            git.end(process)
            feeder.join()


def read_object(out: IO[bytes], size: int, most: int | None) -> bytes | None:
    """An object and the line end behind it, or its first bytes; None if the stream ends before that."""
    kept = size if most is None else min(size, most)
    content, left = out.read(kept), size - kept
    while left > 0 and (passed := out.read(min(left, _CHUNK))):
        left -= len(passed)
    return content if len(content) == kept and not left and out.read(1) else None


def parse_answer(line: bytes) -> ObjectInfo | None:
    """`<id> <kind> <size>`, or `<name> missing` (or ambiguous, or a submodule's commit)."""
    parts = line.rstrip(b"\n").rsplit(b" ", 2)
    if len(parts) != 3 or not parts[2].isdigit():
        return None
    return ObjectInfo(decode(parts[0]), decode(parts[1]), int(parts[2]))


def open_pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise ValueError("the process has no such pipe")
    return pipe


def _feed(pipe: IO[bytes], names: list[str]) -> None:
    try:
        for start in range(0, len(names), 4096):
            pipe.write(b"".join(encode(name) + b"\n" for name in names[start : start + 4096]))
        pipe.close()
    except (BrokenPipeError, ValueError, OSError):
        pass
