"""What replaces what: the types that plans, codemods and reports share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Style = Literal["as", "alias", "rename"]
PublicNames = Literal["keep", "drop"]
Retirement = Literal["redirect", "removed"]


@dataclass(frozen=True)
class Symbol:
    """`module:name`, or a whole module where `name` is None."""

    module: str
    name: str | None = None

    def __str__(self) -> str:
        return f"{self.module}:{self.name}" if self.name else self.module

    @property
    def dotted(self) -> str:
        return f"{self.module}.{self.name}" if self.name else self.module


@dataclass(frozen=True)
class ArgumentChange:
    """What becomes of one argument of a call."""

    to: str = ""
    """Another name."""
    remove: bool = False
    add: str = ""
    """A literal that is passed where a call doesn't pass the argument."""
    position: int = 0
    """Its place among the positional arguments, from 1."""
    keyword: bool = False
    """Passed by its name from now on."""

    @property
    def is_renaming_only(self) -> bool:
        return self == ArgumentChange(self.to)


@dataclass(frozen=True)
class CallChange:
    """How calls of the old symbol become calls of the new one."""

    to: str = ""
    """What is called instead: `New`, `New.method`, a function beside it, or `package.module:name`; empty for `new`."""
    arguments: Mapping[str, ArgumentChange] = field(default_factory=dict)
    is_async: bool | None = None
    """Whether it is `async def`, where that can't be read."""


def renamed_arguments(**names: str) -> dict[str, ArgumentChange]:
    return {old: ArgumentChange(new) for old, new in names.items()}


@dataclass(frozen=True)
class Replacement:
    old: Symbol
    new: Symbol
    style: Style = "as"
    calls: CallChange | None = None


def replaced(replace: Iterable[Replacement]) -> tuple[Replacement, ...]:
    return tuple(one for one in replace if one.old != one.new)


def staying(replace: Iterable[Replacement]) -> tuple[Replacement, ...]:
    return tuple(one for one in replace if one.old == one.new)


def modules_of(replace: Iterable[Replacement]) -> frozenset[str]:
    """The old and the new modules of a migration."""
    return frozenset(symbol.module for rule in replace for symbol in (rule.old, rule.new))


@dataclass(frozen=True)
class RetiredModule:
    module: str
    to: Retirement


@dataclass(frozen=True)
class CustomCodemod:
    """A LibCST codemod of the operator's, by the name of its entry point."""

    name: str
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Rules:
    """Everything that one run of the rewriting has to do."""

    replace: tuple[Replacement, ...] = ()
    strings: bool = False
    docs: bool = False
    history: bool = False
    """Whether changelogs, migration guides and texts about a deprecation are documentation like any other."""
    settle: bool = False
    retire: tuple[RetiredModule, ...] = ()
    codemods: tuple[CustomCodemod, ...] = ()
    roots: tuple[str, ...] | None = None
    staying: tuple[Replacement, ...] = ()
    """Symbols that stay, whose calls change."""
    public: PublicNames = "keep"
    """Whether an old name that a package's `__init__` or an `__all__` offers stays importable from there."""
    format: Literal["auto", "off"] = "auto"
    """auto: imports are written as the repository's own linters want them."""
    ending: frozenset[str] = frozenset()
    """The modules that some phase of the plan retires."""

    @property
    def symbols(self) -> tuple[Replacement, ...]:
        """All that names a symbol, whether it is replaced or stays."""
        return (*self.replace, *self.staying)
