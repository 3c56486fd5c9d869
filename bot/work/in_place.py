"""Rewritten files put in their place in a folder: all of them, or, if it is interrupted before, none."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.work.interrupts import uninterrupted


@dataclass(frozen=True)
class Written:
    paths: tuple[str, ...]
    changed_meanwhile: tuple[str, ...]
    """Not touched: another program wrote them since they were read."""


def put_in_place(root: Path, contents: Mapping[str, tuple[bytes, bytes | None]]) -> Written:
    """`contents`: path → what was read, and what is to stand there (None: the file goes).

    1. every new file beside the old one  2. with Ctrl-C held back, one after the other into its place
    """
    staged: dict[str, Path | None] = {}
    meanwhile = []
    try:
        for path, (before, after) in contents.items():
            if file_bytes(root / path) != before:
                meanwhile.append(path)
            else:
                staged[path] = None if after is None else beside(root / path, after)
        with uninterrupted():
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
    return Written(tuple(staged), tuple(meanwhile))


def file_bytes(file: Path) -> bytes | None:
    try:
        return file.read_bytes() if not file.is_symlink() else None
    except OSError:
        return None


def beside(target: Path, content: bytes) -> Path:
    mode = stat.S_IMODE(target.stat().st_mode)
    number, name = tempfile.mkstemp(dir=target.parent, prefix=".drover-")
    with open(number, "wb") as file:
        file.write(content)
    os.chmod(name, mode)
    return Path(name)
