"""Members of classes in a tree: which mentions of their names are theirs, proved by types, and what becomes of each."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from codemods.edit.calls.call_plan import CalleeChange, CallPlan, plan_member_call
from codemods.link.callees import Callees
from codemods.link.member_uses import POSSIBLE, FoundMembers, UseOfMember
from codemods.model.edits import TextEdit
from codemods.model.modules import Modules
from codemods.model.overlay import OverlayTree
from codemods.model.pickles import load_pickle
from codemods.model.rules import MemberChange, Rules, Symbol, replacement_of_member
from codemods.model.tree import Entry, Index, Tree, read_content
from codemods.read.member_facts import ATTRIBUTE, MemberFacts, MemberMention, Range, read_members
from codemods.read.members.names_as_data import BY_DATA, template_lines
from codemods.read.source import Source
from codemods.rewrites.strings import NOT_ASKED, NOT_PLAIN
from codemods.rewrites.texts.document_leftovers import tells_of_deprecation
from codemods.rewrites.texts.other_files import is_other_file, is_text
from codemods.scan.class_table import ClassKey, ClassTable
from codemods.scan.definitions import ParsedModules
from codemods.scan.families import Family, FamilySearch
from codemods.scan.lazy_source import LazySource
from codemods.scan.reached_by_data import DataReaches
from codemods.scan.receiver_verdicts import MentionVerdict, ReceiverClassifier
from codemods.scan.stand_ins import StandIns
from codemods.types.receivers import Progress, Receivers
from codemods.types.source_folder import SourceFolder
from codemods.types.type_parts import Type
from codemods.types.type_server import TypesUnavailable, checker_version

KINDS = {
    "attribute": "member",
    "definition": "definition",
    "class name": "definition",
    "slot": "definition",
    "patch": "patch",
    "doc": "doc",
}
"""What a site of each kind of mention is called; `string` and the like otherwise."""


def find_members(
    tree: Tree,
    rules: Rules,
    entries: Mapping[str, Entry],
    modules: Modules,
    index: Index | None,
    paths: Collection[str] | None = None,
    progress: Progress | None = None,
) -> FoundMembers:
    """`paths`: the files whose uses are asked for; a member that changes everywhere or nowhere is looked for in all."""
    if not rules.members:
        return FoundMembers()
    search = MemberSearch(tree, rules, entries, modules, index, paths, progress)
    try:
        checker_version()
        found = search.run()
        if paths is None and not isinstance(tree, OverlayTree):
            search.receivers.dependencies.keep()
        return found
    except TypesUnavailable as unavailable:
        return search.without_types(str(unavailable))
    finally:
        search.receivers.stop()


@dataclass
class MemberSearch:
    tree: Tree
    rules: Rules
    entries: Mapping[str, Entry]
    modules: Modules
    index: Index | None
    paths: Collection[str] | None = None
    progress: Progress | None = None
    facts: dict[str, MemberFacts] = field(default_factory=dict)
    receivers: Receivers = field(init=False)
    table: ClassTable = field(init=False)
    families: FamilySearch = field(init=False)

    def __post_init__(self) -> None:
        sources = SourceFolder(self.tree, self.entries, self.modules, self.index)
        self.receivers = Receivers(sources, self.class_lines, self.index, repr(self.rules.members))
        self.table = ClassTable(self.tree, self.entries, self.read, self.receivers)
        self.old_names = frozenset(rule.old for rule in self.rules.members)
        self.names = frozenset(name for rule in self.rules.members for name in (rule.old, rule.new))

    def run(self) -> FoundMembers:
        candidates = self.candidates(self.names)
        read = {path: self.read(path) for path in candidates}
        self.receivers.learn([*self.base_classes(read), *self.owners(read)], self.progress)
        callees = Callees(ParsedModules(self.tree, self.entries, self.modules), self.modules)
        families = self.families = FamilySearch(self.table, callees, read)
        uses: dict[str, list[UseOfMember]] = {}
        together: set[int] = set()
        for number, rule in enumerate(self.rules.members):
            family = families.family(rule)
            if family.goes_with_owner:
                together.add(number)
            for path, use in (*self.uses_of(number, family, read), *self.uses_in_templates(number, family)):
                uses.setdefault(path, []).append(use)
        found = {path: tuple(sorted(set(one))) for path, one in uses.items()}
        return FoundMembers(found, frozenset(together))

    def candidates(self, names: Iterable[str]) -> list[str]:
        python = [entry for path, entry in self.entries.items() if path.endswith((".py", ".pyi"))]
        return sorted(self.tree.grep([name.encode() for name in sorted(names)], python))

    def read(self, path: str) -> MemberFacts:
        if path not in self.facts:
            self.facts[path] = self.read_file(self.entries[path])
        return self.facts[path]

    def class_lines(self, path: str) -> tuple[int, ...]:
        return tuple(one.line for one in self.read(path).classes) if path in self.entries else ()

    def read_file(self, entry: Entry) -> MemberFacts:
        key = hashlib.sha256(repr(("members", entry.blob, sorted(self.names))).encode()).digest()
        kept = load_pickle(self.index.get(key), MemberFacts) if self.index is not None else None
        if kept is not None:
            return kept
        facts = read_members(read_content(self.tree, entry), self.names)
        if self.index is not None:
            self.index.put(key, pickle.dumps(facts))
        return facts

    def without_types(self, trouble: str) -> FoundMembers:
        """Every mention of the old names, none of which can be told."""
        uses: dict[str, tuple[UseOfMember, ...]] = {}
        numbers = {rule.old: number for number, rule in enumerate(self.rules.members)}
        for path in self.candidates(numbers):
            found = [
                UseOfMember(numbers[one.name], one.line, one.column, POSSIBLE, trouble)
                for one in self.read(path).mentions
                if one.kind == ATTRIBUTE and one.name in numbers
            ]
            if found:
                uses[path] = tuple(found)
        return FoundMembers(uses)

    # ---- the uses of one rule

    def uses_of(
        self, number: int, family: Family, read: Mapping[str, MemberFacts]
    ) -> Iterator[tuple[str, UseOfMember]]:
        judge = ReceiverClassifier(family, self.table)
        by_data = DataReaches(judge, self.read, self.types_in, self.text)
        for path, facts in self.with_own_files(read, family).items():
            if not (family.goes_with_owner or self.is_asked_for(path)):
                continue
            mentions = [one for one in facts.mentions if one.name == family.rule.old and self.counts(one)]
            if not mentions:
                continue
            proved = [*self.verdicts(path, mentions, judge)]
            found = [*proved, *by_data.verdicts(path, mentions)]
            uses = [self.use(number, family, path, *one) for one in found]
            edits = [edit for use in uses if use is not None for edit in use.edits]
            stand_ins = StandIns(family.rule, judge, path, self.source(path), edits)
            uses += [listed_use(number, *one) for one in stand_ins.troubles(mentions, proved)]
            yield from ((path, use) for use in uses if use is not None)

    def uses_in_templates(self, number: int, family: Family) -> Iterator[tuple[str, UseOfMember]]:
        """In files that aren't Python; what a template is given can't be told."""
        rule = family.rule
        if family.trouble or rule.old == rule.new:
            return
        asked = self.entries if family.goes_with_owner or self.paths is None else self.paths
        others = [self.entries[path] for path in asked if is_other_file(path) and path in self.entries]
        holding = self.tree.grep([rule.old.encode()], others) if others else ()
        for entry, data in self.tree.read([self.entries[path] for path in sorted(holding)]):
            lines = template_lines(data.decode("utf-8", "replace"), rule.old) if is_text(data) else ()
            for line in sorted(set(lines)):
                yield entry.path, UseOfMember(number, line, 0, POSSIBLE, f"a template may read {rule}")

    def verdicts(
        self, path: str, mentions: Sequence[MemberMention], judge: ReceiverClassifier
    ) -> Iterator[tuple[MemberMention, MentionVerdict]]:
        """Of mentions whose type says what they are, or the text before them."""
        types = self.types_in(path)
        for mention in (one for one in mentions if one.kind not in BY_DATA):
            owner = types.get(mention.owner) if mention.owner else None
            spec = types.get(mention.spec) if mention.spec else None
            found = (
                self.in_text(path, mention, judge.family)
                if mention.prefix
                else judge.verdict(path, mention, owner, spec)
            )
            if found is not None:
                yield mention, found

    def types_in(self, path: str) -> dict[Range, Type]:
        return self.receivers.types(path, self.ranges(self.read(path)))

    def with_own_files(self, read: Mapping[str, MemberFacts], family: Family) -> Mapping[str, MemberFacts]:
        """With the files of the classes that the owner is built on, which need not have the member's name."""
        paths = {one.path for one in self.table.lineage(family.owner).classes} & self.entries.keys()
        return {**read, **{path: self.read(path) for path in sorted(paths)}}

    def counts(self, mention: MemberMention) -> bool:
        """Strings and documentation only where the plan asks for them; what is patched is listed otherwise."""
        return self.rules.docs if mention.kind == "doc" else self.rules.strings or mention.kind != "text"

    def in_text(self, path: str, mention: MemberMention, family: Family) -> MentionVerdict | None:
        key = self.class_named(path, mention.prefix)
        if key is None or not family.has(key, self.table.lineage(key)):
            return None
        if mention.kind == "doc" and self.tells_of_deprecation(path, mention, family.rule):
            return None
        if mention.kind == "patch" and not self.rules.strings:
            return MentionVerdict(NOT_ASKED)
        return MentionVerdict("" if mention.start >= 0 else NOT_PLAIN)

    def class_named(self, path: str, dotted: str) -> ClassKey | None:
        """The class of `package.module.Class`, also where another module re-exports it."""
        module, _, name = dotted.replace(":", ".").rpartition(".")
        found = self.families.class_of(Symbol(self.modules.module_meant_by(path, module), name))
        return found[0] if found else None

    def tells_of_deprecation(self, path: str, mention: MemberMention, rule: MemberChange) -> bool:
        if self.rules.history:
            return False
        return tells_of_deprecation(self.text(path), mention.start, replacement_of_member(rule))

    def is_asked_for(self, path: str) -> bool:
        return self.paths is None or path in self.paths

    def base_classes(self, read: Mapping[str, MemberFacts]) -> Iterator[tuple[str, Sequence[Range]]]:
        """What is asked of classes that define a member."""
        for path, facts in read.items():
            yield from ((path, one.bases) for one in facts.classes if one.names & self.names)

    def owners(self, read: Mapping[str, MemberFacts]) -> Iterator[tuple[str, Sequence[Range]]]:
        for path, facts in read.items():
            if self.is_asked_for(path):
                yield path, self.ranges(facts)

    def ranges(self, facts: MemberFacts) -> Sequence[Range]:
        """All that is asked in a file of what mentions stand on, whichever rule they are of."""
        mentions = [one for one in facts.mentions if one.name in self.old_names]
        found = [one for mention in mentions for one in (mention.owner, mention.spec) if one is not None]
        return tuple(dict.fromkeys(found))

    def use(
        self, number: int, family: Family, path: str, mention: MemberMention, verdict: MentionVerdict
    ) -> UseOfMember | None:
        rule = family.rule
        trouble = family.trouble or verdict.trouble
        plan = CallPlan() if trouble else self.plan(family, path, mention)
        edits = list(plan.edits)
        if rule.old != rule.new and mention.start >= 0:
            edits.append(TextEdit(mention.start, mention.end, rule.new.encode()))
        if rule.old == rule.new and not edits and not plan.trouble and not (verdict.trouble and mention.call):
            return None
        trouble = trouble or plan.trouble
        kind = KINDS.get(mention.kind, "string") if verdict.is_proved else POSSIBLE
        if trouble:
            return UseOfMember(number, mention.line, mention.column, kind, trouble)
        return UseOfMember(
            number, mention.line, mention.column, kind, "", tuple(edits), plan.removed, verdict.is_definition
        )

    def plan(self, family: Family, path: str, mention: MemberMention) -> CallPlan:
        """What becomes of the call around an attribute."""
        if mention.kind != ATTRIBUTE:
            return CallPlan()
        rule: MemberChange = family.rule
        change = CalleeChange(family.pair, rule.calls, rule.new)
        return plan_member_call(change, mention.call, mention.flags, mention.end, lambda: self.text(path))

    def text(self, path: str) -> bytes:
        return self.source(path).text

    def source(self, path: str) -> Source:
        return LazySource(self.tree, self.entries[path])


def listed_use(number: int, mention: MemberMention, verdict: MentionVerdict) -> UseOfMember:
    kind = KINDS.get(mention.kind, "string")
    return UseOfMember(number, mention.line, mention.column, kind, verdict.trouble)
