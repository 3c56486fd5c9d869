"""A seccomp filter for bubblewrap: system calls that no build or test needs, or whose memory nobody could count."""

from __future__ import annotations

import platform
import struct
from collections.abc import Mapping
from dataclasses import dataclass

LOAD, JUMP_IF_EQUAL, JUMP_IF_GREATER, JUMP_IF_ANY, RETURN = 0x20, 0x15, 0x25, 0x45, 0x06
NUMBER, ARCHITECTURE, FIRST_ARGUMENT, SECOND_ARGUMENT, SECOND_ARGUMENT_HIGH = 0, 4, 16, 24, 28
ALLOW, REFUSE, UNKNOWN = 0x7FFF0000, 0x00050000 | 1, 0x00050000 | 38  # EPERM, ENOSYS
NAMESPACES = 0x7E020000
"""The flags of `clone` for namespaces: inside of one, more of the kernel can be reached."""
CLONE3 = 435
"""Its flags are in memory, where no filter sees them; without it, libraries call `clone`."""
SOCKETS = (1, 2, 10, 16)
"""Unix, IPv4, IPv6, netlink: others reach past a network namespace (vsock), or are rarely tested parts of the kernel."""
SHARED_MEMORY = 64 * 1024
"""Bytes of a System V segment, which belongs to no process: what PostgreSQL needs, and no more."""


@dataclass(frozen=True)
class Architecture:
    audit: int
    highest: int
    """Numbers from here on are of another way to call (x32)."""
    socket: int
    shmget: int
    clone: int
    refused: tuple[int, ...]


_SAME_EVERYWHERE = (425, 426, 427, 428, 429, 430, 431, 432, 433, 442, 447)
"""io_uring; open_tree, move_mount, fsopen, fsconfig, fsmount, fspick, mount_setattr; memfd_secret."""
ARCHITECTURES: Mapping[str, Architecture] = {
    "x86_64": Architecture(
        0xC000003E,
        0x40000000,
        41,
        29,
        56,
        (
            *(319, 68, 240, 248, 249, 250),  # memfd_create, msgget, mq_open, add_key, request_key, keyctl
            *(321, 323, 298, 101, 310, 311),  # bpf, userfaultfd, perf_event_open, ptrace, process_vm_*
            *(165, 166, 155, 272, 308, 304),  # mount, umount2, pivot_root, unshare, setns, open_by_handle_at
            *(246, 320, 175, 313, 176, 167, 103, 179),  # kexec_*, *_module, swapon, syslog, quotactl
            *_SAME_EVERYWHERE,
        ),
    ),
    "aarch64": Architecture(
        0xC00000B7,
        0x40000000,
        198,
        194,
        220,
        (
            *(279, 186, 180, 217, 218, 219),
            *(280, 282, 241, 117, 270, 271),
            *(40, 39, 41, 97, 268, 265),
            *(104, 294, 105, 273, 106, 224, 116, 60),
            *_SAME_EVERYWHERE,
        ),
    ),
}


def syscall_filter() -> bytes | None:
    """The program, as bubblewrap reads it. None on an architecture whose numbers we don't know."""
    one = ARCHITECTURES.get(platform.machine())
    return None if one is None else b"".join(_program(one))


def _program(one: Architecture) -> list[bytes]:
    """Jumps are relative and only forward: each block ends by returning, or goes on with the next."""
    return [
        *(_step(LOAD, ARCHITECTURE), _step(JUMP_IF_EQUAL, one.audit, 1, 0), _step(RETURN, REFUSE)),
        *(_step(LOAD, NUMBER), _step(JUMP_IF_GREATER, one.highest - 1, 0, 1), _step(RETURN, REFUSE)),
        *(word for number in one.refused for word in _refuse_syscall(number)),
        *(_step(JUMP_IF_EQUAL, CLONE3, 0, 1), _step(RETURN, UNKNOWN)),
        *_only_if(one.clone, _none_of(NAMESPACES)),
        *_only_if(one.socket, _one_of(FIRST_ARGUMENT, SOCKETS)),
        *_only_if(one.shmget, _at_most(SHARED_MEMORY)),
        _step(RETURN, ALLOW),
    ]


def _refuse_syscall(number: int) -> list[bytes]:
    return [_step(JUMP_IF_EQUAL, number, 0, 1), _step(RETURN, REFUSE)]


def _only_if(number: int, test: list[bytes]) -> list[bytes]:
    """For one system call, a test that returns."""
    return [_step(JUMP_IF_EQUAL, number, 0, len(test)), *test]


def _one_of(argument: int, values: tuple[int, ...]) -> list[bytes]:
    tests = [word for value in values for word in (_step(JUMP_IF_EQUAL, value, 0, 1), _step(RETURN, ALLOW))]
    return [_step(LOAD, argument), *tests, _step(RETURN, REFUSE)]


def _none_of(flags: int) -> list[bytes]:
    test = (_step(LOAD, FIRST_ARGUMENT), _step(JUMP_IF_ANY, flags, 0, 1))
    return [*test, _step(RETURN, REFUSE), _step(RETURN, ALLOW)]


def _at_most(value: int) -> list[bytes]:
    return [
        *(_step(LOAD, SECOND_ARGUMENT_HIGH), _step(JUMP_IF_EQUAL, 0, 1, 0), _step(RETURN, REFUSE)),
        *(_step(LOAD, SECOND_ARGUMENT), _step(JUMP_IF_GREATER, value, 0, 1), _step(RETURN, REFUSE)),
        _step(RETURN, ALLOW),
    ]


def _step(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, value)
