"""Frozen dataclasses that are quick to load.

`dataclass(frozen=True)` compiles six methods for each class, which was half of the time that a command took to start.
Here that is one, and the others are shared. Assignments to fields are left to the type checker to find.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from operator import attrgetter
from typing import Any, TypeVar, dataclass_transform

Class = TypeVar("Class", bound=type)


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def record(cls: Class) -> Class:
    """As `dataclass(frozen=True)`: compared and hashed by what is in the fields."""
    cls.__doc__ = cls.__doc__ or cls.__name__  # else dataclass inspects the signature to write it there
    made: Any = dataclass(repr=False, eq=False)(cls)
    made.__repr__ = representation
    compared = [one for one in fields(made) if one.compare]
    made.__eq__ = equality(*(one.name for one in compared))
    made.__hash__ = hashing(*(one.name for one in compared if one.hash is not False))
    return cls


def representation(self: Any) -> str:
    values = (f"{one.name}={getattr(self, one.name)!r}" for one in fields(self))
    return f"{type(self).__qualname__}({', '.join(values)})"


def equality(*names: str) -> Callable[[Any, object], bool]:
    value_of = attrgetter("__class__", *names)

    def equal(self: Any, other: object) -> bool:
        same_class: bool = other.__class__ is self.__class__
        return value_of(self) == value_of(other) if same_class else NotImplemented

    return equal


def hashing(*names: str) -> Callable[[Any], int]:
    value_of = attrgetter("__class__", *names)
    return lambda self: hash(value_of(self))
