"""What may reach a rule's member by a name that is data: it can't be migrated, and is never left unsaid."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from codemods.read.member_facts import KEYWORD, MemberFacts, MemberMention, Range
from codemods.read.members.name_accesses import ALL_NAMES, BUILT_NAME, ENUM_NAME
from codemods.read.members.names_as_data import (
    ATTRIBUTE_METHODS,
    BY_DATA,
    CODE_IN_TEXT,
    DOCTEST,
    FIELDS,
    GIVEN_WITH_NAME,
    NAME_AS_TEXT,
    TAKES_NAMES,
)
from codemods.scan.class_table import ClassKey
from codemods.scan.receiver_verdicts import MentionVerdict, ReceiverClassifier, unproved
from codemods.types.type_parts import LIBRARY, Type

Types = Mapping[Range, Type]


class NameTaker(NamedTuple):
    """Where members are taken by names that are data."""

    where: str
    function: str
    """Which gets the name as an argument; empty where it comes from elsewhere."""
    is_constructor: bool = False


@dataclass
class DataReaches:
    """Decides for one rule."""

    judge: ReceiverClassifier
    read: Callable[[str], MemberFacts]
    types: Callable[[str], Types]
    """Of what the mentions in a file stand on."""
    text: Callable[[str], bytes]

    @cached_property
    def lineage(self) -> frozenset[ClassKey]:
        """The owner, and the classes that it's built on."""
        return frozenset(self.judge.table.lineage(self.judge.family.owner).classes)

    @cached_property
    def own_accesses(self) -> list[NameTaker]:
        """Where a class's own code, or that of one that it's built on, takes members of itself by names."""
        old = self.judge.family.rule.old
        return [
            NameTaker(f"{path}:{one.line}", one.prefix, one.within == "__init__")
            for path in sorted({one.path for one in self.lineage})
            for one in self.read(path).mentions
            if one.kind in TAKES_NAMES and one.name == old and self.is_of_own_class(path, one)
        ]

    @cached_property
    def own_files(self) -> frozenset[str]:
        """Files whose strings may be such names."""
        family = self.judge.family
        return frozenset(one.path for one in (*self.lineage, *family.moved, *family.kept))

    def is_of_own_class(self, path: str, mention: MemberMention) -> bool:
        parts = self.parts(path, mention)
        return any(
            self.judge.table.key(one.path, one.line) in self.lineage for one in parts if one.kind == "class"
        )

    def verdicts(
        self, path: str, mentions: Sequence[MemberMention]
    ) -> Iterator[tuple[MemberMention, MentionVerdict]]:
        found = [one for one in mentions if one.kind in BY_DATA or one.kind == KEYWORD]
        if not found or self.judge.family.trouble:
            return
        takers = [
            NameTaker(f"line {one.line}", one.prefix)
            for one in found
            if one.kind in TAKES_NAMES and self.reaches(path, one)
        ]
        takers += self.own_accesses if path in self.own_files else []
        told: set[tuple[int, int]] = set()
        for one in found:
            trouble = self.trouble(path, one, takers) if (one.line, one.column) not in told else ""
            if trouble:
                told.add((one.line, one.column))
                yield one, unproved(trouble)

    def trouble(self, path: str, mention: MemberMention, takers: Sequence[NameTaker]) -> str:
        rule = self.judge.family.rule
        if mention.kind == NAME_AS_TEXT and self.gives_attributes(path, mention):
            return f"{mention.within} may give {rule} by this name"
        if mention.kind == NAME_AS_TEXT:
            where = [one.where for one in takers if mention.prefix in ("", one.function)]
            if where:
                return (
                    f"it may name {rule}: {where[0]} takes members by names that are known only at run time"
                )
        if mention.kind == KEYWORD:
            sets = any(one.is_constructor for one in self.own_accesses) and self.is_of_family(path, mention)
            return f"the constructor may set {rule} by the name of this argument" if sets else ""
        if mention.kind == BUILT_NAME and self.reaches(path, mention):
            return f"the name is put together when it runs; it may be {rule}"
        if mention.kind == GIVEN_WITH_NAME and self.is_of_family(path, mention):
            return f"it's passed on together with {self.owner_name}, and may name {rule}"
        if mention.kind == FIELDS and self.judge.family.is_dataclass and self.is_of_family(path, mention):
            return f"it takes or gives all fields by their names, and {rule} is one of them"
        if mention.kind == CODE_IN_TEXT:
            return f"a template or code in a string may read {rule}"
        if mention.kind == DOCTEST and self.names_owner(path):
            return f"an example that doctest runs may use {rule}"
        return ""

    def gives_attributes(self, path: str, mention: MemberMention) -> bool:
        """Whether it stands in the `__getattr__` of a class that has the member."""
        own = self.judge.own_class(path, mention)
        if own is None or mention.within not in ATTRIBUTE_METHODS:
            return False
        return own in self.lineage or self.judge.family.has(own, self.judge.table.lineage(own))

    # ---- what stands before

    @property
    def owner_name(self) -> str:
        return self.judge.family.rule.owner.name or ""

    def parts(self, path: str, mention: MemberMention) -> Type:
        found = self.types(path).get(mention.owner) if mention.owner else None
        return self.judge.table.with_bounds(found) if found else ()

    def is_of_family(self, path: str, mention: MemberMention) -> bool:
        return any(self.judge.standing(one) == "family" for one in self.parts(path, mention))

    def reaches(self, path: str, mention: MemberMention) -> bool:
        """Whether the value is of the family, of a class that it's built on, or unknown in a file that names the owner."""
        parts = self.parts(path, mention)
        if mention.kind == ENUM_NAME:
            return self.judge.family.is_enum and self.is_of_family(path, mention)
        if any(one.kind == "class" and not one.path.startswith(LIBRARY) for one in parts):
            own = (
                self.judge.table.key(one.path, one.line) in self.lineage
                for one in parts
                if one.kind == "class"
            )
            if any(own) or self.is_of_family(path, mention):
                return True
        if mention.kind == ALL_NAMES or self.judge.family.is_enum:
            return False
        unknown = not parts or any(self.judge.standing(one) in ("unknown", "duck") for one in parts)
        return unknown and self.names_owner(path)

    def names_owner(self, path: str) -> bool:
        word = rb"(?<!\w)" + re.escape(self.owner_name.encode()) + rb"(?!\w)"
        return re.search(word, self.text(path)) is not None
