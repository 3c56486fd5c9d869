"""Compiled code, cut into blocks, with what each instruction does to the names that are followed."""

from __future__ import annotations

import dis
import re
import sys
import warnings
from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from types import CodeType

Value = tuple[str, str, str]
"""`("symbol", module, name)`, `("module", name, "")`, `("stored", scope, number)`, `("unbound", "", "")`, …"""
Values = frozenset[Value]
Variable = tuple[str, str]
"""A name and the kind of variable it is in its code: `name`, `fast`, `cell`."""
State = dict[Variable, Values]

UNBOUND: Value = ("unbound", "", "")
NOTHING: Values = frozenset()
MISSING: Values = frozenset({UNBOUND})
_FUTURE = re.compile(rb"^from[ \t]+__future__[ \t]+import[ \t]+annotations[ \t]*(?=[#;\r\n])", re.MULTILINE)
_KINDS = {"NAME": "name", "GLOBAL": "global", "FAST": "fast", "DEREF": "cell", "CLASSDEREF": "cell"}
_ENDS = frozenset({"RETURN_VALUE", "RETURN_CONST", "RAISE_VARARGS", "RERAISE"})
_LEAPS = frozenset({"JUMP_FORWARD", "JUMP_BACKWARD", "JUMP_BACKWARD_NO_INTERRUPT", "JUMP_ABSOLUTE"})
_ATTRIBUTES = frozenset({"LOAD_ATTR", "LOAD_METHOD", "STORE_ATTR", "DELETE_ATTR"})
NEW_LOCALS = 0x2
_VARIADIC = 0x4, 0x8


@dataclass(frozen=True)
class Question:
    """What is asked of a file."""

    names: frozenset[str]
    """The names to follow; any other can't have changed."""
    absolute: Callable[[int, str], str]
    """An import's level and module → the module's whole name."""
    given: Callable[[str], frozenset[str] | None]
    """The names that a star import of a module brings; None if they aren't known."""


def compiled(text: bytes) -> CodeType | None:
    """None if this Python can't compile it. Annotations are compiled as expressions, whatever the file says."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return compile(
                _FUTURE.sub(b"pass", text).decode(), "<file>", "exec", dont_inherit=True, optimize=0
            )
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None


@dataclass
class NameEvent:
    """What one instruction does to the names that are followed."""

    kind: str
    variable: Variable
    values: Values = NOTHING
    attributes: tuple[str, ...] = ()
    line: int = 0
    code: CodeType | None = None
    target: Variable | None = None
    """Of a copy: where what is loaded is stored at once."""


@dataclass
class CodeBlock:
    start: int
    events: list[NameEvent] = field(default_factory=list)
    after: list[int] = field(default_factory=list)
    handlers: list[int] = field(default_factory=list)
    returns: bool = False


class CodeBody:
    """One code object, cut into blocks, with what each instruction does to the names that are followed."""

    def __init__(self, code: CodeType, place: str, question: Question) -> None:
        self.code, self.place, self.question = code, place, question
        self.is_module = place == ""
        self.is_class = not self.is_module and not code.co_flags & NEW_LOCALS
        self.at_start = self._parameters()
        self._stored = 0
        self.blocks = self._cut()

    def _parameters(self) -> State:
        code = self.code
        count = code.co_argcount + code.co_kwonlyargcount
        count += sum(bool(code.co_flags & flag) for flag in _VARIADIC)
        found: State = {}
        for number, name in enumerate(code.co_varnames):
            if name in self.question.names:
                value: Value = ("parameter", self.place, str(number)) if number < count else UNBOUND
                found[("fast", name)] = frozenset({value})
        for name in code.co_cellvars:
            if name in self.question.names:
                given = found.get(("fast", name), MISSING)
                found[("cell", name)] = given
        return found

    def _cut(self) -> list[CodeBlock]:
        code = self.code
        private = (*code.co_varnames, *code.co_cellvars, *code.co_freevars)
        if code.co_flags & NEW_LOCALS and self.question.names.isdisjoint(private):
            events = _global_reads(code, self.question.names)
            if events is not None:
                return [CodeBlock(0, events, returns=True)]
        return self._cut_at_jumps()

    def _cut_at_jumps(self) -> list[CodeBlock]:
        instructions = [one for one in dis.get_instructions(self.code) if one.opname not in ("CACHE", "NOP")]
        offsets = [one.offset for one in instructions]
        ranges = [(one.start, one.end, one.target) for one in dis.Bytecode(self.code).exception_entries]  # type: ignore[attr-defined]
        starts = {offsets[0]} if offsets else set()
        for index, one in enumerate(instructions):
            if one.opcode in _JUMPS:
                starts.add(one.argval)
            if (one.opcode in _JUMPS or one.opname in _ENDS) and index + 1 < len(instructions):
                starts.add(offsets[index + 1])
        for start, end, target in ranges:
            starts |= {start, end, target}
        blocks: list[CodeBlock] = []
        events = self._events(instructions)
        for index, one in enumerate(instructions):
            if not blocks or one.offset in starts:
                blocks.append(CodeBlock(one.offset))
                blocks[-1].handlers = [t for s, e, t in ranges if s <= one.offset < e]
            block = blocks[-1]
            block.events += events.get(index, ())
            following = offsets[index + 1] if index + 1 < len(offsets) else None
            if one.opname in _ENDS:
                block.returns = one.opname.startswith("RETURN")
            elif one.opcode in _JUMPS:
                block.after.append(one.argval)
                if one.opname not in _LEAPS and following is not None:
                    block.after.append(following)
            elif following is not None and following in starts:
                block.after.append(following)
        known = [block.start for block in blocks]
        for block in blocks:
            block.after = [_at_or_after(known, start) for start in block.after]
            block.handlers = [_at_or_after(known, start) for start in block.handlers]
        return blocks

    def _events(self, instructions: list[dis.Instruction]) -> dict[int, list[NameEvent]]:
        found: dict[int, list[NameEvent]] = {}
        pending: Value | None = None
        module, listed = "", False
        skip = -1
        for index, one in enumerate(instructions):
            name = one.opname
            if name == "IMPORT_NAME":
                level = instructions[index - 2].argval if index > 1 else 0
                listed = bool(instructions[index - 1].argval)
                module = self.question.absolute(level if isinstance(level, int) else 0, one.argval)
                pending = ("module", module if level else module.partition(".")[0], "")
                if (
                    not listed
                    and index + 1 < len(instructions)
                    and instructions[index + 1].opname == "IMPORT_FROM"
                ):
                    pending = ("module", module, "")
            elif name == "IMPORT_FROM":
                pending = ("symbol", module, one.argval) if listed else ("module", module, "")
            elif name == "IMPORT_STAR" or (name == "CALL_INTRINSIC_1" and one.arg == 2):
                found[index] = [NameEvent("star", ("name", module), line=_line(one))]
                pending = None
            elif isinstance(one.argval, CodeType):
                found[index] = [NameEvent("code", ("", ""), code=one.argval)]
            elif index > skip and (kind := _kind(name)):
                found[index], pending, skip = self._name_events(instructions, index, kind, pending)
        return {index: events for index, events in found.items() if events}

    def _name_events(
        self, instructions: list[dis.Instruction], index: int, kind: tuple[str, str], pending: Value | None
    ) -> tuple[list[NameEvent], Value | None, int]:
        """What an instruction does, what of an import is still to be stored, and the last one that is read already."""
        one = instructions[index]
        does, where = kind
        names = one.argval if isinstance(one.argval, tuple) else (one.argval,)
        events: list[NameEvent] = []
        skip = -1
        for position, (act, name) in enumerate(zip(_acts(one.opname, does), names, strict=False)):
            variable = (where, name)
            if act == "load":
                last = position == len(names) - 1
                attributes, end = _chain(instructions, index + 1) if last else ((), index + 1)
                target = _plain_store(instructions, end) if last else None
                if target and target[1] in self.question.names and name in self.question.names:
                    events.append(NameEvent("copy", variable, NOTHING, attributes, _line(one), target=target))
                    skip = end
                elif name in self.question.names:
                    events.append(NameEvent("load", variable, NOTHING, attributes, _line(one)))
            elif act == "store":
                if name in self.question.names:
                    events.append(
                        NameEvent("store", variable, frozenset({self._value(pending)}), line=_line(one))
                    )
                pending = None
            elif name in self.question.names:
                events.append(NameEvent("delete", variable))
        return events, pending, skip

    def _value(self, pending: Value | None) -> Value:
        if pending is not None:
            return pending
        self._stored += 1
        return ("stored", self.place, str(self._stored))


_LOAD_GLOBAL = dis.opmap["LOAD_GLOBAL"]
_GLOBAL_CHANGES = frozenset(
    op for name, op in dis.opmap.items() if name in ("STORE_GLOBAL", "DELETE_GLOBAL", "IMPORT_NAME")
)
_ATTRIBUTE_OPS = {op: name for name, op in dis.opmap.items() if name in _ATTRIBUTES}
_ATTRIBUTE_SHIFT = 1 if sys.version_info >= (3, 12) else 0
_EXTENDED = dis.opmap["EXTENDED_ARG"]
_CONSTANT = dis.opmap["LOAD_CONST"]


def _global_reads(code: CodeType, names: frozenset[str]) -> list[NameEvent] | None:
    """Of a function that binds none of the names: what it reads of them, and the code within it, whatever way it goes.

    None if it assigns globals or imports: then the way matters.
    """
    events: list[NameEvent] = []
    binary, held, chained, extended = code.co_code, code.co_names, False, 0
    for offset in range(0, len(binary), 2):
        op, arg = binary[offset], binary[offset + 1] | extended
        extended = arg << 8 if op == _EXTENDED else 0
        if op == 0 or op == _EXTENDED:
            continue
        if op == _LOAD_GLOBAL:
            chained = held[arg >> 1] in names
            if chained:
                events.append(NameEvent("load", ("global", held[arg >> 1]), line=offset))
        elif op in _ATTRIBUTE_OPS and chained:
            shift = _ATTRIBUTE_SHIFT if _ATTRIBUTE_OPS[op] == "LOAD_ATTR" else 0
            events[-1].attributes += (held[arg >> shift],)
        elif op in _GLOBAL_CHANGES:
            return None
        else:
            chained = False
            if op == _CONSTANT and isinstance(code.co_consts[arg], CodeType):
                events.append(NameEvent("code", ("", ""), code=code.co_consts[arg]))
    starts = [(start, line or 0) for start, _, line in code.co_lines()] if events else []
    for event in events:
        at = bisect_right(starts, (event.line, sys.maxsize)) - 1
        event.line = starts[at][1]
    return events


def _at_or_after(starts: list[int], offset: int) -> int:
    """A jump may lead to an instruction that was left out as it does nothing."""
    return next((start for start in starts if start >= offset), starts[-1])


def _kind(opname: str) -> tuple[str, str] | None:
    """`LOAD_FAST_CHECK` → load of a fast variable."""
    does, _, rest = opname.partition("_")
    if does not in ("LOAD", "STORE", "DELETE") or rest.startswith(("ATTR", "SUBSCR", "FAST_AND_CLEAR")):
        return None
    if rest in ("FROM_DICT_OR_DEREF",):
        return "load", "cell"
    if rest in ("FROM_DICT_OR_GLOBALS",):
        return "load", "name"
    where = _KINDS.get(rest.split("_")[0])
    return (does.lower(), where) if where else None


def _acts(opname: str, does: str) -> tuple[str, ...]:
    """Newer Pythons join two instructions in one."""
    parts = [part.lower() for part in opname.split("_") if part in ("LOAD", "STORE", "DELETE")]
    return tuple(parts) or (does,)


def _chain(instructions: list[dis.Instruction], index: int) -> tuple[tuple[str, ...], int]:
    found: list[str] = []
    while index < len(instructions) and instructions[index].opname in _ATTRIBUTES:
        found.append(instructions[index].argval)
        index += 1
    return tuple(found), index


def _plain_store(instructions: list[dis.Instruction], index: int) -> Variable | None:
    """Where what was just loaded is stored at once, under one name."""
    if index >= len(instructions):
        return None
    kind = _kind(instructions[index].opname)
    if kind is None or kind[0] != "store" or isinstance(instructions[index].argval, tuple):
        return None
    return kind[1], instructions[index].argval


def _line(one: dis.Instruction) -> int:
    positions = getattr(one, "positions", None)
    return (positions.lineno or 0) if positions else 0


_JUMPS: frozenset[int] = frozenset((*dis.hasjrel, *dis.hasjabs))


def all_names(code: CodeType) -> frozenset[str]:
    found = {*code.co_names, *code.co_varnames, *code.co_cellvars, *code.co_freevars}
    for const in code.co_consts:
        if isinstance(const, CodeType):
            found |= all_names(const)
    return frozenset(found)


def names_in(texts: Iterable[bytes]) -> frozenset[str]:
    """The identifiers in these pieces of a file; `*` where one of them holds a star."""
    found: set[str] = set()
    for text in texts:
        found.update(re.findall(r"[^\W\d]\w*", text.decode("utf-8", "replace")))
        if b"*" in text:
            found.add("*")
    return frozenset(found)
