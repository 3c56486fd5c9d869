"""Remove what a stranger's code has left in a folder, however deep, wide or unreadable it is."""

from __future__ import annotations

import logging
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

AT_ONCE = 1000
log = logging.getLogger("drover.commands")


def remove_folder(folder: Path) -> None:
    """All of it, with two folders open at a time. What can't be removed is logged and stays."""
    try:
        with _open_folder(str(folder)) as top:
            while _empty(top, top):
                pass
        folder.rmdir()
    except Exception:
        log.exception("%s could not be removed", folder)


def _empty(folder: int, top: int) -> bool:
    """Whether there may be more. A folder's folders are moved to the top, so that nothing is nested when it goes."""
    with os.scandir(folder) as entries:
        some = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in islice(entries, AT_ONCE)]
    for name, is_folder in some:
        if not is_folder:
            os.unlink(name, dir_fd=folder)
        elif folder == top:
            _remove_from_top(name, top)
        else:
            os.chmod(name, 0o700, dir_fd=folder)  # to be moved, it must be writable
            os.rename(name, secrets.token_hex(16), src_dir_fd=folder, dst_dir_fd=top)
    return bool(some)


def _remove_from_top(name: str, top: int) -> None:
    os.chmod(name, 0o700, dir_fd=top)
    with _open_folder(name, top) as folder:
        while _empty(folder, top):
            pass
    os.rmdir(name, dir_fd=top)


@contextmanager
def _open_folder(name: str, parent: int | None = None) -> Iterator[int]:
    folder = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=parent)
    try:
        yield folder
    finally:
        os.close(folder)
