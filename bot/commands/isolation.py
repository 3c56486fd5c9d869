"""A plan's commands, run in a sandbox of their own: code of the user's repository never runs in the bot's process.

bubblewrap gives them namespaces of their own: no network, a read-only system without the host's files, a fresh
checkout, an empty environment. What one process may take is limited by the kernel; what all of them take
together is watched from outside. Where that sandbox can't be made, nothing runs.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from threading import Event
from typing import IO

from bot.commands.remove_folder import remove_folder
from bot.commands.syscall_filter import syscall_filter
from bot.logs import mask_secrets
from bot.report.commands_check import CommandRun
from codemods.workers.leftovers import leftover_folders, lock_folder

NOBODY = 65534
SYSTEM = (
    *("/usr/bin", "/usr/sbin", "/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/libexec", "/usr/share"),
    *("/usr/include", "/usr/local/bin", "/usr/local/lib", "/usr/local/include", "/usr/local/share"),
    *("/etc/alternatives", "/etc/ld.so.cache", "/etc/localtime"),
)
"""What a command sees of the host, read-only; nothing under it is the operator's or the bot's."""
LINKED = ("/bin", "/sbin", "/lib", "/lib32", "/lib64")
LIMITED = (
    'umask 022; ulimit -c 0; ulimit -n 1024; ulimit -v "$2"; ulimit -f "$3"; '
    'ulimit -p "$4" 2>/dev/null || ulimit -u "$4"; exec /bin/sh -c "$1"'
)
CHECKOUTS = "drover-checkout-"
LOOK_EVERY = 0.1
LONGEST_SECRET = 8192
GONE_WITHIN = 10.0


@dataclass(frozen=True)
class CommandLimits:
    seconds: float = 900.0
    together: float = 1800.0
    """Seconds for all commands of a commit."""
    memory: int = 2 * 2**30
    processes: int = 200
    file: int = 2**29
    disk: int = 2 * 2**30
    files: int = 500_000
    output: int = 20_000
    """Bytes that are kept, from the end."""


@dataclass(frozen=True)
class NoSandbox:
    """An expected end: why nothing was run."""

    reason: str


def run_commands(
    folder: Path,
    commands: Sequence[str],
    limits: CommandLimits | None = None,
    places: Sequence[Path] = (),
    leaving: Event | None = None,
) -> tuple[CommandRun, ...] | NoSandbox:
    """One after the other in the same checkout; the rest is left when one fails. `places`: seen besides the system.

    Where we are `leaving` all of it ends at once, and says nothing.
    """
    limits = limits or CommandLimits()
    missing = no_sandbox()
    if missing is not None:
        return missing
    ran: list[CommandRun] = []
    deadline = time.monotonic() + limits.together
    _hand_over(folder.parent)
    for command in commands:
        left = max(1.0, min(limits.seconds, deadline - time.monotonic()))
        ran.append(run_isolated(command, folder, replace(limits, seconds=round(left, 1)), places, leaving))
        if not ran[-1].passed:
            break
    return tuple(ran)


def no_sandbox() -> NoSandbox | None:
    """Why there is no sandbox. It is tried: whether namespaces are allowed depends on the kernel and the container."""
    bwrap = shutil.which("bwrap")
    if bwrap is None:
        return NoSandbox("bubblewrap is not installed where Drover runs")
    with tempfile.TemporaryDirectory(prefix="drover-") as name:
        _hand_over(Path(name))
        process = subprocess.run(
            [*_sandbox(bwrap, Path(name)), "/bin/sh", "-c", "true"],
            capture_output=True,
            env={},
            user=_who(),
            group=_who(),
            extra_groups=_groups(),
        )
    if process.returncode == 0:
        return None
    said = process.stderr.decode(errors="replace").strip().rpartition("\n")[2]
    return NoSandbox(f"bubblewrap can't make a sandbox where Drover runs ({said[:200]})")


@contextmanager
def fresh_checkout() -> Iterator[Path]:
    """An empty folder for one, in a folder of its own that the commands can be given. What killed processes left goes."""
    for left in leftover_folders(CHECKOUTS):
        remove_folder(left)
    whole = Path(tempfile.mkdtemp(prefix=CHECKOUTS))
    lock = lock_folder(whole)
    try:
        folder = whole / "checkout"
        folder.mkdir()
        yield folder
    finally:
        remove_folder(whole)
        os.close(lock)


def _hand_over(folder: Path) -> None:
    """Where we are root the commands are not, not even outside of their namespaces."""
    if os.geteuid() != 0:
        return
    os.chown(folder, NOBODY, NOBODY)
    waiting = [str(folder)]
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                os.lchown(entry.path, NOBODY, NOBODY)
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)


def _who() -> int | None:
    return NOBODY if os.geteuid() == 0 else None


def _groups() -> tuple[int, ...] | None:
    return () if os.geteuid() == 0 else None


def run_isolated(
    command: str,
    folder: Path,
    limits: CommandLimits,
    places: Sequence[Path] = (),
    leaving: Event | None = None,
) -> CommandRun:
    bwrap = shutil.which("bwrap") or "bwrap"
    numbers = (limits.memory * 2 // 1024, limits.file // 512, limits.processes)
    inner = ["/bin/sh", "-c", LIMITED, "sh", command, *map(str, numbers)]
    begun = time.monotonic()
    with tempfile.TemporaryFile() as output, _filter_file() as (filtered, passed):
        process = subprocess.Popen(
            [*_sandbox(bwrap, folder, places, limits.memory, filtered), *inner],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            cwd="/",
            env={},
            pass_fds=passed,
            user=_who(),
            group=_who(),
            extra_groups=_groups(),
        )
        try:
            stopped = _watch_limits(process, folder, limits, leaving or Event())
        finally:
            status = _end_all(process)
        text = _last(output, limits.output)
    return CommandRun(command, status, text, time.monotonic() - begun, stopped)


@contextmanager
def _filter_file() -> Iterator[tuple[tuple[str, ...], tuple[int, ...]]]:
    """bubblewrap's arguments for the filter of system calls, and the file that they name."""
    program = syscall_filter()
    if program is None:
        yield (), ()
        return
    with tempfile.TemporaryFile() as file:
        file.write(program)
        file.seek(0)
        yield ("--seccomp", str(file.fileno())), (file.fileno(),)


def _sandbox(
    bwrap: str,
    folder: Path,
    places: Sequence[Path] = (),
    memory: int = CommandLimits.memory,
    filtered: Sequence[str] = (),
) -> list[str]:
    """What is written outside of the checkout is memory: `/tmp` and `/dev/shm` have a size, the rest is read-only."""
    given = [str(place) for place in places]
    system = [path for path in (*SYSTEM, *_python(), *given) if os.path.exists(path)]
    path = [f"{place}/bin" for place in (*given, *_python(), "/usr/local", "/usr")]
    return [
        bwrap,
        *_newer(bwrap),
        *("--unshare-all", "--unshare-user", "--die-with-parent", "--new-session", "--clearenv"),
        *("--uid", str(NOBODY), "--gid", str(NOBODY), "--hostname", "sandbox", "--cap-drop", "ALL"),
        *(word for path in system for word in ("--ro-bind", path, path)),
        *(word for path in LINKED for word in _link_options(path)),
        *("--proc", "/proc", "--dev", "/dev", "--size", str(memory // 4), "--tmpfs", "/dev/shm"),
        *("--size", str(memory // 2), "--tmpfs", "/tmp", "--dir", "/tmp/home"),
        *("--bind", str(folder), "/checkout", "--remount-ro", "/dev", "--remount-ro", "/"),
        *("--chdir", "/checkout", *filtered),
        *("--setenv", "PATH", ":".join(path), "--setenv", "HOME", "/tmp/home", "--setenv", "CI", "true"),
        *("--setenv", "LC_ALL", "C.UTF-8", "--setenv", "TMPDIR", "/tmp", "--"),
    ]


@cache
def _newer(bwrap: str) -> tuple[str, ...]:
    """From 0.8 on: no namespaces inside of the sandbox."""
    said = subprocess.run([bwrap, "--version"], capture_output=True, text=True, env={}).stdout
    match = re.search(r"(\d+)\.(\d+)", said)
    return ("--disable-userns",) if match and (int(match[1]), int(match[2])) >= (0, 8) else ()


def _link_options(path: str) -> tuple[str, ...]:
    """`/bin` and the like: links into `/usr` on most systems, folders on some."""
    if os.path.islink(path):
        return ("--symlink", os.readlink(path), path)
    return ("--ro-bind", path, path) if os.path.isdir(path) else ()


def _python() -> tuple[str, ...]:
    """The Python that we run on, where it lies apart from the system and anybody may read it."""
    place = Path(sys.base_prefix)
    if place.is_relative_to("/usr") or not all(
        one.stat().st_mode & 0o5 == 0o5 for one in (place, *place.parents)
    ):
        return ()
    return (str(place),)


def _watch_limits(
    process: subprocess.Popen[bytes], folder: Path, limits: CommandLimits, leaving: Event
) -> str:
    """Wait for the command's end; which limit it exceeded, if any."""
    deadline = time.monotonic() + limits.seconds
    before = os.statvfs(folder)
    while True:
        try:
            process.wait(LOOK_EVERY)
        except subprocess.TimeoutExpired:
            if leaving.is_set():
                return "Drover was stopped"
            many, memory = _usage_below(process.pid)
            if time.monotonic() > deadline:
                return f"it took longer than {limits.seconds:g} seconds"
            if memory > limits.memory:
                return f"it took more than {limits.memory // 2**20:,} MB of memory"
            if many > limits.processes:
                return f"it started more than {limits.processes:,} processes"
            now = os.statvfs(folder)
            if (before.f_bfree - now.f_bfree) * now.f_frsize > limits.disk:
                return f"it wrote more than {limits.disk // 2**20:,} MB"
            if before.f_ffree - now.f_ffree > limits.files:
                return f"it wrote more than {limits.files:,} files"
        else:
            return ""


def _usage_below(root: int) -> tuple[int, int]:
    """How many processes there are below that one, and the memory that they and their files in memory hold."""
    below = _below(root)
    files = max((_files_in_memory(pid) for pid in below), default=0)
    return len(below), sum(below.values()) * os.sysconf("SC_PAGE_SIZE") + files


def _files_in_memory(pid: int) -> int:
    """Bytes in its `/tmp` and `/dev/shm`; 0 if it is not in the sandbox yet, or has ended."""
    root = f"/proc/{pid}/root"
    try:
        if not os.path.isdir(f"{root}/checkout"):
            return 0
        found = [os.statvfs(f"{root}{path}") for path in ("/tmp", "/dev/shm")]
    except OSError:
        return 0
    return sum((one.f_blocks - one.f_bfree) * one.f_frsize for one in found)


def _below(root: int) -> dict[int, int]:
    """Each process below that one, with its pages."""
    children: dict[int, list[tuple[int, int]]] = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                fields = Path("/proc", name, "stat").read_bytes().rpartition(b") ")[2].split()
            except OSError:
                continue
            children.setdefault(int(fields[1]), []).append((int(name), int(fields[21])))
    found: dict[int, int] = {}
    waiting = [root]
    while waiting:
        for pid, resident in children.get(waiting.pop(), ()):
            found[pid] = resident
            waiting.append(pid)
    return found


def _end_all(process: subprocess.Popen[bytes]) -> int:
    """The command and all that it started: with bubblewrap's own process its namespace goes, a moment later."""
    below = _below(process.pid) if process.poll() is None else {}
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass
    status = process.wait()
    deadline = time.monotonic() + GONE_WITHIN
    while any(os.path.exists(f"/proc/{pid}") for pid in below) and time.monotonic() < deadline:
        time.sleep(0.02)
    return status


def _last(output: IO[bytes], many: int) -> str:
    """Masked before it is cut, so that no half of a secret is left at the start."""
    size = output.seek(0, os.SEEK_END)
    if size <= many:
        output.seek(0)
        return mask_secrets(output.read().decode("utf-8", "replace"))
    start = max(0, size - many - LONGEST_SECRET)
    output.seek(start)
    data = output.read()
    aside = mask_secrets(data[: size - many - start].decode("utf-8", "replace"))
    text = mask_secrets(data.decode("utf-8", "replace"))[len(aside) :]
    return f"… {size - many:,} bytes before\n{text}"
