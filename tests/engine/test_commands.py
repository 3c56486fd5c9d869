"""Commands of a plan: in a sandbox that sees nothing of the host, within limits, or not at all."""

from __future__ import annotations

import os
import socket
import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from bot.commands.isolation import CommandLimits, NoSandbox, fresh_checkout, no_sandbox, run_commands
from bot.commands.syscall_filter import syscall_filter
from bot.git.repository import Repository
from bot.report.commands_check import CommandRun, commands_summary, commands_title
from codemods.workers.leftovers import lock_folder
from tests.checkouts import checkout

WHY = no_sandbox()
needs_sandbox = pytest.mark.xfail(WHY is not None, reason=WHY.reason if WHY else "", run=False, strict=False)
SMALL = CommandLimits(seconds=20, memory=200 * 2**20, processes=40, file=2**20, disk=2**28)
FILES = {"greeting.txt": "hello\n", "a b/-n\nü.txt": "odd\n", "run.sh": "#!/bin/sh\nexit 3\n"}


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    folder = checkout(tmp_path / "repo", FILES)
    return Repository(folder / ".git")


def run_in_checkout(
    repository: Repository, commands: Sequence[str], limits: CommandLimits, places: Sequence[Path] = ()
) -> tuple[CommandRun, ...] | NoSandbox:
    with fresh_checkout() as folder:
        repository.export("HEAD", folder)
        return run_commands(folder, commands, limits, places)


def ran(repository: Repository, *commands: str, limits: CommandLimits = SMALL) -> tuple[CommandRun, ...]:
    done = run_in_checkout(repository, commands, limits)
    assert not isinstance(done, NoSandbox)
    return done


@needs_sandbox
def test_a_command_runs_in_a_checkout_of_the_commit(repository: Repository) -> None:
    (one,) = ran(repository, "cat greeting.txt; find . -type f -print0 | tr -dc '\\0' | wc -c")
    assert (one.passed, one.output) == (True, "hello\n3\n")


@needs_sandbox
def test_commands_share_a_checkout_and_stop_at_the_first_failure(repository: Repository) -> None:
    done = ran(repository, "echo made > made.txt", "cat made.txt", "exit 7", "echo never")
    assert [one.status for one in done] == [0, 0, 7]
    assert done[1].output == "made\n"
    assert not Path(repository.git_dir.parent, "made.txt").exists()


@needs_sandbox
def test_the_hosts_files_are_not_visible(repository: Repository, tmp_path: Path) -> None:
    """But for the Python that we run on, wherever it lies."""
    (tmp_path / "secret").write_text("s3cret")
    python = Path(sys.base_prefix)
    around = {str(place) for place in python.parents} - {"/"}
    places = (
        f"{tmp_path} {Path.cwd()} /root /home /var /etc/passwd /etc/shadow /run /srv /opt /mnt /usr/src /sys"
    )
    inside = " ".join(f"ls -A {place} 2>/dev/null;" for place in sorted(around - {"/usr", "/usr/local"}))
    (found, one) = ran(
        repository,
        f"for at in {places}; do test -e $at && echo $at; done; true",
        f"ls -A /; {inside} true",
    )
    assert {*found.output.split()} <= around
    assert {*one.output.split()} <= {
        *("bin", "checkout", "dev", "etc", "lib", "lib32", "lib64", "proc", "sbin", "tmp", "usr"),
        *python.parts,
    }


@needs_sandbox
def test_paths_that_the_operator_allows_are_read_only(repository: Repository) -> None:
    with tempfile.TemporaryDirectory(dir="/var/tmp") as name:
        place = Path(name)
        place.chmod(0o755)
        tool = place / "bin" / "greet"
        tool.parent.mkdir(mode=0o755)
        tool.write_text("#!/bin/sh\necho hello\n")
        tool.chmod(0o755)
        done = run_in_checkout(repository, ["greet", f"touch {name}/mine"], SMALL, [place])
    assert not isinstance(done, NoSandbox)
    assert [one.passed for one in done] == [True, False]
    assert done[0].output == "hello\n"


@needs_sandbox
def test_commands_end_with_the_process_that_started_them(repository: Repository) -> None:
    leaving = threading.Event()
    threading.Timer(0.3, leaving.set).start()
    with fresh_checkout() as folder:
        done = run_commands(folder, ["sleep 60"], SMALL, leaving=leaving)
    assert not isinstance(done, NoSandbox)
    assert done[0].stopped
    assert done[0].seconds < 10


@needs_sandbox
def test_the_system_can_not_be_changed(repository: Repository) -> None:
    (one,) = ran(
        repository, "touch /usr/bin/x /etc/alternatives/x 2>/dev/null; ls /usr/bin/x /etc/alternatives/x"
    )
    assert not one.passed


@needs_sandbox
def test_the_environment_holds_nothing_of_ours(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_PRIVATE_KEY", "s3cret")
    (one,) = ran(repository, "env; cat /proc/*/environ | tr '\\0' '\\n'")
    assert "s3cret" not in one.output
    names = {line.partition("=")[0] for line in one.output.splitlines()}
    assert names <= {"PATH", "HOME", "CI", "LC_ALL", "TMPDIR", "PWD", "OLDPWD", "SHLVL", "_"}


@needs_sandbox
def test_there_is_no_network_not_even_to_the_host(repository: Repository) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        command = f"perl -MIO::Socket::INET -e 'exit(IO::Socket::INET->new(\"127.0.0.1:{port}\") ? 0 : 9)'"
        (one,) = ran(repository, command)
    assert one.status == 9


@needs_sandbox
def test_a_command_is_nobody_and_sees_only_its_own_processes(repository: Repository) -> None:
    (one,) = ran(repository, "id -u; grep CapBnd /proc/self/status; ls -d /proc/[0-9]* | wc -l")
    number, rights, processes = one.output.splitlines()
    assert number == "65534"
    assert int(rights.split()[1], 16) == 0
    assert int(processes) < 10
    assert os.getpid() != 1


@needs_sandbox
def test_a_command_that_takes_too_long_is_killed_with_its_children(repository: Repository) -> None:
    long = str(10_000_000 + os.getpid())  # nobody else's on this machine
    (one,) = ran(repository, f"(setsid sleep {long} &); sleep {long}", limits=CommandLimits(seconds=1.5))
    assert "longer than 1.5 seconds" in one.stopped
    commands = [_command(place) for place in Path("/proc").iterdir() if place.name.isdigit()]
    assert not any(f"sleep\0{long}" in command for command in commands)


def _command(process: Path) -> str:
    try:
        return (process / "cmdline").read_text(errors="replace")
    except OSError:
        return ""


@needs_sandbox
def test_all_commands_share_their_time(repository: Repository) -> None:
    done = ran(repository, "sleep 2", "sleep 4712", limits=CommandLimits(together=4))
    assert [one.passed for one in done] == [True, False]
    assert done[1].seconds < 10


@needs_sandbox
def test_memory_is_limited(repository: Repository) -> None:
    (one,) = ran(repository, "perl -e '$x = \"a\" x (900 * 2**20); sleep 60'")
    assert not one.passed
    assert one.seconds < 15
    (one,) = ran(repository, "for i in 1 2 3; do perl -e '$x = \"a\" x (60 * 2**20); sleep 60' & done; wait")
    assert "memory" in one.stopped


@needs_sandbox
def test_a_flood_of_processes_ends(repository: Repository) -> None:
    (one,) = ran(
        repository, "f() { f | f & }; f; i=0; while [ $i -lt 200 ]; do sleep 60 & i=$((i+1)); done; wait"
    )
    assert not one.passed


@needs_sandbox
def test_a_file_can_not_grow_without_end(repository: Repository) -> None:
    (one,) = ran(repository, "head -c 5000000 /dev/zero > big; wc -c < big")
    assert int(one.output.split()[-1]) <= 2**20


@needs_sandbox
def test_the_size_of_files_in_memory_is_limited(repository: Repository) -> None:
    flood = "head -c 200000000 /dev/zero > /tmp/big; head -c 200000000 /dev/zero > /dev/shm/big"
    limits = CommandLimits(seconds=20, memory=100 * 2**20)
    (one,) = ran(repository, f"({flood}) 2> /dev/null; cat /tmp/big /dev/shm/big | wc -c", limits=limits)
    assert 70 * 2**20 < int(one.output) <= 75 * 2**20


@needs_sandbox
def test_files_in_memory_count_as_memory(repository: Repository) -> None:
    limits = CommandLimits(seconds=20, memory=100 * 2**20)
    full = "head -c 40000000 /dev/zero > /tmp/a; head -c 20000000 /dev/zero > /dev/shm/b"
    (one,) = ran(repository, f"{full}; perl -e '$x = \"a\" x (60 * 2**20); sleep 60'", limits=limits)
    assert one.stopped == "it took more than 100 MB of memory"


@needs_sandbox
def test_only_the_checkout_and_files_in_memory_can_be_written(repository: Repository) -> None:
    paths = "/x /dev/x /etc/x /usr/x /proc/x /tmp/x /dev/shm/x /checkout/x /tmp/home/x"
    (one,) = ran(repository, f"for at in {paths}; do (echo x > $at) 2>/dev/null && echo $at; done; true")
    assert one.output.split() == ["/tmp/x", "/dev/shm/x", "/checkout/x", "/tmp/home/x"]


@needs_sandbox
def test_a_verdict_does_not_depend_on_how_deep_or_unreadable_its_files_are(repository: Repository) -> None:
    deep = "import os\nfor n in range(3000):\n    os.mkdir('d'); os.chdir('d')\nopen('file', 'w')"
    shut = "mkdir -p shut/in; touch shut/in/file; chmod 0 shut/in shut; ln -s /usr link"
    with fresh_checkout() as folder:
        repository.export("HEAD", folder)
        done = run_commands(folder, [f'{shut}; python3 -c "{deep}"; exit 1'], SMALL)
    assert not isinstance(done, NoSandbox)
    assert [(one.status, one.stopped) for one in done] == [(1, "")]
    assert not folder.parent.exists()
    assert Path("/usr/bin").exists()


def test_a_folder_that_can_not_be_removed_changes_nothing(caplog: pytest.LogCaptureFixture) -> None:
    with fresh_checkout() as folder:
        folder.rmdir()
        folder.parent.rmdir()
    assert "could not be removed" in caplog.text


def test_what_a_killed_process_left_is_removed_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    names = ("left", "in-use", "young")
    left, in_use, young = (tmp_path / f"drover-checkout-{name}" for name in names)
    for folder in (left, in_use, young):
        (folder / "checkout" / "with\nlines").mkdir(parents=True)
    for folder in (left, in_use):
        os.utime(folder, (1.0, 1.0))
    lock = lock_folder(in_use)
    with fresh_checkout() as checkout:
        assert set(tmp_path.iterdir()) == {in_use, young, checkout.parent}
    os.close(lock)


@needs_sandbox
def test_a_file_can_not_be_sparse_without_end(repository: Repository) -> None:
    (one,) = ran(repository, "truncate -s 1T huge; stat -c %s huge")
    assert int(one.output.split()[-1]) <= 2**20


@needs_sandbox
def test_a_flood_of_empty_files_ends(repository: Repository) -> None:
    flood = "i=0; while true; do i=$((i+1)); : > f$i; done"
    (one,) = ran(repository, flood, limits=CommandLimits(seconds=30, files=2000))
    assert one.stopped == "it wrote more than 2,000 files"


@needs_sandbox
@pytest.mark.skipif(syscall_filter() is None, reason="no system calls are known for this processor")
def test_system_calls_that_no_test_needs_are_refused(repository: Repository) -> None:
    calls = (
        "import ctypes, errno, os, socket\nlibc = ctypes.CDLL(None, use_errno=True)\n"
        "def call(name, *of): return getattr(libc, name)(*of) >= 0 or errno.errorcode[ctypes.get_errno()]\n"
        "print(call('memfd_create', b'x', 0), call('ptrace', 0, 0, 0, 0), call('unshare', 0x10000000))\n"
        "print(call('shmget', 0, 4096, 0o1600), call('shmget', 0, 2**20, 0o1600),"
        " call('shmget', 0, ctypes.c_size_t(2**33), 0o1600))\n"
        "print(call('socket', 40, 1, 0), call('socket', 1, 1, 0), call('socket', 2, 1, 0))\n"
        "numbers = {'x86_64': (56, 435, 250, 321, 298, 425), 'aarch64': (220, 435, 219, 280, 241, 425)}\n"
        "clone, clone3, *others = numbers[os.uname().machine]\n"
        "print(*(call('syscall', clone, flag | 17, 0, 0, 0, 0) for flag in (0x10000000, 0x20000, 0x40000000)))\n"
        "print(call('syscall', clone3, 0, 0), *(call('syscall', one, 0, 0, 0, 0, 0) for one in others))\n"
        "import threading\nthread = threading.Thread(target=print, args=('a thread',)); thread.start(); thread.join()\n"
    )
    with fresh_checkout() as folder:
        repository.export("HEAD", folder)
        (folder / "calls.py").write_text(calls)
        done = run_commands(folder, ["python3 calls.py"], SMALL)
    assert not isinstance(done, NoSandbox)
    assert done[0].output.splitlines() == [
        *("EPERM EPERM EPERM", "True EPERM EPERM", "EPERM True True"),
        "EPERM EPERM EPERM",
        "ENOSYS EPERM EPERM EPERM EPERM",
        "a thread",
    ]


@needs_sandbox
def test_output_is_kept_to_its_end_and_secrets_in_it_are_masked(repository: Repository) -> None:
    token = "ghp_" + "a1B2" * 9
    (one,) = ran(repository, f"yes {token} | head -c 492000; echo the end", limits=CommandLimits(output=1000))
    assert len(one.output) < 1100
    assert one.output.startswith("… ")
    assert one.output.endswith("the end\n")
    assert "ghp_" not in one.output
    assert "a1B2" not in one.output


@needs_sandbox
def test_two_at_once_do_not_see_each_other(repository: Repository) -> None:
    found: list[CommandRun] = []
    threads = [
        threading.Thread(
            target=lambda: found.extend(ran(repository, "echo x >> one.txt; sleep 0.3; cat one.txt"))
        )
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [one.output for one in found] == ["x\n", "x\n"]


def test_without_bubblewrap_nothing_runs(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    with fresh_checkout() as folder:
        monkeypatch.setenv("PATH", "")
        done = run_commands(folder, ["touch /tmp/never"], SMALL)
    assert isinstance(done, NoSandbox)
    assert "bubblewrap is not installed" in done.reason


def test_the_check_folds_the_output_and_nothing_breaks_out_of_it() -> None:
    told = [
        CommandRun("make test", 0, "ok\n", 1.0, ""),
        CommandRun("x" * 300, 1, "```\n</details>\x1b[31mred\x1b[0m\x00\n", 2.0, ""),
    ]
    text = commands_summary(told, 3)
    assert commands_title(told, 3).endswith("failed with exit status 1")
    assert "✅ `make test` passed (1 s)" in text
    assert "````text\n```\n</details>red\n````" in text
    assert "1 command did not run after that." in text
    assert commands_title(told[:1], 1) == "1 command passed"


def test_a_flood_of_output_fits_a_check_run() -> None:
    told = [CommandRun(f"command {n}", 0, "x" * 20_000, 1.0, "") for n in range(50)]
    assert len(commands_summary(told, 50)) < 65_000
