"""A parser for the part of GraphQL that the bot uses: operations, fields, arguments and inline fragments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sandbox.model.json import Json


@dataclass(frozen=True)
class SelectedField:
    name: str
    alias: str
    arguments: Json = field(default_factory=dict)
    selection: tuple[SelectedField, ...] = ()
    on: str | None = None
    """The type of the inline fragment around it."""


_TOKEN = re.compile(r'\s*(?:#[^\n]*\n\s*)*,*\s*(\.\.\.|[{}()\[\]:!=$]|"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?|\w+)')


class QueryParser:
    def __init__(self, text: str, variables: Json) -> None:
        self._tokens = [match[1] for match in _TOKEN.finditer(text)]
        self._at = 0
        self._variables = variables

    def operation(self) -> tuple[str, tuple[SelectedField, ...]]:
        kind = "query"
        if self._peek() != "{":
            kind = self._next()
            while self._peek() != "{":
                self._skip()
        return kind, self.selection()

    def _skip(self) -> None:
        """Skip the name and the variable declarations of an operation."""
        if self._next() == "(":
            while self._next() != ")":
                pass

    def selection(self) -> tuple[SelectedField, ...]:
        self._expect("{")
        fields: list[SelectedField] = []
        while self._peek() != "}":
            fields += self._field()
        self._next()
        return tuple(fields)

    def _field(self) -> Iterator[SelectedField]:
        name = self._next()
        if name == "...":
            self._expect("on")
            on = self._next()
            yield from (
                SelectedField(f.name, f.alias, f.arguments, f.selection, on) for f in self.selection()
            )
            return
        alias = name
        if self._peek() == ":":
            self._next()
            name = self._next()
        arguments = self._arguments() if self._peek() == "(" else {}
        selection = self.selection() if self._peek() == "{" else ()
        yield SelectedField(name, alias, arguments, selection)

    def _arguments(self) -> Json:
        self._expect("(")
        return self._pairs(")")

    def _pairs(self, end: str) -> Json:
        out: Json = {}
        while self._peek() != end:
            name = self._next()
            self._expect(":")
            out[name] = self._value()
        self._next()
        return out

    def _value(self) -> Any:
        token = self._next()
        if token == "$":
            return self._variables.get(self._next())
        if token == "{":
            return self._pairs("}")
        if token == "[":
            items = []
            while self._peek() != "]":
                items.append(self._value())
            self._next()
            return items
        if token.startswith('"'):
            return token[1:-1].encode().decode("unicode_escape")
        if token in _WORDS:
            return _WORDS[token]
        return int(token) if token.lstrip("-").isdigit() else token

    def _peek(self) -> str:
        if self._at >= len(self._tokens):
            raise GraphQLError("Parse error: unexpected end of document")
        return self._tokens[self._at]

    def _next(self) -> str:
        token = self._peek()
        self._at += 1
        return token

    def _expect(self, token: str) -> None:
        found = self._next()
        if found != token:
            raise GraphQLError(f"Parse error: expected {token!r}, found {found!r}")


_WORDS = {"true": True, "false": False, "null": None}


class GraphQLError(Exception):
    """An entry of `errors` in the answer."""

    def __init__(self, message: str, kind: str | None = None) -> None:
        super().__init__(message)
        self.kind = kind
