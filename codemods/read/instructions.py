"""The instructions of compiled code, and what kinds of them there are."""

from __future__ import annotations

import dis
import sys
from collections.abc import Iterator
from types import CodeType
from typing import NamedTuple

Instruction = tuple[int, int, int]
"""Where it starts, what it does, and with what: a jump with the offset that it leads to."""


def _opcodes(*names: str) -> frozenset[int]:
    return frozenset(op for name, op in dis.opmap.items() if name in names)


def _variable_kinds() -> Iterator[tuple[int, tuple[tuple[str, ...], str]]]:
    """`LOAD_FAST_CHECK` → load of a fast variable; `STORE_FAST_LOAD_FAST` → both."""
    kinds = {"NAME": "name", "GLOBAL": "global", "FAST": "fast", "DEREF": "cell", "CLASSDEREF": "cell"}
    for opname, op in dis.opmap.items():
        does, _, rest = opname.partition("_")
        if does not in ("LOAD", "STORE", "DELETE") or rest.startswith("FAST_AND_CLEAR"):
            continue
        where = {"FROM_DICT_OR_DEREF": "cell", "FROM_DICT_OR_GLOBALS": "name"}.get(rest)
        where = where or kinds.get(rest.split("_")[0])
        if where:
            acts = [part.lower() for part in opname.split("_") if part in ("LOAD", "STORE", "DELETE")]
            yield op, (tuple(acts), where)


NAMED = ("name", "global")
"""The variables that are looked up by their names."""
VARIABLES = dict(_variable_kinds())
JUMPS = frozenset((*dis.hasjrel, *dis.hasjabs))
ABSOLUTE_JUMPS = frozenset(dis.hasjabs)
BACKWARD = frozenset(op for op in dis.hasjrel if "BACKWARD" in dis.opname[op])
LEAPS = _opcodes("JUMP_FORWARD", "JUMP_BACKWARD", "JUMP_BACKWARD_NO_INTERRUPT", "JUMP_ABSOLUTE")
RETURNS = _opcodes("RETURN_VALUE", "RETURN_CONST")
ENDS = RETURNS | _opcodes("RAISE_VARARGS", "RERAISE")
CACHE = 0
NOTHING_DONE = _opcodes("CACHE", "NOP") | {CACHE}
EXTENDED_ARG = dis.opmap["EXTENDED_ARG"]
LOAD_CONSTANT = dis.opmap["LOAD_CONST"]
IMPORT_NAME, IMPORT_FROM = dis.opmap["IMPORT_NAME"], dis.opmap["IMPORT_FROM"]
IMPORT_STAR, INTRINSIC, STAR_INTRINSIC = dis.opmap.get("IMPORT_STAR"), dis.opmap.get("CALL_INTRINSIC_1"), 2
LOAD_GLOBAL = dis.opmap["LOAD_GLOBAL"]
GLOBAL_READS = {op: where for op, (acts, where) in VARIABLES.items() if acts == ("load",) and where in NAMED}
GLOBAL_CHANGES = _opcodes("STORE_GLOBAL", "DELETE_GLOBAL", "STORE_NAME", "DELETE_NAME", "IMPORT_NAME")
GLOBAL_STORES = _opcodes("STORE_GLOBAL", "DELETE_GLOBAL")
SHIFTED = _opcodes("LOAD_ATTR") if sys.version_info >= (3, 12) else frozenset()
ATTRIBUTES = {
    op: int(op in SHIFTED) for op in _opcodes("LOAD_ATTR", "LOAD_METHOD", "STORE_ATTR", "DELETE_ATTR")
}
"""With the bits by which the number of the name is shifted."""


def decode(code: CodeType) -> list[Instruction]:
    """What `dis` would show, without what does nothing; `dis` itself takes some ten times as long."""
    found: list[Instruction] = []
    binary = code.co_code
    start, extended = -1, 0
    for offset, op, arg in zip(range(0, len(binary), 2), binary[::2], binary[1::2], strict=True):
        if op in NOTHING_DONE:
            continue
        arg |= extended
        if start < 0:
            start = offset
        if op == EXTENDED_ARG:
            extended = arg << 8
            continue
        found.append((start, op, _target(binary, offset, arg) if op in JUMPS else arg))
        start, extended = -1, 0
    return found


def _target(binary: bytes, offset: int, arg: int) -> int:
    op = binary[offset]
    if op in ABSOLUTE_JUMPS:
        return arg * 2
    base = offset + 2
    while base < len(binary) and binary[base] == CACHE:
        base += 2
    return base - arg * 2 if op in BACKWARD else base + arg * 2


def handlers(code: CodeType) -> list[tuple[int, int, int]]:
    """From where to where which handler holds."""
    if not code.co_exceptiontable:
        return []
    return [(one.start, one.end, one.target) for one in dis.Bytecode(code).exception_entries]  # type: ignore[attr-defined]


class CodePoint(NamedTuple):
    """An instruction of some code."""

    code: CodeType
    offset: int

    @property
    def line(self) -> int:
        lines = (line or 0 for start, end, line in self.code.co_lines() if start <= self.offset < end)
        return next(lines, 0)
