"""Temporary folders of processes that were killed: whoever makes the next one can find and remove them."""

from __future__ import annotations

import fcntl
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

YOUNG = 60.0
"""Seconds: a younger folder may not be locked yet."""


def lock_folder(folder: Path) -> int:
    """A file descriptor: the folder is in use until it is closed, or its process ends."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    fcntl.flock(handle, fcntl.LOCK_EX)
    return handle


def leftover_folders(prefix: str) -> Iterator[Path]:
    """Temporary folders with names that begin so, which nobody has locked and no process is in: older versions lock
    none."""
    for folder in Path(tempfile.gettempdir()).glob(f"{prefix}*"):
        try:
            is_old = time.time() - folder.lstat().st_mtime > YOUNG
            if is_old and _is_free(folder) and not _is_named_by_a_process(folder.resolve()):
                yield folder
        except OSError:
            continue


def _is_free(folder: Path) -> bool:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(handle)
    return True


def _is_named_by_a_process(folder: Path) -> bool:
    """Whether one works in it, or was started with it as an argument."""
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if os.fsencode(folder) in (process / "cmdline").read_bytes():
                return True
            if (process / "cwd").readlink().is_relative_to(folder):
                return True
    return False
