"""What each name in a file can stand for where it is read, by CPython's own compiler.

A second opinion: nothing here shares code with the walk over syntax trees that decides what to rewrite. The compiled
code is read instruction by instruction, with every jump and every exception handler, and what a name was bound to is
carried along: an import, a parameter, or some other statement, each by its place.
"""

from __future__ import annotations

import dis
import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import CodeType

Value = tuple[str, str, str]
"""`("symbol", module, name)`, `("module", name, "")`, `("stored", scope, number)`, `("unbound", "", "")`, …"""
Values = frozenset[Value]
Variable = tuple[str, str]
"""A name and the kind of variable it is in its code: `name`, `fast`, `cell`."""
State = dict[Variable, Values]

UNBOUND: Value = ("unbound", "", "")
_NOTHING: Values = frozenset()
_MISSING: Values = frozenset({UNBOUND})
_FUTURE = re.compile(rb"^from[ \t]+__future__[ \t]+import[ \t]+annotations[ \t]*(?=[#;\r\n])", re.MULTILINE)
_AT_ONCE = frozenset({"<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>"})
_KINDS = {"NAME": "name", "GLOBAL": "global", "FAST": "fast", "DEREF": "cell", "CLASSDEREF": "cell"}
_ENDS = frozenset({"RETURN_VALUE", "RETURN_CONST", "RAISE_VARARGS", "RERAISE"})
_LEAPS = frozenset({"JUMP_FORWARD", "JUMP_BACKWARD", "JUMP_BACKWARD_NO_INTERRUPT", "JUMP_ABSOLUTE"})
_ATTRIBUTES = frozenset({"LOAD_ATTR", "LOAD_METHOD", "STORE_ATTR", "DELETE_ATTR"})
_OPTIMIZED, _NEW_LOCALS = 0x1, 0x2


@dataclass(frozen=True)
class Read:
    """A name that is read, with the attributes behind it."""

    line: int
    name: str
    values: Values
    attributes: tuple[str, ...]


@dataclass(frozen=True)
class Bound:
    """A name that a class body binds, which its users see."""

    line: int
    name: str
    values: Values


@dataclass
class NameFlow:
    """By a scope's place in the file: what it reads, and, for a class, what it binds. In the order of the code."""

    reads: dict[str, list[Read]] = field(default_factory=dict)
    bound: dict[str, list[Bound]] = field(default_factory=dict)
    scopes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Question:
    """What is asked of a file."""

    names: frozenset[str]
    """The names to follow; any other can't have changed."""
    absolute: Callable[[int, str], str]
    """An import's level and module → the module's whole name."""
    given: Callable[[str], frozenset[str] | None]
    """The names that a star import of a module brings; None where they aren't known."""


def compiled(text: bytes) -> CodeType | None:
    """None where this Python can't compile it. Annotations are compiled as expressions, whatever the file says."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return compile(
                _FUTURE.sub(b"pass", text).decode(), "<file>", "exec", dont_inherit=True, optimize=0
            )
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None


def name_flow(code: CodeType, question: Question) -> NameFlow:
    """Twice: what functions assign to globals is known to all others only after the first time."""
    known: dict[str, Values] = {}
    for _ in range(2):
        flow = _Flow(question, known)
        flow.scope(code, "", {}, None)
        known = flow.all_globals()
    return flow.found


@dataclass
class _Event:
    """What one instruction does to the names that are followed."""

    kind: str
    variable: Variable
    values: Values = _NOTHING
    attributes: tuple[str, ...] = ()
    line: int = 0
    code: CodeType | None = None
    target: Variable | None = None
    """Of a copy: where what is loaded is stored at once."""


class _Flow:
    def __init__(self, question: Question, globals_before: Mapping[str, Values]) -> None:
        self.question, self.globals_before = question, globals_before
        self.found = NameFlow()
        self._globals: dict[str, set[Value]] = {}
        self._at_end: dict[str, Values] = {}

    def all_globals(self) -> dict[str, Values]:
        """What a function may find that is called once the module is loaded."""
        assigned = {name: frozenset(values) for name, values in self._globals.items()}
        return {
            name: self._at_end.get(name, _MISSING) | assigned.get(name, _NOTHING)
            for name in self.question.names
        }

    def scope(
        self, code: CodeType, place: str, cells: Mapping[str, Values], now: Mapping[str, Values] | None
    ) -> None:
        """`now`: what the globals are where the code runs at once, as a class body does; None for a function."""
        if not _mentions(code, self.question.names):
            return
        self.found.scopes.append(place)
        body = _Body(code, place, self.question)
        states = self._states(body, cells, now)
        shared = {**cells, **self._own_cells(body, states, cells, now)}
        inner = 0
        for block in body.blocks:
            state = dict(states.get(block.start, {}))
            for event in block.events:
                if event.kind == "code" and event.code is not None:
                    at_once = event.code.co_name in _AT_ONCE or not event.code.co_flags & _NEW_LOCALS
                    there = self._globals_at(body, state, now) if at_once else None
                    self.scope(event.code, f"{place}/{inner}", shared, there)
                    inner += 1
                    continue
                loaded = self._loaded(body, event.variable, state, shared, now)
                values = self._apply(body, event, state, shared, now)
                if event.kind == "load" or any(value[0] == "copied" for value in values):
                    read = Read(event.line, event.variable[1], *_resolved(loaded, event.attributes))
                    self.found.reads.setdefault(place, []).append(read)
                if event.kind in ("store", "copy"):
                    self._stored(body, event, values)
        if body.is_module:
            for variable, values in _at_exit(body, states, lambda e, s: self._apply(body, e, s, shared, now)):
                if variable[0] == "name":
                    name = variable[1]
                    self._at_end[name] = self._at_end.get(name, _NOTHING) | values

    def _stored(self, body: _Body, event: _Event, values: Values) -> None:
        kind, name = event.target or event.variable
        if kind == "global" and not body.is_module:
            self._globals.setdefault(name, set()).update(values)
        elif body.is_class and kind == "name":
            self.found.bound.setdefault(body.place, []).append(Bound(event.line, name, values))

    def _states(
        self, body: _Body, cells: Mapping[str, Values], now: Mapping[str, Values] | None
    ) -> dict[int, State]:
        """What each name can be at the start of each block."""
        states: dict[int, State] = {body.blocks[0].start: dict(body.at_start)} if body.blocks else {}
        waiting = [block.start for block in body.blocks[:1]]
        by_start = {block.start: block for block in body.blocks}
        while waiting:
            block = by_start[waiting.pop()]
            state = dict(states[block.start])
            anywhere = dict(state)
            for event in block.events:
                if event.kind != "code":
                    self._apply(body, event, state, cells, now)
                    _join(anywhere, state)
            arriving = [(start, state) for start in block.after]
            arriving += [(start, anywhere) for start in block.handlers]
            for start, coming in arriving:
                if start not in by_start:
                    continue
                if start not in states:
                    states[start] = dict(coming)
                    waiting.append(start)
                elif _join(states[start], coming):
                    waiting.append(start)
        return states

    def _own_cells(
        self,
        body: _Body,
        states: Mapping[int, State],
        cells: Mapping[str, Values],
        now: Mapping[str, Values] | None,
    ) -> dict[str, Values]:
        """What inner functions may find in the variables that they share with this code: all that is ever there."""
        mine = {name for name in body.code.co_cellvars if name in self.question.names}
        found: dict[str, Values] = {
            name: body.at_start[("cell", name)] - _MISSING for name in mine if ("cell", name) in body.at_start
        }
        for block in body.blocks:
            state = dict(states.get(block.start, {}))
            for event in block.events:
                if event.kind == "code":
                    continue
                values = self._apply(body, event, state, cells, now)
                kind, name = event.target or event.variable
                if event.kind in ("store", "copy") and kind == "cell" and name in mine:
                    found[name] = found.get(name, _NOTHING) | values
        return found

    def _apply(
        self,
        body: _Body,
        event: _Event,
        state: State,
        cells: Mapping[str, Values],
        now: Mapping[str, Values] | None,
    ) -> Values:
        if event.kind == "load":
            return self._loaded(body, event.variable, state, cells, now)
        if event.kind == "delete":
            state[event.variable] = _MISSING
            return _NOTHING
        if event.kind == "star":
            self._star(event, state)
            return _NOTHING
        values = event.values
        if event.kind == "copy":
            loaded = self._loaded(body, event.variable, state, cells, now)
            values, rest = _resolved(loaded, event.attributes)
            if rest:
                values = frozenset({("copied", body.place, ".".join(event.attributes))})
        kind, name = event.target or event.variable
        state[("name" if kind == "global" and body.is_module else kind, name)] = values
        return values

    def _star(self, event: _Event, state: State) -> None:
        module = event.variable[1]
        given = self.question.given(module)
        for name in self.question.names:
            if given is None:
                before = state.get(("name", name), _MISSING)
                state[("name", name)] = before | {("star", module, "")}
            elif name in given:
                state[("name", name)] = frozenset({("symbol", module, name)})

    def _loaded(
        self,
        body: _Body,
        variable: Variable,
        state: State,
        cells: Mapping[str, Values],
        now: Mapping[str, Values] | None,
    ) -> Values:
        kind, name = variable
        if kind == "fast":
            return state.get(variable, _MISSING)
        if kind == "cell":
            if variable in state and name in body.code.co_cellvars:
                return state[variable]
            return cells.get(name, frozenset({("outer", name, "")}))
        values = state.get(("name", name), _MISSING) if kind == "name" else _MISSING
        if UNBOUND not in values:
            return values
        values -= _MISSING
        if kind == "name" and body.is_module:
            return values | _builtin(name)
        if kind == "name" and name in cells and body.is_class:
            return values | cells[name]
        outside = self.globals_before.get(name, _MISSING) if now is None else now.get(name, _MISSING)
        if UNBOUND in outside:
            outside = (outside - _MISSING) | _builtin(name)
        return values | outside

    def _globals_at(
        self, body: _Body, state: State, now: Mapping[str, Values] | None
    ) -> Mapping[str, Values] | None:
        if body.is_module:
            return {name: values for (kind, name), values in state.items() if kind == "name"}
        return now


def _builtin(name: str) -> Values:
    return frozenset({("builtin", name, "")}) if name in _BUILTINS else _MISSING


_BUILTINS = frozenset(dir(__builtins__) if not isinstance(__builtins__, dict) else __builtins__)


def _resolved(values: Values, attributes: tuple[str, ...]) -> tuple[Values, tuple[str, ...]]:
    """A module's attribute is a symbol of it, however the module was reached."""
    while attributes and values and all(value[0] == "module" for value in values):
        values = frozenset(("symbol", value[1], attributes[0]) for value in values)
        attributes = attributes[1:]
    return values, attributes


def _join(state: State, coming: State) -> bool:
    changed = False
    for variable in state.keys() | coming.keys():
        here = state.get(variable, _MISSING)
        both = here | coming.get(variable, _MISSING)
        if both != here or variable not in state:
            state[variable] = both
            changed = changed or both != here
    return changed


def _at_exit(
    body: _Body, states: Mapping[int, State], apply: Callable[[_Event, State], Values]
) -> Iterator[tuple[Variable, Values]]:
    for block in body.blocks:
        if block.returns and block.start in states:
            state = dict(states[block.start])
            for event in block.events:
                if event.kind != "code":
                    apply(event, state)
            yield from state.items()


def _mentions(code: CodeType, names: frozenset[str]) -> bool:
    mine = (*code.co_names, *code.co_varnames, *code.co_cellvars, *code.co_freevars)
    if not names.isdisjoint(mine):
        return True
    return any(_mentions(const, names) for const in code.co_consts if isinstance(const, CodeType))


@dataclass
class _Block:
    start: int
    events: list[_Event] = field(default_factory=list)
    after: list[int] = field(default_factory=list)
    handlers: list[int] = field(default_factory=list)
    returns: bool = False


class _Body:
    """One code object, cut into blocks, with what each instruction does to the names that are followed."""

    def __init__(self, code: CodeType, place: str, question: Question) -> None:
        self.code, self.place, self.question = code, place, question
        self.is_module = place == ""
        self.is_class = not self.is_module and not code.co_flags & _NEW_LOCALS
        self.at_start = self._parameters()
        self._stored = 0
        self.blocks = self._cut()

    def _parameters(self) -> State:
        code = self.code
        count = code.co_argcount + code.co_kwonlyargcount
        count += bool(code.co_flags & 0x4) + bool(code.co_flags & 0x8)
        found: State = {}
        for number, name in enumerate(code.co_varnames):
            if name in self.question.names:
                value: Value = ("parameter", self.place, str(number)) if number < count else UNBOUND
                found[("fast", name)] = frozenset({value})
        for name in code.co_cellvars:
            if name in self.question.names:
                given = found.get(("fast", name), _MISSING)
                found[("cell", name)] = given
        return found

    def _cut(self) -> list[_Block]:
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
        blocks: list[_Block] = []
        events = self._events(instructions)
        for index, one in enumerate(instructions):
            if not blocks or one.offset in starts:
                blocks.append(_Block(one.offset))
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

    def _events(self, instructions: list[dis.Instruction]) -> dict[int, list[_Event]]:
        found: dict[int, list[_Event]] = {}
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
                found[index] = [_Event("star", ("name", module), line=_line(one))]
                pending = None
            elif isinstance(one.argval, CodeType):
                found[index] = [_Event("code", ("", ""), code=one.argval)]
            elif index > skip and (kind := _kind(name)):
                found[index], pending, skip = self._name_events(instructions, index, kind, pending)
        return {index: events for index, events in found.items() if events}

    def _name_events(
        self, instructions: list[dis.Instruction], index: int, kind: tuple[str, str], pending: Value | None
    ) -> tuple[list[_Event], Value | None, int]:
        """What an instruction does, what of an import is still to be stored, and the last one that is read already."""
        one = instructions[index]
        does, where = kind
        names = one.argval if isinstance(one.argval, tuple) else (one.argval,)
        events: list[_Event] = []
        skip = -1
        for position, (act, name) in enumerate(zip(_acts(one.opname, does), names, strict=False)):
            variable = (where, name)
            if act == "load":
                last = position == len(names) - 1
                attributes, end = _chain(instructions, index + 1) if last else ((), index + 1)
                target = _plain_store(instructions, end) if last else None
                if target and target[1] in self.question.names and name in self.question.names:
                    events.append(_Event("copy", variable, _NOTHING, attributes, _line(one), target=target))
                    skip = end
                elif name in self.question.names:
                    events.append(_Event("load", variable, _NOTHING, attributes, _line(one)))
            elif act == "store":
                if name in self.question.names:
                    events.append(
                        _Event("store", variable, frozenset({self._value(pending)}), line=_line(one))
                    )
                pending = None
            elif name in self.question.names:
                events.append(_Event("delete", variable))
        return events, pending, skip

    def _value(self, pending: Value | None) -> Value:
        if pending is not None:
            return pending
        self._stored += 1
        return ("stored", self.place, str(self._stored))


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
