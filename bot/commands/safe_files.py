"""Files of a checkout in which commands have run: what stands there now may be a link to anywhere, or a pipe."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LARGEST = 20 * 2**20


def read_regular(folder: Path, path: str) -> bytes | None:
    """A file's content; None if it isn't a regular file below the folder, or is larger than any source."""
    try:
        with _opened_folder(folder, path) as (parent, name):
            handle = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=parent)
    except OSError:
        return None
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            return None
        data = file.read(LARGEST + 1)
    return data if len(data) <= LARGEST else None


@contextmanager
def _opened_folder(folder: Path, path: str) -> Iterator[tuple[int, str]]:
    """The folder that a file lies in, reached without following a link."""
    *parents, name = path.split("/")
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
    handle = os.open(folder, flags)
    try:
        for part in parents:
            inner = os.open(part, flags, dir_fd=handle)
            os.close(handle)
            handle = inner
        yield handle, name
    finally:
        os.close(handle)
