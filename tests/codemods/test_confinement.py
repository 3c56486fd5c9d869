"""A process that reads strangers' files has no secrets, and opens nothing but the Python that it runs on."""

from __future__ import annotations

import ctypes
import fcntl
import gc
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pytest

from bot.settings import Settings, forget_secrets
from codemods.workers.confine import forget_environment
from codemods.workers.processes import run_in_processes, start_method
from tests.world import ROOT

LANDLOCK = sys.platform == "linux" and ctypes.CDLL(None).syscall(444, None, 0, 1) >= 1
needs_landlock = pytest.mark.skipif(not LANDLOCK, reason="this kernel has no Landlock")


def attempt(_context: None, task: str) -> str:
    """What a hostile file would do, had it taken over the process that reads it."""
    kind, _, what = task.partition(" ")
    try:
        return ATTEMPTS[kind](what)
    except OSError as error:
        return type(error).__name__


def _connect(port: str) -> str:
    with socket.create_connection(("127.0.0.1", int(port)), timeout=5):
        return "connected"


def _kill(pid: str) -> str:
    os.kill(int(pid), signal.SIGCONT)
    return "sent"


def _settings(_: str) -> str:
    return str(sum(isinstance(one, Settings) for one in gc.get_objects()))


def _read_open_file(number: str) -> str:
    return os.pread(int(number), 6, 0).decode()


ATTEMPTS = {
    "read_open": _read_open_file,
    "environment": lambda _: " ".join(os.environ) + Path("/proc/self/environ").read_text(),
    "names": lambda _: " ".join(sorted(os.environ)),
    "read": lambda path: Path(path).read_text(),
    "list": lambda path: str(os.listdir(path)),
    "write": lambda path: str(Path(path).write_text("x")),
    "import": lambda name: __import__(name).__name__,
    "connect": _connect,
    "kill": _kill,
    "settings": _settings,
}


@pytest.fixture(params=["fork", "forkserver"])
def method(request: pytest.FixtureRequest) -> Iterator[str]:
    """With another thread, processes are not copies of this one."""
    with another_thread() if request.param == "forkserver" else nullcontext():
        if start_method(attempt).get_start_method() != request.param:
            pytest.skip("other tests of this process have left threads")
        yield request.param


@contextmanager
def another_thread() -> Iterator[None]:
    ended = threading.Event()
    thread = threading.Thread(target=ended.wait)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def attempts(*tasks: str) -> list[object]:
    return [result for _, result in run_in_processes(attempt, None, iter(tasks), 1)]


def test_the_environment_holds_only_the_path_and_the_language(
    method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_PRIVATE_KEY", "s3cret")
    (names,) = attempts("names")
    assert set(str(names).split()) <= {"PATH", "LANG", "LC_ALL", "TZ"}


@needs_landlock
def test_only_what_modules_are_imported_from_can_be_read_and_nothing_written(
    method: str, tmp_path: Path
) -> None:
    (tmp_path / "drover.db").write_text("tokens")
    refused = attempts(
        f"read {tmp_path}/drover.db",
        f"list {tmp_path}",
        f"write {tmp_path}/new",
        "read /etc/hostname",
        f"read /proc/{os.getpid()}/environ",
        f"read {ROOT}/README.md",
        f"list {ROOT}",
    )
    assert refused == ["PermissionError"] * 7
    assert attempts("import colorsys", "import tomllib") == ["colorsys", "tomllib"]
    assert [*tmp_path.iterdir()] == [tmp_path / "drover.db"]


def test_no_file_that_was_open_before_is_open_in_the_process(method: str, tmp_path: Path) -> None:
    (tmp_path / "drover.db").write_text("tokens")
    with (tmp_path / "drover.db").open() as opened:
        number = fcntl.fcntl(
            opened.fileno(), fcntl.F_DUPFD, 500
        )  # one that the process needs for nothing else
        os.set_inheritable(number, True)
        try:
            assert attempts(f"read_open {number}") == ["OSError"]
        finally:
            os.close(number)


@needs_landlock
def test_no_connection_can_be_made_and_no_other_process_reached(method: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert attempts(f"connect {port}", f"kill {os.getpid()}") == ["PermissionError"] * 2


def test_the_settings_are_not_in_a_process_that_reads_files() -> None:
    ours = Settings(app_id="1", private_key="key", webhook_secret="secret")
    with another_thread():
        assert attempts("settings") == ["0"]
    assert ours.private_key == "key"


def test_a_secret_is_removed_from_the_environment_and_from_proc() -> None:
    program = (
        "import os\nfrom bot.settings import forget_secrets\n"
        "forget_secrets()\nprint(sorted(os.environ))\nprint(open('/proc/self/environ').read())\n"
    )
    environment = {"PATH": os.environ["PATH"], "GITHUB_WEBHOOK_SECRET": "s3cret", "KEPT": "value"}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "s3cret" not in done.stdout
    assert "KEPT=value" in done.stdout


def test_a_name_that_is_not_set_is_forgotten_without_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_WEBHOOK_SECRET", "s3cret")
    monkeypatch.delenv("GITHUB_PRIVATE_KEY", raising=False)
    forget_secrets()
    forget_environment(["GITHUB_WEBHOOK_SECRET", "no such name"])
    assert "GITHUB_WEBHOOK_SECRET" not in os.environ


def test_the_data_folder_is_its_users_alone(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir(mode=0o755)
    (folder / "drover.db").touch(0o644)
    program = (
        "import sys, pathlib, os\nfrom bot.service import keep_private\nfolder = pathlib.Path(sys.argv[1])\n"
        "keep_private(folder)\n(folder / 'index.db').touch()\n(folder / 'mirrors').mkdir()\n"
    )
    subprocess.run([sys.executable, "-c", program, folder], cwd=ROOT, check=True)
    modes = {one.name: one.stat().st_mode & 0o777 for one in (folder, *folder.iterdir())}
    assert modes == {"data": 0o700, "drover.db": 0o600, "index.db": 0o600, "mirrors": 0o700}
