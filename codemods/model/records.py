"""Frozen dataclasses that are quick to load.

`dataclass(frozen=True)` compiles six methods for each class, which was half of the time that a command took to start.
Here that is one, and the others are shared. Assignments to fields are left to the type checker to find.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, Field, dataclass, field, fields
from operator import attrgetter
from typing import Any, TypeVar, dataclass_transform

Class = TypeVar("Class", bound=type)


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def record(cls: Class) -> Class:
    """As `dataclass(frozen=True)`: compared and hashed by what is in the fields."""
    cls.__doc__ = cls.__doc__ or cls.__name__  # else dataclass inspects the signature to write it there
    made: Any = dataclass(init=False, repr=False, eq=False)(cls)
    made.__init__ = initializing(made.__qualname__, fields(made))
    made.__repr__ = representation
    compared = [one for one in fields(made) if one.compare]
    made.__eq__ = equality(*(one.name for one in compared))
    made.__hash__ = hashing(*(one.name for one in compared if one.hash is not False))
    return cls


def initializing(name: str, of: tuple[Field[Any], ...]) -> Callable[..., None]:
    """An `__init__` as `dataclass` writes it, which takes twice the time for it."""
    known: dict[str, Any] = {"MISSING": MISSING}
    parameters, lines = ["self"], []
    for one in of:
        given = one.name
        if one.default is not MISSING:
            known[f"default_of_{given}"] = one.default
            parameters.append(f"{given}=default_of_{given}")
        elif one.default_factory is not MISSING:
            known[f"default_of_{given}"] = one.default_factory
            parameters.append(f"{given}=MISSING")
            lines.append(f"if {given} is MISSING: {given} = default_of_{given}()")
        else:
            parameters.append(given)
        lines.append(f"self.{given} = {given}")
    body = "\n ".join(lines or ["pass"])
    exec(f"def __init__({', '.join(parameters)}):\n {body}", known)
    method: Callable[..., None] = known["__init__"]
    method.__qualname__ = f"{name}.__init__"
    return method


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
