"""What a process that reads strangers' files gives up first: the environment, the file system, the network.

Landlock (Linux 5.13 and newer) leaves it the Python that it runs on, to read. Where the kernel has none, the process
still has an empty environment.
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

KEPT = frozenset(("PATH", "LANG", "LC_ALL", "TZ"))
SYSTEM = ("/usr", "/lib", "/lib64", "/etc/localtime", "/dev/null", "/dev/urandom")
PR_SET_NO_NEW_PRIVS = 38
CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
"""Landlock's system calls have the same numbers on every architecture."""
VERSION_FLAG, PATH_BENEATH = 1, 1
EXECUTE, READ_FILE, READ_DIR = 1 << 0, 1 << 2, 1 << 3
FILE_RIGHTS_BY_ABI = ((5, (1 << 16) - 1), (3, (1 << 15) - 1), (2, (1 << 14) - 1), (1, (1 << 13) - 1))
NETWORK_ABI, TCP_RIGHTS = 4, 0b11
SCOPE_ABI, SCOPES = 6, 0b11
"""Abstract sockets, and signals to processes outside."""


def confine(readable: Iterable[str] = ()) -> None:
    """For good, and for all that this process starts: called while it has one thread."""
    forget_environment(name for name in [*os.environ] if name not in KEPT)
    restrict_file_access([*readable_paths(), *readable])


def forget_environment(names: Iterable[str]) -> None:
    """Also what `/proc/PID/environ` shows: the values are overwritten where they stand."""
    libc = ctypes.CDLL(None)
    libc.getenv.restype = ctypes.c_void_p
    for name in names:
        address = libc.getenv(os.fsencode(name)) if name in os.environ else None
        if address:
            ctypes.memset(address, 0, len(ctypes.string_at(address)))
        os.environ.pop(name, None)


def restrict_file_access(readable: Iterable[str], runnable: Iterable[str] = ()) -> bool:
    """`runnable`: what may be started as well. False if the kernel can't: nothing has changed then."""
    if sys.platform != "linux":
        return False
    libc = ctypes.CDLL(None)
    abi = libc.syscall(CREATE_RULESET, None, 0, VERSION_FLAG)
    if abi < 1:
        return False
    attributes = _ruleset_attributes(abi)
    ruleset = libc.syscall(CREATE_RULESET, attributes, len(attributes), 0)
    if ruleset < 0:
        return False
    try:
        for path in readable:
            _allow(libc, ruleset, path, READ_FILE)
        for path in runnable:
            _allow(libc, ruleset, path, READ_FILE | EXECUTE)
        libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        return bool(libc.syscall(RESTRICT_SELF, ruleset, 0) == 0)
    finally:
        os.close(ruleset)


def _ruleset_attributes(abi: int) -> bytes:
    files = next(rights for since, rights in FILE_RIGHTS_BY_ABI if abi >= since)
    if abi >= SCOPE_ABI:
        return struct.pack("=QQQ", files, TCP_RIGHTS, SCOPES)
    return struct.pack("=QQ", files, TCP_RIGHTS) if abi >= NETWORK_ABI else struct.pack("=Q", files)


def _allow(libc: ctypes.CDLL, ruleset: int, path: str, rights: int) -> None:
    try:
        opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    rights |= READ_DIR if os.path.isdir(path) else 0
    try:
        libc.syscall(ADD_RULE, ruleset, PATH_BENEATH, struct.pack("=Qi", rights, opened), 0)
    finally:
        os.close(opened)


def readable_paths() -> Iterator[str]:
    """The system's libraries and everything that modules are imported from. Of the folder that has this package only
    the packages: what else is in it may be the operator's data."""
    own = Path(__file__).resolve().parents[2]
    yield from (*SYSTEM, sys.prefix, sys.base_prefix)
    for entry in sys.path:
        if Path(entry or ".").resolve() == own:
            yield from (str(own / package) for package in ("codemods", "bot"))
        else:
            yield entry or "."
