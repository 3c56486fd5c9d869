"""A commit of a few kilobytes whose folders are each other's, so that it lists more files than anything could hold."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from bot.git import process, repository
from bot.git.bare_folder import mark_suspect
from bot.git.process import GitFailed, GitTooLarge
from bot.git.repository import Repository

LEVELS, NAMES = 8, 12


def made(folder: Path, *arguments: str, given: str = "") -> str:
    return subprocess.run(
        ["git", "-C", str(folder), *arguments], input=given, capture_output=True, text=True, check=True
    ).stdout.strip()


@pytest.fixture
def trees(tmp_path: Path) -> tuple[Repository, str, str]:
    """A repository, its tree that holds itself many times over, and one with a single file."""
    made(tmp_path, "init", "-q", "--bare", ".")
    blob = made(tmp_path, "hash-object", "-w", "--stdin", given="from m import Old\n")
    small = tree = made(tmp_path, "mktree", given=f"100644 blob {blob}\ta.py\n")
    for _ in range(LEVELS):
        rows = "".join(f"040000 tree {tree}\t{number:02}\n" for number in range(NAMES))
        tree = made(tmp_path, "mktree", given=rows)
    return Repository(tmp_path), tree, small


def test_what_git_lists_is_bounded(
    trees: tuple[Repository, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    here, endless, small = trees
    monkeypatch.setattr(process, "MOST_OUTPUT", 2**20)

    with here, pytest.raises(GitFailed, match="printed more than 1048576 bytes"):
        here.entries(endless)
    assert [entry.path for entry in here.entries(small)] == ["a.py"]


def test_a_commit_with_too_many_files_says_so(
    trees: tuple[Repository, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    here, endless, _ = trees
    monkeypatch.setattr(repository, "MOST_FILES", 100)
    some = here.entries(endless, ["00/00/00/00/00/00/00"])

    assert len(some) == NAMES
    with here, pytest.raises(GitFailed, match="more than 100 files"):
        here.entries(endless, ["00/00/00/00/00"])


def test_the_memory_of_a_git_that_compares_is_bounded(
    trees: tuple[Repository, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    here, endless, small = trees
    monkeypatch.setattr(process, "MOST_MEMORY_OF_READING", 64 * 2**20)

    with here, pytest.raises(GitFailed, match=r"(?i)memory"):
        here.diff(small, endless)


def test_what_was_too_large_once_is_not_listed_again(
    trees: tuple[Repository, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    here, endless, small = trees
    monkeypatch.setattr(process, "MOST_OUTPUT", 2**20)
    with here, pytest.raises(GitTooLarge):
        here.entries(endless)
    monkeypatch.setattr(here.git, "run", refuse)
    with pytest.raises(GitTooLarge, match="printed more than"):
        here.entries(endless)
    with pytest.raises(AssertionError):
        here.entries(small)


def refuse(*arguments: str, **_: object) -> None:
    raise AssertionError(f"git is asked: {arguments}")


def test_a_mirror_is_not_suspect_for_what_strangers_pushed_to_it(
    trees: tuple[Repository, str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mirror that may be damaged is checked as a whole, which takes minutes for a large one."""
    here, endless, _ = trees
    monkeypatch.setattr(process, "MOST_OUTPUT", 2**20)
    with here, pytest.raises(GitTooLarge) as trouble:
        here.entries(endless)
    mark_suspect(tmp_path, trouble.value)
    assert not (tmp_path / "drover-suspect").exists()
    mark_suspect(tmp_path, GitFailed("cat-file", 1, "it ended in the middle of an answer"))
    assert (tmp_path / "drover-suspect").exists()
