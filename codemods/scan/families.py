"""The classes that have a member of a rule: its owner and all that is built on it, or why they can't change together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from codemods.link.callees import UNKNOWN_CALLEE, Callee, CalleePair, Callees, DefinedCallee
from codemods.model.records import record
from codemods.model.rules import MemberChange, Symbol
from codemods.read.member_facts import ClassFact, MemberFacts
from codemods.scan.class_table import ClassKey, ClassTable, Lineage

MemberKind = Literal["method", "attribute", ""]


@record
class Family:
    rule: MemberChange
    owner: ClassKey
    replaced_by: ClassKey | None = None
    trouble: str = ""
    """Why none of it can change."""
    moved: frozenset[ClassKey] = frozenset()
    """Classes whose definition gets the new name."""
    kept: frozenset[ClassKey] = frozenset()
    """Classes that define both: their old member stays until somebody removes it."""
    pair: CalleePair = field(
        default_factory=lambda: CalleePair(UNKNOWN_CALLEE, UNKNOWN_CALLEE, UNKNOWN_CALLEE)
    )
    use_trouble: str = ""
    """Why uses can't follow although definitions can: the new member is of another kind."""
    is_dataclass: bool = False
    is_enum: bool = False

    @property
    def goes_with_owner(self) -> bool:
        """Whether the owner's own definition gets the new name, so that nothing has the old one any more."""
        return self.owner in self.moved

    def has(self, key: ClassKey, lineage: Lineage) -> bool:
        return self.owner in lineage.classes or self.replaced_by in lineage.classes


@dataclass
class FamilySearch:
    table: ClassTable
    callees: Callees
    facts: Mapping[str, MemberFacts]
    """Of the files that mention a member of the rules, by either of its names."""

    def family(self, rule: MemberChange) -> Family:
        owner = self.class_of(rule.owner)
        if owner is None:
            return Family(rule, ClassKey("", 0), trouble=f"{rule.owner} isn't a class of this repository")
        key, fact = owner
        is_enum = any(one.module == "enum" for one in self.table.lineage(key).libraries)
        found = Family(rule, key, is_dataclass=fact.is_dataclass, is_enum=is_enum)
        trouble = self.owner_trouble(rule, key, fact)
        if trouble:
            return replace(found, trouble=trouble)
        if rule.new_owner is not None:
            return self.of_replaced_class(rule, found)
        if rule.old == rule.new:
            return replace(found, pair=self.pair(rule, rule.owner, rule.owner))
        found = self.with_overrides(found)
        pair = self.pair(rule, rule.owner, rule.owner)
        if found.goes_with_owner:
            pair = replace(pair, new=pair.old)
            clash = self.clash(found)
            return replace(found, pair=pair, trouble=found.trouble or clash)
        return replace(found, pair=pair, use_trouble=self.kind_trouble(rule, key, key))

    def class_of(self, symbol: Symbol) -> tuple[ClassKey, ClassFact] | None:
        defined = self.callees.definition(symbol.module, symbol.name or "")
        if defined is None or not hasattr(defined.node, "bases"):
            return None
        for fact in self.table.read(defined.module.path).classes:
            if fact.name == defined.node.name and fact.line >= defined.node.lineno:
                return ClassKey(defined.module.path, fact.line), fact
        return None

    def owner_trouble(self, rule: MemberChange, key: ClassKey, fact: ClassFact) -> str:
        if fact.is_protocol:
            return f"{rule.owner} is a protocol, and its members are those of classes that don't name it"
        if any(text.rpartition(".")[2] == "TypedDict" for text in fact.base_texts):
            return f"{rule.owner} is a TypedDict, whose members are keys of dictionaries"
        lineage = self.table.lineage(key)
        if rule.new_owner is None and rule.old != rule.new:
            trouble = self.inherited_trouble(rule, lineage)
            if trouble:
                return trouble
        names = self.names(lineage.classes)
        if rule.old not in names and (rule.new not in names or rule.old == rule.new):
            return f"{rule.owner} doesn't define {rule.old}"
        return ""

    def inherited_trouble(self, rule: MemberChange, lineage: Lineage) -> str:
        """A base class that has one of the names, or may have it."""
        for key in lineage.classes[1:]:
            fact = self.table.fact(key)
            if fact is not None and rule.old in fact.names:
                return f"{rule.owner} has {rule.old} from {fact.name}, where it's defined; name that class in the plan"
            if fact is not None and rule.new in fact.names:
                return f"{fact.name}, which {rule.owner} is built on, defines {rule.new} already"
        if lineage.unknown:
            return (
                f"{rule.owner} is built on {lineage.unknown[0]}, which can't be read, so it can't be told "
                f"whether that has a member of that name"
            )
        for library in lineage.libraries:
            for name in (rule.old, rule.new):
                if self.table.receivers.library_has(library.module, library.name, name):
                    return f"{library.name}, which {rule.owner} is built on, is of a library and has {name}"
        return ""

    def names(self, keys: Iterable[ClassKey]) -> frozenset[str]:
        facts = [self.table.fact(key) for key in keys]
        return frozenset(name for fact in facts if fact is not None for name in fact.names)

    # ---- definitions

    def defining_classes(self, name: str) -> list[ClassKey]:
        """Those whose body or methods bind it, in the files that mention it."""
        return [
            self.table.key(path, fact.line)
            for path, facts in sorted(self.facts.items())
            for fact in facts.classes
            if name in fact.names
        ]

    def with_overrides(self, family: Family) -> Family:
        rule, moved, kept = family.rule, set[ClassKey](), set[ClassKey]()
        trouble = ""
        for other in self.defining_classes(rule.old):
            lineage = self.table.lineage(other)
            if not family.has(other, lineage):
                continue
            trouble = trouble or self.override_trouble(rule, other, lineage)
            own = self.table.fact(other)
            (kept if own is not None and rule.new in own.names else moved).add(other)
        return replace(
            family,
            trouble=family.trouble or trouble,
            moved=frozenset(moved),
            kept=frozenset(kept),
        )

    def override_trouble(self, rule: MemberChange, key: ClassKey, lineage: Lineage) -> str:
        """A class that overrides the member, and may override that of another base class as well."""
        fact = self.table.fact(key)
        name = fact.name if fact else ""
        if lineage.unknown:
            return (
                f"{name} overrides {rule.old} and is built on {lineage.unknown[0]} too, which can't be read"
            )
        for library in lineage.libraries:
            if self.table.receivers.library_has(library.module, library.name, rule.old):
                return f"{name} overrides {rule.old} of {library.name} too, which is of a library"
        return ""

    def clash(self, family: Family) -> str:
        """A class of the family that has the new name for something else."""
        for other in self.defining_classes(family.rule.new):
            if family.has(other, self.table.lineage(other)):
                fact = self.table.fact(other)
                return f"{fact.name if fact else other} defines {family.rule.new} already"
        return ""

    # ---- a class that is replaced by another

    def of_replaced_class(self, rule: MemberChange, family: Family) -> Family:
        new = self.class_of(rule.new_owner) if rule.new_owner else None
        if new is None:
            return replace(family, trouble=f"{rule.new_owner} isn't a class of this repository")
        key, _ = new
        names = self.names(self.table.lineage(key).classes)
        if rule.new not in names and not self.table.lineage(key).unknown:
            return replace(family, trouble=f"{rule.new_owner} doesn't define {rule.new}")
        replaced_by = None if rule.old in names else key
        found = self.with_overrides(replace(family, replaced_by=replaced_by))
        own = {one for one in found.moved if one in (family.owner, key)}
        return replace(
            found,
            moved=found.moved - own,
            kept=found.kept | own,
            pair=self.pair(rule, rule.owner, rule.new_owner or rule.owner),
            use_trouble=self.kind_trouble(rule, family.owner, key),
        )

    # ---- what the member is

    def pair(self, rule: MemberChange, old_owner: Symbol, new_owner: Symbol) -> CalleePair:
        old, new = self.callee(old_owner, rule.old), self.callee(new_owner, rule.new)
        return CalleePair(old, new, new)

    def callee(self, owner: Symbol, name: str) -> Callee:
        defined = self.callees.definition(owner.module, owner.name or "")
        return (
            self.callees.bound_member(defined, name) if isinstance(defined, DefinedCallee) else UNKNOWN_CALLEE
        )

    def kind_trouble(self, rule: MemberChange, old_owner: ClassKey, new_owner: ClassKey) -> str:
        old, new = self.kind(old_owner, rule.old), self.kind(new_owner, rule.new)
        if not old or not new or old == new:
            return ""
        return f"{rule.old} is {describe_kind(old)}, and {rule.new} is {describe_kind(new)}"

    def kind(self, owner: ClassKey, name: str) -> MemberKind:
        """`attribute` for what is read without a call: a property as well."""
        for key in self.table.lineage(owner).classes:
            fact = self.table.fact(key)
            if fact is not None and name in fact.names:
                return "method" if name in fact.methods else "attribute"
        return ""


def describe_kind(kind: MemberKind) -> str:
    return "a method" if kind == "method" else "an attribute or a property"
