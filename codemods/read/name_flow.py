"""What each name in a file can stand for where it is read, by CPython's own compiler.

A second opinion: nothing here shares code with the walk over syntax trees that decides what to rewrite. The compiled
code is read instruction by instruction, with every jump and every exception handler, and what a name was bound to is
carried along: an import, a parameter, or some other statement, each by its place.
"""

import builtins
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import CodeType
from typing import NamedTuple

from codemods.read.bytecode import (
    MISSING,
    NEW_LOCALS,
    NOTHING,
    UNBOUND,
    CodeBody,
    NameEvent,
    NameQuery,
    State,
    Value,
    Values,
    Variable,
    variables_of,
)
from codemods.read.instructions import GLOBAL_STORES, CodePoint

_AT_ONCE = frozenset({"<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>"})
_BINDING = frozenset({"store", "copy", "delete", "star"})
_BUILTINS = frozenset(dir(builtins))


class NameRead(NamedTuple):
    """A name that is read, with the attributes behind it."""

    point: CodePoint
    name: str
    values: Values
    attributes: tuple[str, ...]

    @property
    def line(self) -> int:
        return self.point.line


class ClassBinding(NamedTuple):
    """A name that a class body binds, which its users see."""

    point: CodePoint
    name: str
    values: Values

    @property
    def line(self) -> int:
        return self.point.line


@dataclass
class NameFlow:
    """By a scope's place in the file: what it reads, and, for a class, what it binds. In the order of the code."""

    reads: dict[str, list[NameRead]] = field(default_factory=dict)
    bound: dict[str, list[ClassBinding]] = field(default_factory=dict)
    scopes: list[str] = field(default_factory=list)


def name_flow(code: CodeType, question: NameQuery) -> NameFlow:
    """The module's own code first: what it and functions leave in the globals, all other code may find."""
    shared = _SharedReading(question)
    shared.note_mentions(code)
    first = _Flow(shared, None)
    first.scope(code, "", {}, None)
    flow = _Flow(shared, first.all_globals())
    flow.scope(code, "", {}, None)
    return flow.found


@dataclass
class _SharedReading:
    """What is read of the code once."""

    question: NameQuery
    bodies: dict[tuple[str, int], CodeBody] = field(default_factory=dict)
    module_states: dict[int, State] = field(default_factory=dict)
    mentioning: set[int] = field(default_factory=set)
    assigning: set[int] = field(default_factory=set)

    def body(self, code: CodeType, place: str) -> CodeBody:
        key = (place, id(code))
        if key not in self.bodies:
            self.bodies[key] = CodeBody(code, place, self.question, self.mentioning)
        return self.bodies[key]

    def note_mentions(self, code: CodeType) -> bool:
        """Which code holds one of the names, itself or in code within it; and which of that may assign globals."""
        names = self.question.names
        holds = not (names.isdisjoint(code.co_names) and names.isdisjoint(variables_of(code)))
        assigns = False
        for inner in code.co_consts:
            if isinstance(inner, CodeType) and self.note_mentions(inner):
                holds = True
                assigns = assigns or id(inner) in self.assigning
        if holds:
            self.mentioning.add(id(code))
            if assigns or _assigns_globals(code):
                self.assigning.add(id(code))
        return holds


def _assigns_globals(code: CodeType) -> bool:
    binary = code.co_code
    return any(op in binary for op in GLOBAL_STORES) and any(op in binary[::2] for op in GLOBAL_STORES)


class _Flow:
    """`globals_before`: None in the first round, which only asks for what code leaves in the globals."""

    def __init__(self, shared: _SharedReading, globals_before: Mapping[str, Values] | None) -> None:
        self.shared, self.question = shared, shared.question
        self.only_globals, self.globals_before = globals_before is None, globals_before or {}
        self.found = NameFlow()
        self._globals: dict[str, set[Value]] = {}
        self._at_end: dict[str, Values] = {}

    def all_globals(self) -> dict[str, Values]:
        """What a function may find that is called once the module is loaded."""
        assigned = {name: frozenset(values) for name, values in self._globals.items()}
        return {
            name: self._at_end.get(name, MISSING) | assigned.get(name, NOTHING)
            for name in self.question.names
        }

    def scope(
        self, code: CodeType, place: str, cells: Mapping[str, Values], now: Mapping[str, Values] | None
    ) -> None:
        """`now`: what the globals are where the code runs at once, as a class body does; None for a function."""
        self.found.scopes.append(place)
        body = self.shared.body(code, place)
        states = self._states(body, cells, now)
        shared = {**cells, **self._own_cells(body, states, cells, now)}
        inner = 0
        for block in body.blocks if self._is_read(code) else ():
            state = dict(states.get(block.start, {}))
            for event in block.events:
                if event.code is not None:
                    self._inner(event.code, body, inner, state, shared, now)
                    inner += 1
                    continue
                loaded = self._load(body, event.variable, state, shared, now)
                values = self._apply(body, event, state, shared, now)
                if event.kind == "load" or any(value[0] == "copied" for value in values):
                    read = NameRead(
                        CodePoint(code, event.offset),
                        event.variable[1],
                        *_resolve_attributes(loaded, event.attributes),
                    )
                    self.found.reads.setdefault(place, []).append(read)
                if event.kind in ("store", "copy"):
                    self._store(body, event, values)
        if body.is_module and self.only_globals:
            for variable, values in _at_exit(body, states, lambda e, s: self._apply(body, e, s, shared, now)):
                if variable[0] == "name":
                    name = variable[1]
                    self._at_end[name] = self._at_end.get(name, NOTHING) | values

    def _inner(
        self,
        code: CodeType,
        body: CodeBody,
        number: int,
        state: State,
        cells: Mapping[str, Values],
        now: Mapping[str, Values] | None,
    ) -> None:
        """Code within code: a class body and a comprehension run at once."""
        if not self._is_read(code):
            return
        name = code.co_name
        at_once = name in _AT_ONCE or not code.co_flags & NEW_LOCALS
        there = self._globals_at(body, state, now) if at_once else None
        followed = name in self.question.names
        self.scope(code, f"{body.place}/{number}{'' if followed else name}", cells, there)

    def _is_read(self, code: CodeType) -> bool:
        return not self.only_globals or id(code) in self.shared.assigning

    def _store(self, body: CodeBody, event: NameEvent, values: Values) -> None:
        kind, name = event.target or event.variable
        if kind == "global" and not body.is_module:
            self._globals.setdefault(name, set()).update(values)
        elif body.is_class and kind == "name":
            self.found.bound.setdefault(body.place, []).append(
                ClassBinding(CodePoint(body.code, event.offset), name, values)
            )

    def _states(
        self, body: CodeBody, cells: Mapping[str, Values], now: Mapping[str, Values] | None
    ) -> dict[int, State]:
        """What each name can be at the start of each block: in a module the same in both rounds."""
        if body.is_module and self.shared.module_states:
            return self.shared.module_states
        states: dict[int, State] = {body.blocks[0].start: dict(body.at_start)} if body.blocks else {}
        waiting = [block.start for block in body.blocks[:1]]
        by_start = {block.start: block for block in body.blocks}
        while waiting:
            block = by_start[waiting.pop()]
            state = dict(states[block.start])
            anywhere = dict(state)
            for event in block.events:
                if event.kind in _BINDING:
                    self._apply(body, event, state, cells, now)
                    if block.handlers:
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
        if body.is_module:
            self.shared.module_states = states
        return states

    def _own_cells(
        self,
        body: CodeBody,
        states: Mapping[int, State],
        cells: Mapping[str, Values],
        now: Mapping[str, Values] | None,
    ) -> dict[str, Values]:
        """What inner functions may find in the variables that they share with this code: all that is ever there."""
        mine = {name for name in body.code.co_cellvars if name in self.question.names}
        if not mine:
            return {}
        found: dict[str, Values] = {
            name: body.at_start[("cell", name)] - MISSING for name in mine if ("cell", name) in body.at_start
        }
        for block in body.blocks:
            state = dict(states.get(block.start, {}))
            for event in block.events:
                if event.kind not in _BINDING:
                    continue
                values = self._apply(body, event, state, cells, now)
                kind, name = event.target or event.variable
                if event.kind in ("store", "copy") and kind == "cell" and name in mine:
                    found[name] = found.get(name, NOTHING) | values
        return found

    def _apply(
        self,
        body: CodeBody,
        event: NameEvent,
        state: State,
        cells: Mapping[str, Values],
        now: Mapping[str, Values] | None,
    ) -> Values:
        if event.kind == "load":
            return self._load(body, event.variable, state, cells, now)
        if event.kind == "delete":
            state[event.variable] = MISSING
            return NOTHING
        if event.kind == "star":
            self._star(event, state)
            return NOTHING
        values = event.values
        if event.kind == "copy":
            loaded = self._load(body, event.variable, state, cells, now)
            values, rest = _resolve_attributes(loaded, event.attributes)
            if rest:
                values = _below(values, rest) or frozenset(
                    {("copied", body.place, ".".join(event.attributes))}
                )
        kind, name = event.target or event.variable
        state[("name" if kind == "global" and body.is_module else kind, name)] = values
        return values

    def _star(self, event: NameEvent, state: State) -> None:
        module = event.variable[1]
        given = self.question.given(module)
        for name in self.question.names:
            if given is None:
                before = state.get(("name", name), MISSING)
                state[("name", name)] = before | {("star", module, "")}
            elif name in given:
                state[("name", name)] = frozenset({("symbol", module, name)})

    def _load(
        self,
        body: CodeBody,
        variable: Variable,
        state: State,
        cells: Mapping[str, Values],
        now: Mapping[str, Values] | None,
    ) -> Values:
        kind, name = variable
        if kind == "fast":
            return state.get(variable, MISSING)
        if kind == "cell":
            if variable in state and name in body.code.co_cellvars:
                return state[variable]
            return cells.get(name, frozenset({("outer", name, "")}))
        values = state.get(("name", name), MISSING) if kind == "name" else MISSING
        if UNBOUND not in values:
            return values
        values -= MISSING
        if kind == "name" and body.is_module:
            return values | _builtin(name)
        if kind == "name" and name in cells and name in body.code.co_freevars:
            return values | cells[name]
        outside = self.globals_before.get(name, MISSING) if now is None else now.get(name, MISSING)
        if UNBOUND in outside:
            outside = (outside - MISSING) | _builtin(name)
        return values | outside

    def _globals_at(
        self, body: CodeBody, state: State, now: Mapping[str, Values] | None
    ) -> Mapping[str, Values] | None:
        if body.is_module:
            return {name: values for (kind, name), values in state.items() if kind == "name"}
        return now


def _builtin(name: str) -> Values:
    return frozenset({("builtin", name, "")}) if name in _BUILTINS else MISSING


def _resolve_attributes(values: Values, attributes: tuple[str, ...]) -> tuple[Values, tuple[str, ...]]:
    """A module's attribute is a symbol of it, however the module was reached."""
    while attributes and values and all(value[0] == "module" for value in values):
        values = frozenset(("symbol", value[1], attributes[0]) for value in values)
        attributes = attributes[1:]
    return values, attributes


def _below(values: Values, attributes: tuple[str, ...]) -> Values:
    """What has its own dotted name: the symbol of a module below a package, an attribute of a symbol."""
    if any(value[0] != "symbol" for value in values):
        return NOTHING
    rest = ".".join(attributes)
    return frozenset(("symbol", f"{module}.{name}", rest) for _, module, name in values)


def _join(state: State, coming: State) -> bool:
    changed = False
    for variable in state.keys() | coming.keys():
        here = state.get(variable, MISSING)
        both = here | coming.get(variable, MISSING)
        if both != here or variable not in state:
            state[variable] = both
            changed = changed or both != here
    return changed


def _at_exit(
    body: CodeBody, states: Mapping[int, State], apply: Callable[[NameEvent, State], Values]
) -> Iterator[tuple[Variable, Values]]:
    for block in body.blocks:
        if block.returns and block.start in states:
            state = dict(states[block.start])
            for event in block.events:
                if event.kind in _BINDING:
                    apply(event, state)
            yield from state.items()
