from __future__ import annotations

import io
import os
import signal
from functools import partial
from pathlib import Path

import pytest

from bot.interrupts import defer_interrupts
from bot.rewrite import in_place
from bot.rewrite.in_place import PendingFile, SpooledContents, replace_files
from tests.checkouts import write


def listed(root: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in root.iterdir()}


def pending(root: Path, spool: SpooledContents, **after: bytes | None) -> list[PendingFile]:
    """By the name without its ending; what was read is `old`."""

    def is_old(file: Path) -> bool:
        return file.exists() and not file.is_symlink() and file.read_bytes() == b"old"

    return [
        PendingFile(
            f"{name}.py", partial(is_old, root / f"{name}.py"), None if new is None else spool.keep(new)
        )
        for name, new in after.items()
    ]


def test_files_are_written_with_their_modes_and_removed(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": "old", "b.py": "old"})
    (tmp_path / "a.py").chmod(0o640)
    put = replace_files(tmp_path, pending(tmp_path, SpooledContents(io.BytesIO()), a=b"new", b=None))
    assert put.paths == ("a.py", "b.py")
    assert listed(tmp_path) == {"a.py": b"new"}
    assert (tmp_path / "a.py").stat().st_mode & 0o777 == 0o640


def test_what_another_program_wrote_meanwhile_is_kept(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": "theirs", "b.py": "old"})
    os.symlink("b.py", tmp_path / "link.py")
    put = replace_files(
        tmp_path,
        pending(tmp_path, SpooledContents(io.BytesIO()), a=b"new", b=b"new", link=b"new", gone=b"new"),
    )
    assert put.changed_meanwhile == ("a.py", "link.py", "gone.py")
    assert listed(tmp_path) == {"a.py": b"theirs", "b.py": b"new", "link.py": b"new"}


def test_an_interrupted_write_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"a.py": "old", "b.py": "old"})
    original = in_place.write_temporary

    def stopped_at_b(target: Path, content: bytes) -> Path:
        if target.name == "b.py":
            raise KeyboardInterrupt
        return original(target, content)

    monkeypatch.setattr(in_place, "write_temporary", stopped_at_b)
    with pytest.raises(KeyboardInterrupt):
        replace_files(tmp_path, pending(tmp_path, SpooledContents(io.BytesIO()), a=b"new", b=b"new"))
    assert listed(tmp_path) == {"a.py": b"old", "b.py": b"old"}


def test_ctrl_c_waits_until_all_files_are_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"a.py": "old", "b.py": "old"})
    replace = os.replace

    def interrupted(old: Path, new: Path) -> None:
        signal.raise_signal(signal.SIGINT)
        replace(old, new)

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        replace_files(tmp_path, pending(tmp_path, SpooledContents(io.BytesIO()), a=b"new", b=b"new"))
    assert listed(tmp_path) == {"a.py": b"new", "b.py": b"new"}


def test_an_error_in_an_uninterruptible_block_is_raised() -> None:
    with pytest.raises(ZeroDivisionError), defer_interrupts():
        raise ZeroDivisionError
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
