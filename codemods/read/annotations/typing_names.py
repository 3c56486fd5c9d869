"""Where strings hold types: in which brackets and calls, and where they only look so."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping

from codemods.model.patterns import lazy_pattern

GENERICS = frozenset(
    """
    AbstractAsyncContextManager AbstractContextManager Annotated AsyncContextManager AsyncGenerator AsyncIterable
    AsyncIterator Awaitable Callable ChainMap ClassVar Collection Concatenate Container ContextManager Coroutine
    Counter DefaultDict Deque Dict Final FrozenSet Generator Generic InitVar ItemsView Iterable Iterator KeysView List
    Mapping MappingProxyType MutableMapping MutableSequence MutableSet NotRequired Optional OrderedDict PathLike
    Pattern Protocol ReadOnly Required Reversible Sequence Set Tuple Type TypeGuard TypeIs Union Unpack ValuesView
    defaultdict deque dict frozenset list set tuple type
    """.split()  # noqa: SIM905
)
"""Whose brackets hold types, of whatever module."""
RENAMED = lazy_pattern(
    rb"\b(Literal|Annotated)[ \t]+as[ \t]+(\w+)|^(\w+)[ \t]*=[ \t]*(?:\w+\.)?(Literal|Annotated)[ \t]*$", re.M
)
SHAPES = lazy_pattern(
    rb"^[ \t]*(?:from[ \t]+(?:jaxtyping|torchtyping|nptyping)\b[\w.]*[ \t]+import[ \t]+(\([^)]*\)|.*)"
    rb"|import[ \t]+((?:jaxtyping|torchtyping|nptyping)\b.*))",
    re.M,
)
"""Libraries whose types take the names of an array's dimensions."""


def names_of_typing(text: bytes) -> dict[str, str]:
    """What `Literal` and `Annotated` are called under other names, and what else holds values like `Literal`."""
    found: dict[str, str] = {}
    if b"Literal" in text or b"Annotated" in text:
        for kind, name, other_name, other_kind in RENAMED.findall(text):
            found[(name or other_name).decode()] = (kind or other_kind).decode()
    if any(library in text for library in (b"jaxtyping", b"torchtyping", b"nptyping")):
        for names, modules in SHAPES.findall(text):
            for part in re.sub(rb"[()]|#.*", b"", names or modules).split(b","):
                found[part.split(b" as ")[-1].strip().decode()] = "Literal"
    return found


TAKES_QUOTED_TYPES: Mapping[str, tuple[slice, tuple[str, ...]]] = {
    "cast": (slice(1), ("typ",)),
    "ForwardRef": (slice(1), ("arg",)),
    "assert_type": (slice(1, 2), ("typ",)),
    "TypeVar": (slice(1, None), ("bound", "default")),
    "ParamSpec": (slice(1, None), ("default",)),
    "NewType": (slice(1, None), ("tp",)),
    "TypeAliasType": (slice(1, None), ("value",)),
    "NamedTuple": (slice(1, 2), ("fields",)),
    "TypedDict": (slice(1, 2), ("fields",)),
    "make_dataclass": (slice(1, 2), ("fields",)),
}
"""Functions that take types, as strings or with some in them: the arguments, by position and by keyword."""
OF_FIELDS = ("NamedTuple", "TypedDict", "make_dataclass")


def types_in_call(name: str, call: ast.Call) -> Iterator[ast.expr]:
    positions, keywords = TAKES_QUOTED_TYPES[name]
    values = [*call.args[positions], *(one.value for one in call.keywords if one.arg in keywords)]
    for value in values:
        if name in OF_FIELDS:
            yield from types_of_fields(value)
        else:
            yield value


def types_of_fields(fields: ast.expr) -> Iterator[ast.expr]:
    """The types in `NamedTuple("X", [("a", T)])` and `TypedDict("X", {"a": T})`."""
    if isinstance(fields, ast.Dict):
        yield from fields.values
    for element in fields.elts if isinstance(fields, (ast.List, ast.Tuple)) else ():
        if isinstance(element, ast.Tuple) and len(element.elts) >= 2:
            yield element.elts[1]


def elements(brackets: ast.expr) -> Iterator[ast.expr]:
    """What stands in the brackets, in those of `Callable[[A, B], C]` as well."""
    for element in brackets.elts if isinstance(brackets, ast.Tuple) else (brackets,):
        yield from element.elts if isinstance(element, ast.List) else (element,)
