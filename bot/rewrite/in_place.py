"""Writes rewritten files into a folder: all of them, or none if it is interrupted."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from bot.interrupts import defer_interrupts
from codemods.model.records import record


@record
class WriteResult:
    paths: tuple[str, ...]
    changed_meanwhile: tuple[str, ...]
    """Not touched: another program wrote them since they were read."""


@record
class PendingFile:
    path: str
    is_unchanged: Callable[[], bool]
    """Whether the file still has the content that was read."""
    read_new_content: Callable[[], bytes] | None
    """Reads the new content; None if the file is deleted."""


class SpooledContents:
    """Contents kept in a temporary file until all of them are known."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def keep(self, content: bytes) -> Callable[[], bytes]:
        start = self._file.seek(0, os.SEEK_END)
        self._file.write(content)
        return lambda: self._read(start, len(content))

    def _read(self, start: int, length: int) -> bytes:
        self._file.seek(start)
        return self._file.read(length)


@contextmanager
def spooled_contents() -> Iterator[SpooledContents]:
    with tempfile.TemporaryFile() as file:
        yield SpooledContents(file)


def replace_files(root: Path, pending: Iterable[PendingFile]) -> WriteResult:
    """1. every new file beside the old one  2. with Ctrl-C held back, one after the other into its place"""
    staged: dict[str, Path | None] = {}
    meanwhile = []
    try:
        for one in pending:
            if not one.is_unchanged():
                meanwhile.append(one.path)
            else:
                staged[one.path] = (
                    None
                    if one.read_new_content is None
                    else write_temporary(root / one.path, one.read_new_content())
                )
        with defer_interrupts():
            for path, file in list(staged.items()):
                if file is None:
                    (root / path).unlink()
                else:
                    os.replace(file, root / path)
                staged[path] = None
    finally:
        for file in staged.values():
            if file is not None:
                file.unlink(missing_ok=True)
    return WriteResult(tuple(staged), tuple(meanwhile))


def write_temporary(target: Path, content: bytes) -> Path:
    mode = stat.S_IMODE(target.stat().st_mode)
    number, name = tempfile.mkstemp(dir=target.parent, prefix=".drover-")
    with open(number, "wb") as file:
        file.write(content)
    os.chmod(name, mode)
    return Path(name)
