"""A host with little memory: what a process and all that it started take, and an end to it where that is too much."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

SMALL_HOST = 512 * 2**20
EVERY = 0.2
"""Seconds between two looks."""


def memory_of(root: int) -> int:
    """Bytes of a process and its descendants; what they share counts once."""
    return sum(map(_share_of, descendants(root)))


def descendants(root: int) -> Iterator[int]:
    yield root
    with suppress(OSError):
        for thread in Path(f"/proc/{root}/task").iterdir():
            for child in (thread / "children").read_text().split():
                yield from descendants(int(child))


def _share_of(pid: int) -> int:
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0


class MemoryWatch:
    """As a small host would: the process is killed where it takes more than there is."""

    def __init__(self, pid: int, limit: int = SMALL_HOST) -> None:
        self.peak, self.exceeded = 0, False
        self._pid, self._limit, self._end = pid, limit, threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> int:
        """The most that it took, in bytes."""
        self._end.set()
        self._thread.join()
        return self.peak

    def _watch(self) -> None:
        while not self._end.wait(EVERY):
            self.peak = max(self.peak, memory_of(self._pid))
            if self.peak > self._limit:
                self.exceeded = True
                with suppress(ProcessLookupError):
                    os.kill(self._pid, signal.SIGKILL)
                return
