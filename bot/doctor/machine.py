"""What this machine has: git, disk, memory, and what a plan's commands need."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bot.doctor.finding import Finding, note
from bot.git.process import MINIMUM, git_version
from bot.settings import ServerSettings
from codemods.workers.memory import total_memory

LEAST_DISK, LEAST_MEMORY, ROOMY_MEMORY = 2**30, 400 * 2**20, 900 * 2**20


def machine_findings(settings: ServerSettings) -> Iterator[Finding]:
    yield git_finding()
    yield data_folder_finding(settings)
    yield memory_finding(settings)
    yield from command_findings(settings)


def git_finding() -> Finding:
    found, wanted = git_version(), ".".join(map(str, MINIMUM))
    if not found:
        return Finding("git is not installed, or not on the PATH.", f"Install git {wanted} or newer.")
    says = f"git is version {'.'.join(map(str, found))}."
    return Finding(says, "" if found >= MINIMUM else f"Install git {wanted} or newer.")


def data_folder_finding(settings: ServerSettings) -> Finding:
    folder = settings.data_dir
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"\0" * 4096)
            file.flush()
        disk = os.statvfs(folder)
    except OSError as error:
        to_do = "Make it writable for the user that Drover runs as, or set DATA_DIR to another folder."
        kind = "a link that leads nowhere" if folder.is_symlink() else "a file"
        why = f"it is {kind}" if isinstance(error, FileExistsError) else error.strerror
        return Finding(f"DATA_DIR ({folder}) can't be written: {why}.", to_do)
    free = disk.f_bavail * disk.f_frsize
    says = f"DATA_DIR ({folder}) has {free / 2**30:.1f} GB free."
    if folder.stat().st_uid != os.geteuid():
        return note(
            f"DATA_DIR ({folder}) belongs to another user, who can read what is in it.",
            "Give it to the user that Drover runs as.",
        )
    if free < LEAST_DISK:
        return note(says, "Free some space, or set MIRROR_BYTES: mirrors take what there is, up to that.")
    return Finding(says)


def memory_finding(settings: ServerSettings) -> Finding:
    total = total_memory()
    says = f"There are {total / 2**20:,.0f} MB of memory."
    if total < LEAST_MEMORY:
        return note(says, "Give it 512 MB or more: see docs/operating.md about sizes.")
    if total < ROOMY_MEMORY and settings.worker_concurrency > 1:
        return note(says, "Set WORKER_CONCURRENCY to 1: each migration that is worked on takes some.")
    return Finding(says)


def command_findings(settings: ServerSettings) -> Iterator[Finding]:
    if settings.run_commands != "bwrap":
        return
    if shutil.which("bwrap") is None:
        yield Finding("bubblewrap is not installed.", "Install bubblewrap, or unset RUN_COMMANDS.")
    else:
        yield Finding("bubblewrap is installed.")
    yield from map(readable_finding, settings.command_paths)


def readable_finding(path: Path) -> Finding:
    """A plan's commands run as nobody, who can't read what is only its owner's."""
    try:
        readable = all(one.stat().st_mode & 0o5 == 0o5 for one in (path, *path.parents))
    except OSError:
        readable = False
    if readable:
        return Finding(f"A plan's commands can read {path}.")
    to_do = "Make it readable for everybody, or remove it from RUN_COMMANDS_PATHS."
    return Finding(f"A plan's commands can't read {path}.", to_do)
