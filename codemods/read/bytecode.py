"""Compiled code, cut into blocks, with what each instruction does to the names that are followed."""

from __future__ import annotations

import keyword
import re
import warnings
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import CodeType
from unicodedata import normalize

from codemods.model.records import record
from codemods.read.instructions import (
    ATTRIBUTES,
    CACHE,
    ENDS,
    EXTENDED_ARG,
    GLOBAL_CHANGES,
    GLOBAL_READS,
    IMPORT_FROM,
    IMPORT_NAME,
    IMPORT_STAR,
    INTRINSIC,
    JUMPS,
    LEAPS,
    LOAD_CONSTANT,
    LOAD_GLOBAL,
    NAMED,
    RETURNS,
    STAR_INTRINSIC,
    VARIABLES,
    Instruction,
    decode,
    handlers,
)

Value = tuple[str, str, str]
"""`("symbol", module, name)`, `("module", name, "")`, `("stored", scope, number)`, `("none", scope, number)`, …"""
Values = frozenset[Value]
Variable = tuple[str, str]
"""A name and the kind of variable it is in its code: `name`, `fast`, `cell`."""
State = dict[Variable, Values]

UNBOUND: Value = ("unbound", "", "")
NOTHING: Values = frozenset()
MISSING: Values = frozenset({UNBOUND})
_FUTURE = re.compile(rb"(from[ \t]+__future__[ \t]+import[ \t]+)annotations[ \t]*(?=[#;\r\n])")
_COMMENT = re.compile(rb"#[^\r\n]*")
_IDENTIFIER = re.compile(r"[^\W\d]\w*")
_GLOBALS, _GLOBALS_AND_CONSTANTS = (
    re.compile(b"[" + re.escape(bytes([*GLOBAL_READS, *GLOBAL_CHANGES, *more])) + b"]")
    for more in ((), (LOAD_CONSTANT,))
)
_LAST = JUMPS | ENDS
"""With which a block ends."""
NEW_LOCALS = 0x2
_VARIADIC = 0x4, 0x8


@record
class NameQuery:
    """What is asked of a file."""

    names: frozenset[str]
    """The names to follow; any other can't have changed."""
    absolute: Callable[[int, str], str]
    """An import's level and module → the module's whole name."""
    given: Callable[[str], frozenset[str] | None]
    """The names that a star import of a module brings; None if they aren't known."""


def compile_text(text: bytes) -> CodeType | None:
    """None if this Python can't compile it. Annotations are compiled as expressions, whatever the file says: in
    the place of that feature stands one that has long been there."""
    if b"__future__" in text:
        text = _FUTURE.sub(rb"\1generators", text)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return compile(text.decode(), "<file>", "exec", dont_inherit=True, optimize=0)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None


@dataclass
class NameEvent:
    """What one instruction does to the names that are followed."""

    kind: str
    variable: Variable
    values: Values = NOTHING
    attributes: tuple[str, ...] = ()
    offset: int = 0
    """Of the instruction."""
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

    def __init__(
        self, code: CodeType, place: str, question: NameQuery, mentioning: Collection[int] | None = None
    ) -> None:
        """`mentioning`: by id(), the code that is worth following; all of it without."""
        self.code, self.place, self.question = code, place, question
        self.inner_code = frozenset(
            number
            for number, constant in enumerate(code.co_consts)
            if isinstance(constant, CodeType) and (mentioning is None or id(constant) in mentioning)
        )
        self.is_module = place == ""
        self.is_class = not self.is_module and not code.co_flags & NEW_LOCALS
        self.at_start = self._parameters()
        self._stored = 0
        self.blocks = self._split_blocks()

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

    def _split_blocks(self) -> list[CodeBlock]:
        code = self.code
        if self.question.names.isdisjoint(variables_of(code)):
            events = self._reads_only()
            if events is not None:
                return [CodeBlock(0, events, returns=True)]
        return self._cut_at_jumps()

    def _reads_only(self) -> list[NameEvent] | None:
        """Of code that binds none of the names: what it reads of them, and the code within it, whatever way it goes.

        None if it binds one or imports: then the way matters.
        """
        events: list[NameEvent] = []
        code, names = self.code, self.question.names
        held, binary = code.co_names, code.co_code
        operations = binary[::2]
        for match in (_GLOBALS_AND_CONSTANTS if self.inner_code else _GLOBALS).finditer(operations):
            at = match.start()
            op, arg = operations[at], _argument(binary, operations, at)
            if op == LOAD_CONSTANT:
                if arg in self.inner_code:
                    events.append(NameEvent("code", ("", ""), code=code.co_consts[arg]))
            elif op not in GLOBAL_READS:
                if op == IMPORT_NAME or held[arg] in names:
                    return None
            elif (name := held[arg >> 1 if op == LOAD_GLOBAL else arg]) in names:
                attributes = tuple(_attributes_behind(held, binary, operations, at))
                events.append(NameEvent("load", (GLOBAL_READS[op], name), NOTHING, attributes, at * 2))
        return events

    def _cut_at_jumps(self) -> list[CodeBlock]:
        instructions = decode(self.code)
        offsets = [offset for offset, _, _ in instructions]
        ranges = handlers(self.code)
        leaders = {start for span in ranges for start in span}
        leaders.update(arg for _, op, arg in instructions if op in JUMPS)
        firsts = {0, *(min(bisect_left(offsets, leader), len(offsets) - 1) for leader in leaders)}
        firsts.update(number for number, (_, op, _) in enumerate(instructions, 1) if op in _LAST)
        starts = sorted(firsts - {len(offsets)})
        events = self._events(instructions)
        blocks: list[CodeBlock] = []
        for first, end in zip(starts, [*starts[1:], len(offsets)], strict=True):
            block = CodeBlock(offsets[first])
            block.handlers = [target for start, stop, target in ranges if start <= block.start < stop]
            _, op, arg = instructions[end - 1]
            if op in ENDS:
                block.returns = op in RETURNS
            else:
                block.after += [arg] if op in JUMPS else []
                block.after += [offsets[end]] if op not in LEAPS and end < len(offsets) else []
            blocks.append(block)
        for number, done in events.items():
            if done:
                blocks[bisect_right(starts, number) - 1].events += done
        known = [block.start for block in blocks]
        for block in blocks:
            block.after = [_at_or_after(known, start) for start in block.after]
            block.handlers = [_at_or_after(known, start) for start in block.handlers]
        return blocks

    def _events(self, instructions: Sequence[Instruction]) -> dict[int, list[NameEvent]]:
        code = self.code
        found: dict[int, list[NameEvent]] = {}
        pending: Value | None = None
        module, listed = "", False
        skip = -1
        for number, (_, op, arg) in enumerate(instructions):
            if op in VARIABLES:
                if number > skip:
                    found[number], pending, skip = self._name_events(instructions, number, pending)
            elif op == LOAD_CONSTANT:
                if arg in self.inner_code:
                    found[number] = [NameEvent("code", ("", ""), code=code.co_consts[arg])]
            elif op == IMPORT_NAME:
                level, names = (_constant(code, instructions, number - back) for back in (2, 1))
                listed = bool(names)
                module = self.question.absolute(level if isinstance(level, int) else 0, code.co_names[arg])
                pending = ("module", module if level else module.partition(".")[0], "")
                if not listed and instructions[number + 1][1] == IMPORT_FROM:
                    pending = ("module", module, "")
            elif op == IMPORT_FROM:
                pending = ("symbol", module, code.co_names[arg]) if listed else ("module", module, "")
            elif op == IMPORT_STAR or (op == INTRINSIC and arg == STAR_INTRINSIC):
                found[number] = [NameEvent("star", ("name", module))]
                pending = None
        for number, events in found.items():
            for event in events:
                event.offset = instructions[number][0]
        return found

    def _name_events(
        self, instructions: Sequence[Instruction], number: int, pending: Value | None
    ) -> tuple[list[NameEvent], Value | None, int]:
        """What an instruction does, what of an import is still to be stored, and the last one that is read already."""
        followed = self.question.names
        done = self._variables(instructions[number])
        events: list[NameEvent] = []
        skip = -1
        for position, (act, variable) in enumerate(done):
            if act == "store":
                if variable[1] in followed:
                    kind = "stored" if position or not self._is_none(instructions, number - 1) else "none"
                    events.append(NameEvent("store", variable, frozenset({self._value(pending, kind)})))
                pending = None
            elif variable[1] not in followed:
                continue
            elif act == "delete":
                events.append(NameEvent("delete", variable))
            else:
                last = position == len(done) - 1
                attributes, end = self._chain(instructions, number + 1) if last else ((), number + 1)
                target = self._plain_store(instructions, end) if last else None
                if target and target[1] in followed:
                    events.append(NameEvent("copy", variable, NOTHING, attributes, target=target))
                    skip = end
                else:
                    events.append(NameEvent("load", variable, NOTHING, attributes))
        return events, pending, skip

    def _variables(self, instruction: Instruction) -> list[tuple[str, Variable]]:
        """What is loaded, stored and deleted, in order: newer Pythons join two instructions in one."""
        _, op, arg = instruction
        acts, where = VARIABLES[op]
        if where in NAMED:
            return [(acts[0], (where, self.code.co_names[arg >> 1 if op == LOAD_GLOBAL else arg]))]
        places = (arg,) if len(acts) == 1 else (arg >> 4, arg & 15)
        return [(act, (where, self._local_names[place])) for act, place in zip(acts, places, strict=True)]

    @cached_property
    def _local_names(self) -> tuple[str, ...]:
        code = self.code
        cells = (name for name in code.co_cellvars if name not in code.co_varnames)
        return (*code.co_varnames, *cells, *code.co_freevars)

    def _chain(self, instructions: Sequence[Instruction], number: int) -> tuple[tuple[str, ...], int]:
        found: list[str] = []
        while number < len(instructions) and instructions[number][1] in ATTRIBUTES:
            _, op, arg = instructions[number]
            found.append(self.code.co_names[arg >> ATTRIBUTES[op]])
            number += 1
        return tuple(found), number

    def _plain_store(self, instructions: Sequence[Instruction], number: int) -> Variable | None:
        """Where what was just loaded is stored at once, under one name."""
        if number >= len(instructions) or instructions[number][1] not in VARIABLES:
            return None
        done = self._variables(instructions[number])
        return done[0][1] if len(done) == 1 and done[0][0] == "store" else None

    def _is_none(self, instructions: Sequence[Instruction], number: int) -> bool:
        """Whether an instruction loads None."""
        return instructions[number][1] == LOAD_CONSTANT and _constant(self.code, instructions, number) is None

    def _value(self, pending: Value | None, kind: str) -> Value:
        if pending is not None:
            return pending
        self._stored += 1
        return (kind, self.place, str(self._stored))


def variables_of(code: CodeType) -> tuple[str, ...]:
    """Those of its own, and those that it shares with code around it or within."""
    return (*code.co_varnames, *code.co_cellvars, *code.co_freevars)


def _constant(code: CodeType, instructions: Sequence[Instruction], number: int) -> object:
    """What the instruction loads, where that is a constant."""
    if number < 0:
        return None
    _, op, arg = instructions[number]
    return code.co_consts[arg] if op == LOAD_CONSTANT else arg


def _argument(binary: bytes, operations: bytes, at: int) -> int:
    """`operations`: every other byte of the code."""
    argument, shift = binary[at * 2 + 1], 8
    while at and operations[at - 1] == EXTENDED_ARG:
        at -= 1
        argument |= binary[at * 2 + 1] << shift
        shift += 8
    return argument


def _attributes_behind(names: Sequence[str], binary: bytes, operations: bytes, at: int) -> Iterator[str]:
    """The names of the attributes that are taken at once of what is loaded there."""
    at += 1
    while at < len(operations):
        op = operations[at]
        if op in ATTRIBUTES:
            yield names[_argument(binary, operations, at) >> ATTRIBUTES[op]]
        elif op not in (CACHE, EXTENDED_ARG):
            return
        at += 1


def _at_or_after(starts: list[int], offset: int) -> int:
    """A jump may lead to an instruction that was left out as it does nothing."""
    at = bisect_left(starts, offset)
    return starts[min(at, len(starts) - 1)]


def all_names(code: CodeType) -> frozenset[str]:
    found = {*code.co_names, *code.co_varnames, *code.co_cellvars, *code.co_freevars}
    for const in code.co_consts:
        if isinstance(const, CodeType):
            found |= all_names(const)
    return frozenset(found)


def names_in(texts: Iterable[bytes]) -> frozenset[str]:
    """The identifiers in these pieces of a file, comments aside; `*` where one of them holds a star."""
    found: set[str] = set()
    for text in texts:
        if b"'" not in text and b'"' not in text:
            text = _COMMENT.sub(b"", text)
        found.update(_IDENTIFIER.findall(normalize("NFKC", text.decode("utf-8", "replace"))))
        if b"*" in text:
            found.add("*")
    return frozenset(found.difference(keyword.kwlist))
