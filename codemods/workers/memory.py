"""How much memory a process may take that reads one file: less where the host has little."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

MOST = 2 * 2**30
LEAST = 192 * 2**20
_GROUPS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))


def memory_limit(total: int | None = None) -> int:
    """Bytes: half of what the host or the container has, up to 2 GiB."""
    return max(LEAST, min(MOST, (total or total_memory()) // 2))


def total_memory() -> int:
    return min(_totals(), default=MOST * 2)


def _totals() -> Iterator[int]:
    with suppress(OSError, ValueError):
        yield os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for file in _GROUPS:
        with suppress(OSError, ValueError):  # "max" is no number: no limit
            yield int(file.read_text())
