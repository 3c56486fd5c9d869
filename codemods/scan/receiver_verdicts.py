"""Whether a mention of a member's name is a use of a rule's member, by the types that were proved for what it stands on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from codemods.read.member_facts import (
    CLASS_NAME,
    DEFINITION,
    GETTER,
    ITEM,
    KEYWORD,
    MOCKS,
    SLOT,
    MemberMention,
)
from codemods.scan.class_table import ClassKey, ClassTable, Lineage
from codemods.scan.families import Family
from codemods.types.type_parts import LIBRARY, Type, TypePart

TOLD_NAME = "__set_name__"
CACHES = frozenset({"cached_property"})
"""Descriptors for which any name will do."""
Standing = Literal["family", "other", "unknown", "duck"]


class MentionVerdict(NamedTuple):
    trouble: str = ""
    """Why it needs manual work; empty for a use that moves."""
    is_definition: bool = False
    is_proved: bool = True
    """Whether its type says that it is a use; otherwise it may be something else of that name."""


def unproved(trouble: str) -> MentionVerdict:
    return MentionVerdict(trouble, is_proved=False)


@dataclass
class ReceiverClassifier:
    """Decides for one rule."""

    family: Family
    table: ClassTable

    def verdict(
        self, path: str, mention: MemberMention, owner: Type | None, spec: Type | None
    ) -> MentionVerdict | None:
        """None for what is no use of the member."""
        own = self.own_class(path, mention)
        if mention.kind in (DEFINITION, CLASS_NAME, SLOT):
            return self.in_class_body(own, owner)
        if own is not None and own in self.family.kept and mention.within == self.family.rule.old:
            return None
        if mention.kind == GETTER:
            return unproved(f"it names {mention.name} by a string, and what it's taken from can't be told")
        found = self.of_owner(mention, owner, spec)
        if found is None or found.trouble:
            return found
        if own is not None and own in self.family.kept and mention.within == self.family.rule.new:
            return MentionVerdict(f"{self.family.rule.new} itself is built on it")
        return MentionVerdict(self.family.use_trouble)

    def own_class(self, path: str, mention: MemberMention) -> ClassKey | None:
        if mention.class_number < 0:
            return None
        return self.table.key(path, self.table.read(path).classes[mention.class_number].line)

    def in_class_body(self, own: ClassKey | None, value: Type | None) -> MentionVerdict | None:
        if self.family.trouble and own == self.family.owner:
            return MentionVerdict(self.family.trouble)
        if own is None or own not in self.family.moved:
            return None
        names = [part.name for part in value or () if self.is_told_its_name(part)]
        trouble = (
            f"{names[0]} is told the name of its attribute, and may do something with it" if names else ""
        )
        return MentionVerdict(trouble, is_definition=True)

    def is_told_its_name(self, part: TypePart) -> bool:
        """Whether it has `__set_name__`."""
        if part.kind != "class" or part.is_class or part.name in CACHES:
            return False
        if part.path == f"{LIBRARY}enum" and part.name == "auto":
            return self.names_its_values()
        if part.path.startswith(LIBRARY):
            module = part.path.removeprefix(LIBRARY)
            return self.table.receivers.library_has(module, part.name, TOLD_NAME)
        facts = map(self.table.fact, self.table.lineage(self.table.key(part.path, part.line)).classes)
        return any(TOLD_NAME in one.names for one in facts if one is not None)

    def names_its_values(self) -> bool:
        """Whether `auto()` makes a value of the member's name, as in a `StrEnum`."""
        lineage = self.table.lineage(self.family.owner)
        facts = (fact for fact in map(self.table.fact, lineage.classes) if fact is not None)
        named = any(one.name == "StrEnum" for one in lineage.libraries)
        return named or any("_generate_next_value_" in one.names for one in facts)

    def of_owner(
        self, mention: MemberMention, owner: Type | None, spec: Type | None
    ) -> MentionVerdict | None:
        if mention.kind == KEYWORD and not self.family.is_dataclass:
            return None
        if owner is None:
            if mention.kind != "attribute":
                return None
            return unproved("it's in a formatted string, where its type can't be told")
        parts = self.table.with_bounds(owner)
        is_mock = any(self.is_mock(part) for part in parts)
        if is_mock and spec is None:
            return self.mock_verdict(mention)
        if spec is not None and (is_mock or all(part.kind == "any" for part in parts)):
            parts = tuple(part._replace(is_class=False) for part in self.table.with_bounds(spec))
        parts = tuple(part for part in parts if part.kind != "none")
        if mention.kind == KEYWORD:
            parts = tuple(part for part in parts if not self.has_written_constructor(part))
            if not parts:
                return None
        if mention.kind == ITEM and not all(part.is_class for part in parts):
            return None
        return self.of_parts(mention, parts)

    def has_written_constructor(self, part: TypePart) -> bool:
        """Whether what a call of it takes are parameters, no fields."""
        if part.kind != "class" or part.path.startswith(LIBRARY):
            return False
        facts = map(self.table.fact, self.table.lineage(self.table.key(part.path, part.line)).classes)
        known = (one for one in facts if one is not None)
        return next(
            (not one.is_dataclass for one in known if one.is_dataclass or "__init__" in one.names), False
        )

    def mock_verdict(self, mention: MemberMention) -> MentionVerdict | None:
        if mention.kind in (KEYWORD, ITEM):
            return None
        return unproved("it's a mock, and it can't be told of what; give it a `spec`")

    def of_parts(self, mention: MemberMention, parts: Type) -> MentionVerdict | None:
        standings = {self.standing(part): part for part in parts} or {"unknown": TypePart("any")}
        if standings.keys() == {"other"}:
            return None
        if standings.keys() == {"family"}:
            exact = mention.start >= 0
            return MentionVerdict("" if exact else "it is written in a way that can't be replaced in place")
        if mention.kind in (KEYWORD, ITEM) and "family" not in standings:
            return None
        if "duck" in standings:
            return unproved(self.duck_trouble(standings["duck"]))
        if "family" not in standings:
            return unproved(f"its type isn't known, so it can't be told whether it's {self.family.rule}")
        if "unknown" in standings:
            return MentionVerdict(f"it may be {self.family.rule}, and something of an unknown type as well")
        return MentionVerdict(
            f"it may be {self.family.rule}, and {standings['other'].name or 'something else'} as well"
        )

    def duck_trouble(self, part: TypePart) -> str:
        rule = self.family.rule
        fact = (
            None if part.path.startswith(LIBRARY) else self.table.fact(self.table.key(part.path, part.line))
        )
        if fact is not None and fact.is_protocol:
            return f"its type is the protocol {part.name}, which classes meet without naming it"
        return f"its type is {part.name}, which doesn't define {rule.old} itself"

    def standing(self, part: TypePart) -> Standing:
        if part.kind == "any" or part.kind == "variable":
            return "unknown"
        if part.kind != "class":
            return "other"
        if part.path.startswith(LIBRARY):
            return "duck" if part.name == "object" else "other"
        key = self.table.key(part.path, part.line)
        lineage = self.table.lineage(key)
        if self.family.has(key, lineage):
            return "family"
        if self.table.is_only_described(key):
            return "unknown"
        fact = self.table.fact(key)
        if fact is not None and fact.is_protocol and self.family.rule.old in fact.names:
            return "duck"
        return "other" if lineage.unknown or self.has_member(lineage) else "duck"

    def has_member(self, lineage: Lineage) -> bool:
        """Whether a class has a member of the rule's old name; one that hasn't may be mixed into one that has."""
        name = self.family.rule.old
        facts = [fact for fact in map(self.table.fact, lineage.classes) if fact is not None]
        return any(name in one.names for one in facts) or any(
            self.table.receivers.library_has(one.module, one.name, name) for one in lineage.libraries
        )

    def is_mock(self, part: TypePart) -> bool:
        return part.kind == "class" and part.path.startswith(LIBRARY) and part.name in MOCKS
