"""The type checker's folder holds nothing of elsewhere, and does not outlive a killed process for long."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from codemods.model.example import in_memory_tree
from codemods.model.modules import find_modules
from codemods.types.source_folder import SourceFolder
from codemods.workers.leftovers import leftover_folders


def source_folder(*paths: str) -> SourceFolder:
    tree = in_memory_tree(dict.fromkeys(paths, "x = 1\n"))
    return SourceFolder(tree, {one.path: one for one in tree.entries()}, find_modules(paths))


def test_a_path_that_leads_out_of_it_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    sources = source_folder("a.py", "../../evil.py")
    assert sources.write_with_imports(["a.py", "../../evil.py"])
    assert [one.name for one in tmp_path.rglob("*.py") if one.read_text() == "x = 1\n"] == ["a.py"]
    sources.remove()
    assert [*tmp_path.iterdir()] == []


def test_one_that_nobody_has_open_is_removed_before_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    in_use = source_folder("a.py")
    left = tmp_path / "drover-types-left"
    left.mkdir()
    for folder in (left, in_use.folder):
        os.utime(folder, (1.0, 1.0))
    assert [*leftover_folders("drover-types-")] == [left]
    following = source_folder("b.py")
    both = {in_use.folder, following.folder}
    assert set(tmp_path.iterdir()) == both
    in_use.remove()
    following.remove()


def test_one_of_an_older_version_stays_while_its_checker_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That version locked none."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    folder = tmp_path / "drover-types-older"
    (folder / "files").mkdir(parents=True)
    os.utime(folder, (1.0, 1.0))
    named = [sys.executable, "-c", "print(input(), flush=True); input()", str(folder)]
    for command, where in ((["cat"], folder / "files"), (named, tmp_path)):
        with subprocess.Popen(command, cwd=where, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as running:
            assert running.stdin is not None
            assert running.stdout is not None
            running.stdin.write(b"here\n")
            running.stdin.flush()
            assert running.stdout.readline() == b"here\n"
            assert [*leftover_folders("drover-types-")] == []
    assert [*leftover_folders("drover-types-")] == [folder]
