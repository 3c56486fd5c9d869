"""A bare repository as a folder on disk: create, lock, check, repack and delete it."""

from __future__ import annotations

import fcntl
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .process import Git, GitFailed, GitStopped, GitTimeout, GitTooLarge, UnknownRevision
from .remote import RemoteFailed

_SUSPECT = "drover-suspect"
_PACKS, _LOOSE_FOLDERS = 40, 200


@contextmanager
def opened_lock(lock: Path) -> Iterator[int]:
    """The lock file, not locked yet. Its lock ends with the last holder: us, or a git that inherited it."""
    file = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield file
    finally:
        os.close(file)


@contextmanager
def exclusive(lock: Path, stopped: threading.Event) -> Iterator[int]:
    with opened_lock(lock) as file:
        while not stopped.is_set() and not try_exclusive(file):
            stopped.wait(0.02)
        if stopped.is_set():
            raise GitStopped("fetch")
        yield file


def try_exclusive(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def share(file: int) -> None:
    fcntl.flock(file, fcntl.LOCK_SH)


def release(file: int) -> None:
    fcntl.flock(file, fcntl.LOCK_UN)


def make(place: Path) -> None:
    """Create an empty bare repository, completely or not at all."""
    fresh = place.with_name(f"{place.name}.new")
    discard(fresh)
    Git(fresh).run("init", "--bare", "--quiet", "--template=", "--initial-branch=drover-none", str(fresh))
    discard(place)
    fresh.rename(place)


def discard(place: Path) -> None:
    """Rename it first, so that a partly deleted one is never used."""
    gone = place.with_name(f"{place.name}.gone")
    shutil.rmtree(gone, ignore_errors=True)
    if place.exists():
        place.rename(gone)
        shutil.rmtree(gone, ignore_errors=True)


def sweep(place: Path) -> None:
    """Delete the locks and partial packs of an interrupted git. The caller must have exclusive access."""
    for leftover in (*place.glob("*.lock"), *place.glob("refs/**/*.lock"), *place.glob("objects/pack/tmp_*")):
        leftover.unlink(missing_ok=True)


def is_sound(place: Path) -> bool:
    """Whether it can be used: a quick check, or a full one after an error in it."""
    if not (place / "HEAD").is_file():
        return False
    git, suspect = Git(place), place / _SUSPECT
    try:
        if git.run("for-each-ref", "--format=%(objecttype) %(tree)").err:
            return False
        if suspect.exists():
            git.run("fsck", "--no-dangling", "--no-progress", timeout=1800)
    except GitFailed:
        return False
    suspect.unlink(missing_ok=True)
    return True


def mark_suspect(place: Path, failed: GitFailed) -> None:
    harmless = isinstance(failed, GitStopped | GitTimeout | GitTooLarge | UnknownRevision)
    elsewhere = isinstance(failed, RemoteFailed) and failed.reason not in ("corrupt", "other")
    if not harmless and not elsewhere and place.exists():
        (place / _SUSPECT).touch()


def tidy(place: Path) -> None:
    """Merge the many packs that fetches leave. The caller must have exclusive access."""
    packs = len(list(place.glob("objects/pack/*.pack")))
    if packs > _PACKS or len(list(place.glob("objects/[0-9a-f][0-9a-f]"))) > _LOOSE_FOLDERS:
        try:
            Git(place).run("gc", "--quiet", "--prune=1.day.ago", timeout=1800)
        except GitFailed as failed:
            mark_suspect(place, failed)


def size_of(place: Path) -> int:
    """Bytes on disk, as blocks count them."""
    total = 0
    for folder, _, files in os.walk(place):
        for name in files:
            try:
                total += os.lstat(os.path.join(folder, name)).st_blocks * 512
            except FileNotFoundError:
                continue
    return total
