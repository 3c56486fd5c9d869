"""How much memory a process may take that reads one file: less where the host has little. How much of it it keeps, and
how deep its calls may go."""

from __future__ import annotations

import ctypes
import os
import resource
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3
"""The C library's numbers for `mallopt`."""
KEPT = 32 * 2**20
"""Bytes that a process keeps when a task has freed them."""
MOST = 2 * 2**30
LEAST = 192 * 2**20
DEEPEST_NESTING = 12_000
STACK_SIZE = 120 * 2**20
"""Linux keeps at least 128 MiB free below the stack, whatever its limit was at the start."""
_GROUPS, _OWN_GROUPS = Path("/sys/fs/cgroup"), Path("/proc/self/cgroup")


def memory_limit(total: int | None = None) -> int:
    """Bytes: half of what the host or the container has, up to 2 GiB."""
    return max(LEAST, min(MOST, (total or total_memory()) // 2))


def total_memory() -> int:
    return min(_totals(), default=MOST * 2)


def _totals() -> Iterator[int]:
    with suppress(OSError, ValueError):
        yield os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for file in {*_limits_of("/", ""), *_limits_of("/", "memory"), *_own_limits()}:
        with suppress(OSError, ValueError):  # "max" is no number: no limit
            yield int(file.read_text("utf-8"))


def _own_limits() -> Iterator[Path]:
    """Those of the control groups that this process is in, such as a unit's of systemd."""
    with suppress(OSError):
        for line in _OWN_GROUPS.read_text("utf-8").splitlines():
            _, controllers, group = line.split(":", 2)
            yield from _limits_of(group, controllers)


def _limits_of(group: str, controllers: str) -> Iterator[Path]:
    """The files with the limits of a group and of those above it; a container sees its own group as the root."""
    folder, name = _GROUPS, "memory.max"
    if controllers:
        folder, name = _GROUPS / "memory", "memory.limit_in_bytes"
    if not controllers or "memory" in controllers.split(","):
        for one in (Path(group), *Path(group).parents):
            yield folder / str(one).lstrip("/") / name


def keep_freed_memory() -> None:
    """What a task has freed stays for the next one: each page that is given back costs a fault when it's needed again."""
    set_option = getattr(ctypes.CDLL(None), "mallopt", None)  # glibc's; others have none
    if set_option is not None:
        set_option(MMAP_THRESHOLD, KEPT // 8)
        set_option(TRIM_THRESHOLD, KEPT)


def allow_deep_nesting() -> None:
    """Texts that a newer Python compiles; a stack that is too small ends this process alone."""
    sys.setrecursionlimit(DEEPEST_NESTING + call_depth())
    with suppress(OSError, ValueError):
        _, most = resource.getrlimit(resource.RLIMIT_STACK)
        within = most != resource.RLIM_INFINITY and most < STACK_SIZE
        resource.setrlimit(resource.RLIMIT_STACK, (most if within else STACK_SIZE, most))


def call_depth() -> int:
    """Of the calls that a copied process is in already: a text that can be read must not depend on them."""
    frame, depth = sys._getframe(), 0
    while frame.f_back is not None:
        frame, depth = frame.f_back, depth + 1
    return depth
