"""Runs git: a clean environment, a time limit, no process left behind. Nothing else starts it."""

from __future__ import annotations

import base64
import os
import re
import resource
import signal
import subprocess
import threading
import weakref
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from codemods.workers.memory import memory_limit

MINIMUM = (2, 38)

_KEPT = ("PATH", "TMPDIR", "http_proxy", "https_proxy", "no_proxy", "all_proxy", "HTTPS_PROXY", "NO_PROXY",
         "ALL_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR", "GIT_SSL_CAINFO", "CURL_CA_BUNDLE",
         "GIT_EXEC_PATH", "LD_LIBRARY_PATH")  # fmt: skip
_KEPT_MESSAGES, MOST_MESSAGES = 64 * 1024, 16 * 2**20
"""Bytes of git's messages that are kept at their start and their end, and bytes after which it is killed."""
MOST_OUTPUT = 128 * 2**20
"""Bytes that git may print. A tree of a few kilobytes can list more files than there are atoms."""
MOST_MEMORY, MOST_MEMORY_OF_READING = 4 * 2**30, min(2**30, memory_limit())
"""Bytes that git may take, and one that reads trees and commits."""
_READING = frozenset({"diff-tree", "ls-tree", "grep", "merge-base", "rev-list", "log", "cat-file"})
_NO_MEMORY = re.compile(rb"(?i)out of memory|cannot allocate memory|memory exhausted")
_FIXED = {
    "LC_ALL": "C",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_PROTOCOL_FROM_USER": "0",
}
_SETTINGS = (
    ("core.hooksPath", os.devnull),
    ("core.quotePath", "false"),
    ("credential.helper", ""),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    ("grep.threads", "2"),  # each holds a whole file
    ("pack.threads", "2"),
    ("http.followRedirects", "false"),  # the token would follow to another host
    ("http.lowSpeedLimit", "1000"),
    ("http.lowSpeedTime", "60"),
    ("merge.directoryRenames", "false"),
    ("merge.renames", "true"),
    ("merge.conflictStyle", "merge"),
)


class GitFailed(Exception):
    """git ended otherwise than it should have; `text` is what it said, without the token."""

    def __init__(self, command: str, status: int, text: str) -> None:
        self.command, self.status, self.text = command, status, text.strip()
        super().__init__(f"git {command} ended with {status}: {self.text or 'no message'}")


class GitTooLarge(GitFailed):
    """What was to be read lists more than may be read: nothing is wrong with the repository here."""


class GitTimeout(GitFailed):
    def __init__(self, command: str, seconds: float) -> None:
        super().__init__(command, -signal.SIGKILL, f"stopped after {seconds:g} seconds")


class GitStopped(GitFailed):
    """Somebody called `stop` while git was running."""

    def __init__(self, command: str) -> None:
        super().__init__(command, -signal.SIGKILL, "stopped")


class UnknownRevision(GitFailed):
    def __init__(self, revision: str) -> None:
        self.revision = revision
        super().__init__("rev-parse", 128, f"no such commit or tree here: {revision!r}")


@dataclass(frozen=True)
class GitResult:
    status: int
    out: bytes
    err: bytes


@dataclass(frozen=True)
class Credential:
    """A token for one server; given to git through its environment, for that server's addresses only."""

    url: str
    token: str = field(repr=False)

    def setting(self) -> tuple[str, str]:
        parts = urlsplit(self.url)
        basic = base64.b64encode(f"x-access-token:{self.token}".encode()).decode()
        return f"http.{parts.scheme}://{parts.netloc}/.extraHeader", f"Authorization: Basic {basic}"

    def redact(self, text: str) -> str:
        basic = self.setting()[1].rpartition(" ")[2]
        return text.replace(basic, "***").replace(self.token, "***") if self.token else text


def encode(path: str) -> bytes:
    return path.encode("utf-8", "surrogateescape")


def decode(path: bytes) -> str:
    return path.decode("utf-8", "surrogateescape")


def git_version() -> tuple[int, ...]:
    """The version of the git on the path, or () if there is none."""
    return _version(os.environ.get("PATH", ""))


@cache
def _version(path: str) -> tuple[int, ...]:
    try:
        said = subprocess.run(["git", "version"], capture_output=True, env={"PATH": path}, timeout=30).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ()
    found = re.search(rb"(\d+)\.(\d+)(?:\.(\d+))?", said)
    return tuple(int(part) for part in found.groups() if part) if found else ()


class Git:
    """git on one git directory. `held`: lock files that a running git keeps locked should we die."""

    def __init__(self, git_dir: Path, protocols: str = "http:https", held: Sequence[int] = ()) -> None:
        self.git_dir = git_dir.absolute()
        self._protocols = protocols
        self._held = tuple(held)
        self._running: set[subprocess.Popen[bytes]] = set()
        self._guard = threading.Lock()
        self._stopped = threading.Event()
        self._finalizer = weakref.finalize(self, _kill_all, self._running)

    def setting(self, name: str) -> str:
        """A value of the git configuration of the person who runs this process; empty if it isn't set."""
        known = {key: os.environ[key] for key in ("PATH", "HOME", "XDG_CONFIG_HOME") if key in os.environ}
        environment = {**known, "GIT_DIR": str(self.git_dir), "LC_ALL": "C"}
        done = subprocess.run(
            ["git", "config", "--get", name], capture_output=True, env=environment, cwd=os.sep, timeout=30
        )
        return done.stdout.decode("utf-8", "replace").strip()

    def run(
        self,
        *arguments: str | bytes,
        input: bytes | Iterable[bytes] = b"",
        env: Mapping[str, str] | None = None,
        credential: Credential | None = None,
        held: Sequence[int] = (),
        timeout: float = 300,
        ok: Sequence[int] = (0,),
    ) -> GitResult:
        with self.start(*arguments, env=env, credential=credential, held=held) as process:
            messages, output = _Messages(process), _Output(process)
            try:
                if isinstance(input, bytes):
                    process.communicate(input, timeout)
                else:
                    _communicate(process, input, timeout)
                out = output.collected()
            except subprocess.TimeoutExpired:
                raise GitTimeout(_name(arguments), timeout) from None
            finally:
                err = messages.collected()
        self._check_stopped(arguments)
        if output.is_endless:
            raise GitTooLarge(
                _name(arguments), process.returncode, f"it printed more than {MOST_OUTPUT} bytes"
            )
        if process.returncode not in ok:
            lacks_memory = _name(arguments) in _READING and _NO_MEMORY.search(err)
            failed = GitTooLarge if lacks_memory else GitFailed
            raise failed(_name(arguments), process.returncode, _text(err or out, credential))
        return GitResult(process.returncode, out, _text(err, credential).encode())

    @contextmanager
    def start(
        self,
        *arguments: str | bytes,
        env: Mapping[str, str] | None = None,
        credential: Credential | None = None,
        held: Sequence[int] = (),
        quiet: bool = False,
    ) -> Iterator[subprocess.Popen[bytes]]:
        """A running git; its whole process group has ended when the block ends."""
        process = self.spawn(*arguments, env=env, credential=credential, held=held, quiet=quiet)
        try:
            yield process
        finally:
            self.end(process)

    def spawn(
        self,
        *arguments: str | bytes,
        env: Mapping[str, str] | None = None,
        credential: Credential | None = None,
        held: Sequence[int] = (),
        quiet: bool = False,
    ) -> subprocess.Popen[bytes]:
        self._check_stopped(arguments)
        process = subprocess.Popen(
            ["git", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL if quiet else subprocess.PIPE,
            env={**self._environment(credential), **(env or {})},
            cwd=os.sep,
            start_new_session=True,
            pass_fds=(*self._held, *held),
        )
        _limit_memory(process, _name(arguments))
        with self._guard:
            self._running.add(process)
        if self._stopped.is_set():
            _signal_group(process)
        return process

    def end(self, process: subprocess.Popen[bytes]) -> None:
        """Kill what still runs of it and close its pipes."""
        _kill(process)
        with self._guard:
            self._running.discard(process)

    def stop(self) -> None:
        """Kills every git that runs here, from whatever thread; what waits for one gets `GitStopped`."""
        self._stopped.set()
        with self._guard:
            running = list(self._running)
        for process in running:
            _signal_group(process)

    def _check_stopped(self, arguments: Sequence[str | bytes]) -> None:
        if self._stopped.is_set():
            raise GitStopped(_name(arguments))

    def _environment(self, credential: Credential | None) -> dict[str, str]:
        settings = [*_SETTINGS, *([credential.setting()] if credential else [])]
        environment = {name: os.environ[name] for name in _KEPT if name in os.environ} | _FIXED
        environment |= {"GIT_DIR": str(self.git_dir), "GIT_ALLOW_PROTOCOL": self._protocols}
        environment["GIT_CONFIG_COUNT"] = str(len(settings))
        for number, (key, value) in enumerate(settings):
            environment[f"GIT_CONFIG_KEY_{number}"], environment[f"GIT_CONFIG_VALUE_{number}"] = key, value
        return environment


def _limit_memory(process: subprocess.Popen[bytes], command: str) -> None:
    if hasattr(resource, "prlimit"):
        most = MOST_MEMORY_OF_READING if command in _READING else MOST_MEMORY
        with suppress(ProcessLookupError):
            resource.prlimit(process.pid, resource.RLIMIT_DATA, (most, most))


class _Output:
    """What git prints. It is killed where that goes on and on."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._pipe, process.stdout = process.stdout, None
        self._parts: list[bytes] = []
        self.is_endless = False
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def collected(self) -> bytes:
        """Once git has ended."""
        self._reader.join()
        return b"".join(self._parts)

    def _read(self) -> None:
        if self._pipe is None:
            return
        size = 0
        with self._pipe as pipe:
            while part := os.read(pipe.fileno(), 1 << 20):
                size += len(part)
                if size > MOST_OUTPUT:
                    self.is_endless = True
                    self._parts.clear()
                    _signal_group(self._process)
                    return
                self._parts.append(part)


class _Messages:
    """What git says while it runs, and what a server has it say: the start of it, and the end. It is killed where that
    goes on and on."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._pipe, process.stderr = process.stderr, None
        self._start, self._end, self._said = b"", b"", 0
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def collected(self) -> bytes:
        """Once git has ended, or is killed now."""
        if self._process.poll() is None:
            _signal_group(self._process)
        self._reader.join()
        return self._start + self._end

    def _read(self) -> None:
        if self._pipe is None:
            return
        with self._pipe as pipe:
            while part := os.read(pipe.fileno(), _KEPT_MESSAGES):
                self._said += len(part)
                room = _KEPT_MESSAGES - len(self._start)
                self._start += part[:room]
                self._end = (self._end + part[room:])[-_KEPT_MESSAGES:] if len(part) > room else self._end
                if self._said > MOST_MESSAGES:
                    self._start = b"error: it sent messages without end\n"
                    if self._process.returncode is None:
                        _signal_group(self._process)


def _communicate(process: subprocess.Popen[bytes], chunks: Iterable[bytes], timeout: float) -> None:
    """Like `communicate`, with an input that is made while it is sent. What its making raises, this raises."""
    pipe, process.stdin = process.stdin, None
    if pipe is None:
        raise ValueError("the process takes no input")
    failed: list[Exception] = []

    def feed() -> None:
        try:
            for chunk in chunks:
                pipe.write(chunk)
            pipe.close()
        except BrokenPipeError:
            pass
        except Exception as problem:
            failed.append(problem)
            _signal_group(process)

    feeder = threading.Thread(target=feed, daemon=True)
    feeder.start()
    try:
        process.communicate(timeout=timeout)
    finally:
        if process.poll() is None:
            _signal_group(process)
        feeder.join()
        with suppress(OSError):
            pipe.close()
    if failed:
        raise failed[0]


def _name(arguments: Sequence[str | bytes]) -> str:
    words = [word.decode(errors="replace") if isinstance(word, bytes) else word for word in arguments]
    return next((word for word in words if not word.startswith("-")), "")


def _text(said: bytes, credential: Credential | None) -> str:
    text = said.decode("utf-8", "replace")
    return credential.redact(text) if credential else text


def _signal_group(process: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass


def _kill(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        _signal_group(process)
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            try:
                pipe.close()
            except OSError:
                pass
    process.wait()


def _kill_all(running: set[subprocess.Popen[bytes]]) -> None:
    for process in list(running):
        _kill(process)
