"""What a type checker says of an expression: the classes that it may be of."""

from __future__ import annotations

from typing import Literal, NamedTuple

PartKind = Literal["class", "any", "none", "variable", "module", "other"]
LIBRARY = "library:"


class TypePart(NamedTuple):
    """One of the types of a union, or the only one."""

    kind: PartKind
    name: str = ""
    path: str = ""
    """The file that defines it; or `library:` and the module, for what is not in the tree."""
    line: int = 0
    """Of its name in that file, from 1."""
    is_class: bool = False
    """The class itself, not one of its instances."""


ANY = TypePart("any")
Type = tuple[TypePart, ...]
UNKNOWN_TYPE: Type = (ANY,)
