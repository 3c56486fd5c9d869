"""What takes the place of a member whose arguments change, and has those arguments itself: overrides, patches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from codemods.model.edits import TextEdit
from codemods.model.records import record
from codemods.model.rules import MemberChange
from codemods.read.argument_mentions import argument_left, parameters_at
from codemods.read.member_facts import ATTRIBUTE, DEFINITION, MOCK_KEYWORD, STRING, MemberMention
from codemods.read.source import Source
from codemods.scan.receiver_verdicts import MentionVerdict, ReceiverClassifier


@record
class StandIns:
    """In one file."""

    rule: MemberChange
    judge: ReceiverClassifier
    path: str
    source: Source
    edits: Sequence[TextEdit]
    """What the rule changes in it."""

    def troubles(
        self, mentions: Sequence[MemberMention], proved: Sequence[tuple[MemberMention, MentionVerdict]]
    ) -> Iterator[tuple[MemberMention, MentionVerdict]]:
        names = frozenset(self.rule.calls.arguments) if self.rule.calls else frozenset()
        if names:
            yield from self.overrides([one for one in mentions if one.kind == DEFINITION], names)
            yield from self.replaced([one for one, verdict in proved if not verdict.trouble], names)

    def overrides(
        self, definitions: Sequence[MemberMention], names: frozenset[str]
    ) -> Iterator[tuple[MemberMention, MentionVerdict]]:
        family, table = self.judge.family, self.judge.table
        for one in definitions:
            key = self.judge.own_class(self.path, one)
            if key is not None and key != family.owner and family.has(key, table.lineage(key)):
                for name in sorted(names & parameters_at(self.source.text, one.line)):
                    yield one, MentionVerdict(f"it overrides {self.rule}, and takes {name} as well")

    def replaced(
        self, uses: Sequence[MemberMention], names: frozenset[str]
    ) -> Iterator[tuple[MemberMention, MentionVerdict]]:
        places = [one for one in uses if is_replaced(one)]
        left = argument_left(self.source, names, self.edits, parameters=True) if places else None
        for one in places if left is not None else ():
            where = f"line {left.line} names its argument {left.name}" if left else ""
            yield one, MentionVerdict(f"something else takes its place here, and {where}")


def is_replaced(mention: MemberMention) -> bool:
    """`patch.object(C, "m")`, `patch("m.C.m")`, `Mock(spec=C, m=…)`, `C.m = …`."""
    named = mention.kind in (STRING, "patch", MOCK_KEYWORD)
    return named or (mention.kind == ATTRIBUTE and mention.is_assigned)
