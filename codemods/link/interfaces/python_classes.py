"""Python's own classes on which others are built: what they offer is read off the running Python."""

from __future__ import annotations

import importlib
from collections.abc import Iterator

MODULES = ("builtins", "abc", "collections", "collections.abc", "contextlib", "datetime", "enum", "typing")
"""Those whose objects have nothing but what their classes say."""
WITH_ATTRIBUTES = frozenset({"UserDict", "UserList", "UserString"})


def python_class(module: str, name: str) -> type | None:
    if module not in MODULES or name in WITH_ATTRIBUTES:
        return None
    found = getattr(importlib.import_module(module), name, None)
    found = getattr(found, "__origin__", found) if module == "typing" else found
    if name == "NamedTuple" and module == "typing":
        return tuple
    return found if isinstance(found, type) else None


def members_of(one: type) -> Iterator[tuple[str, object]]:
    """Without what every object has."""
    for owner in one.__mro__[:-1]:
        yield from vars(owner).items()


def members_of_metaclass(one: type) -> frozenset[str]:
    """Without what every class has."""
    return frozenset(name for owner in type.mro(type(one)) for name in vars(owner)) - set(dir(type))
