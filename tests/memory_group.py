"""A host with little memory, as the kernel enforces it: a control group that kills what takes more than there is."""

from __future__ import annotations

import os
import signal
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.memory_watch import SMALL_HOST

GROUPS = Path("/sys/fs/cgroup")


@dataclass(frozen=True)
class MemoryGroup:
    folder: Path
    is_second_version: bool

    def command(self, *arguments: str) -> Sequence[str]:
        """What runs them inside of the group, from their first moment."""
        return ("sh", "-c", 'echo $$ > "$0/cgroup.procs" && exec "$@"', str(self.folder), *arguments)

    def kills(self) -> int:
        """How many processes the kernel has killed because there was no more memory."""
        file = "memory.events" if self.is_second_version else "memory.oom_control"
        counts = dict(line.split() for line in (self.folder / file).read_text().splitlines())
        return int(counts["oom_kill"])


@contextmanager
def memory_group(limit: int = SMALL_HOST) -> Iterator[MemoryGroup | None]:
    """None where the kernel lets nobody make one: it takes root, and control groups that can be written."""
    group = _make_group(limit)
    try:
        yield group
    finally:
        if group is not None:
            _remove(group.folder)


def _make_group(limit: int) -> MemoryGroup | None:
    for above, file in ((GROUPS / "memory", "memory.limit_in_bytes"), (GROUPS, "memory.max")):
        with suppress(OSError):
            if file == "memory.max":
                (above / "cgroup.subtree_control").write_text("+memory")
            folder = Path(tempfile.mkdtemp(prefix="drover-test-", dir=above))
            with suppress(OSError):
                (folder / file).write_text(str(limit))
                return MemoryGroup(folder, file == "memory.max")
            folder.rmdir()
    return None


def _remove(folder: Path) -> None:
    """With what still runs in it, which takes a moment to end."""
    deadline = time.monotonic() + 10
    while folder.exists() and time.monotonic() < deadline:
        for pid in (folder / "cgroup.procs").read_text().split():
            with suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
        with suppress(OSError):
            folder.rmdir()
            return
        time.sleep(0.05)
