"""Typed access to the fields of a request's body."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

from sandbox.access.refusals import Refusal, unprocessable
from sandbox.model.json import Json

C = TypeVar("C", bound=str)


@dataclass
class BodyFields:
    body: Json

    def has(self, name: str) -> bool:
        return self.body.get(name) is not None

    def text(self, name: str) -> str:
        value = self.optional(name)
        if value is None:
            raise unprocessable(f'Invalid request.\n\n"{name}" wasn\'t supplied.')
        return value

    def optional(self, name: str) -> str | None:
        value = self.body.get(name)
        if value is None or isinstance(value, str):
            return value
        raise _wrong(name, value, "a string")

    def choice(self, name: str, choices: tuple[C, ...], default: C | None = None) -> C:
        """Return one of the allowed values."""
        value = self.optional(name)
        if value is None and default is not None:
            return default
        for choice in choices:
            if value == choice:
                return choice
        raise _wrong(name, value, f"one of {', '.join(choices)}")

    def flag(self, name: str, default: bool = False) -> bool:
        value = self.body.get(name, default)
        if isinstance(value, bool):
            return value
        raise _wrong(name, value, "a boolean")

    def part(self, name: str) -> BodyFields:
        """Return a nested object, empty if null or absent."""
        value = self.body.get(name)
        if value is None or isinstance(value, dict):
            return BodyFields(value or {})
        raise _wrong(name, value, "an object")

    def parts(self, name: str) -> list[BodyFields]:
        value = self.body.get(name) or []
        if isinstance(value, list) and all(isinstance(one, dict) for one in value):
            return [BodyFields(one) for one in value]
        raise _wrong(name, value, "an array of objects")

    def integer(self, name: str) -> int:
        value = self.optional_integer(name)
        if value is None:
            raise unprocessable(f'Invalid request.\n\n"{name}" wasn\'t supplied.')
        return value

    def optional_integer(self, name: str) -> int | None:
        value = self.body.get(name)
        if value is None or (isinstance(value, int) and not isinstance(value, bool)):
            return value
        raise _wrong(name, value, "an integer")

    def texts(self, name: str) -> list[str]:
        value = self.body.get(name) or []
        if isinstance(value, list) and all(isinstance(one, str) for one in value):
            return value
        raise _wrong(name, value, "an array of strings")


def _wrong(name: str, value: Any, wanted: str) -> Refusal:
    return unprocessable(f"Invalid request.\n\nFor 'properties/{name}', {value!r} is not {wanted}.")
