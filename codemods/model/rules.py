"""What replaces what: the types that plans, codemods and reports share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from typing import Any, Literal

from codemods.model.records import record

Style = Literal["as", "alias", "rename"]
PublicNames = Literal["keep", "drop"]
Retirement = Literal["redirect", "removed"]


@record
class Symbol:
    """`module:name`, or a whole module where `name` is None."""

    module: str
    name: str | None = None

    def __str__(self) -> str:
        return f"{self.module}:{self.name}" if self.name else self.module

    @property
    def dotted(self) -> str:
        return f"{self.module}.{self.name}" if self.name else self.module


@record
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


@record
class CallChange:
    """How calls of the old symbol become calls of the new one."""

    to: str = ""
    """What is called instead: `New`, `New.method`, a function beside it, or `package.module:name`; empty for `new`."""
    arguments: Mapping[str, ArgumentChange] = field(default_factory=dict, hash=False)
    is_async: bool | None = None
    """Whether it is `async def`, where that can't be read."""


def renamed_arguments(**names: str) -> dict[str, ArgumentChange]:
    return {old: ArgumentChange(new) for old, new in names.items()}


@record
class RenamedMember:
    """What becomes of a member of a class that another one replaces."""

    to: str = ""
    """Another name."""
    arguments: Mapping[str, ArgumentChange] = field(default_factory=dict, hash=False)


@record
class Replacement:
    old: Symbol
    new: Symbol
    style: Style = "as"
    calls: CallChange | None = None
    members: Mapping[str, RenamedMember] = field(default_factory=dict, hash=False)

    @property
    def is_of_member(self) -> bool:
        """`module:Class.member`."""
        return "." in (self.old.name or "")

    @property
    def stays(self) -> bool:
        """Whether only its calls change."""
        return self.old == self.new


@record
class MemberChange:
    """A member of a class, and of all that is built on it, that has another name or takes other arguments."""

    owner: Symbol
    old: str
    new: str
    calls: CallChange | None = None
    new_owner: Symbol | None = None
    """The class that replaces the owner, whose values have the new member."""

    def __str__(self) -> str:
        return f"{self.owner}.{self.old}"


def resolve_chains(replace: Iterable[Replacement]) -> tuple[Replacement, ...]:
    return tuple(one for one in replace if one.old != one.new and not one.is_of_member)


def staying(replace: Iterable[Replacement]) -> tuple[Replacement, ...]:
    return tuple(one for one in replace if one.old == one.new and not one.is_of_member)


def member_changes(replace: Iterable[Replacement]) -> tuple[MemberChange, ...]:
    """Of classes that stay, and of classes that others replace."""
    changes: list[MemberChange] = []
    for one in replace:
        if one.is_of_member:
            owner, _, old = (one.old.name or "").partition(".")
            new = (one.new.name or "").partition(".")[2]
            changes.append(MemberChange(Symbol(one.old.module, owner), old, new, one.calls))
        for old, member in one.members.items():
            calls = CallChange(arguments=member.arguments) if member.arguments else None
            changes.append(MemberChange(one.old, old, member.to or old, calls, one.new))
    return tuple(changes)


def replacement_of_member(rule: MemberChange) -> Replacement:
    """As text names it: `module:Class.member`."""
    owner = rule.new_owner or rule.owner
    old = Symbol(rule.owner.module, f"{rule.owner.name}.{rule.old}")
    return Replacement(old, Symbol(owner.module, f"{owner.name}.{rule.new}"))


def modules_of(replace: Iterable[Replacement]) -> frozenset[str]:
    """The old and the new modules of a migration."""
    return frozenset(symbol.module for rule in replace for symbol in (rule.old, rule.new))


@record
class RetiredModule:
    module: str
    to: Retirement


@record
class CustomCodemod:
    """A LibCST codemod of the operator's, by the name of its entry point."""

    name: str
    options: Mapping[str, Any] = field(default_factory=dict)


@record
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
    members: tuple[MemberChange, ...] = ()
    public: PublicNames = "keep"
    """Whether an old name that a package's `__init__` or an `__all__` offers stays importable from there."""
    format: Literal["auto", "off"] = "auto"
    """auto: imports are written as the repository's own linters want them."""
    ending: frozenset[str] = frozenset()
    """The modules that some phase of the plan retires."""

    @classmethod
    def of(cls, replacements: Iterable[Replacement], **options: Any) -> Rules:
        """By what each replacement is about: a name that moves, one that stays, a member."""
        every = tuple(replacements)
        return cls(
            replace=resolve_chains(every), staying=staying(every), members=member_changes(every), **options
        )

    @property
    def symbols(self) -> tuple[Replacement, ...]:
        """All that names a symbol, whether it is replaced or stays."""
        return (*self.replace, *self.staying)
