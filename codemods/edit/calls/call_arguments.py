"""The arguments of one call as the new symbol takes them: renamed, removed, added, in another place, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from codemods.edit.calls.call_slots import CallText, addition, call_text, removal
from codemods.link.signatures import CallSignature, PassedArguments, passed_by
from codemods.model.edits import TextEdit
from codemods.model.facts import Argument, Call
from codemods.model.records import record
from codemods.model.rules import ArgumentChange


@record
class ChangedArguments:
    edits: tuple[TextEdit, ...] = ()
    removed: tuple[TextEdit, ...] = ()
    """Those of the edits that take arguments away."""
    passed: PassedArguments | None = None
    """What is passed after the change."""
    trouble: str = ""


@record
class NewArgument:
    """An argument as it will be passed."""

    name: str
    """The parameter that gets it; empty where that isn't known."""
    by_name: bool
    number: int = -1
    """Which of the call's arguments it is; -1 for one that is added."""
    added: str = ""
    position: int = 0


@record
class ArgumentMapping:
    """What is known of a call while its arguments are mapped."""

    text: Callable[[], bytes]
    call: Call
    callee_end: int
    changes: Mapping[str, ArgumentChange]
    old: CallSignature | None
    new: CallSignature | None
    holds_reference: Callable[[Argument], bool]
    """Whether an argument's text may change for another reason."""

    def run(self) -> ChangedArguments:
        if not self.changes and not self.misplaced():
            return ChangedArguments(passed=passed_by(self.call))
        if self.hides_arguments():
            return ChangedArguments(
                trouble="it passes * or ** arguments, which can't be mapped automatically"
            )
        if self.renames_only() and not self.misplaced():
            return self.renamed()
        named = self.named_arguments()
        if isinstance(named, str):
            return ChangedArguments(trouble=named)
        return self.rewritten(named)

    def renames_only(self) -> bool:
        return all(change.is_renaming_only for change in self.changes.values())

    def hides_arguments(self) -> bool:
        """Whether `*` or `**` may pass an argument that changes; none of those that are passed by their names."""
        starred = [one for one in self.call.arguments if one.starred]
        if not starred or not self.renames_only() or self.old != self.new:
            return bool(starred)
        text, passed = self.text(), {one.keyword for one in self.call.arguments}
        by_name = [one for one in starred if one.start < 0 or text.startswith(b"**", one.start)]
        return bool(by_name) and not passed.issuperset(self.changes)

    def changes_text(self) -> bool:
        """Whether anything between the parentheses would change, or can't be seen."""
        passed = [
            argument
            for argument in self.call.arguments
            if argument.starred or argument.keyword in self.changes
        ]
        return not self.renames_only() or self.misplaced() or bool(self.changes and passed)

    def misplaced(self) -> bool:
        """Whether an argument that is passed by place would reach another parameter than the one it is meant for."""
        if self.old is None or self.new is None:
            return False
        count = sum(argument.keyword is None and not argument.starred for argument in self.call.arguments)
        return any(
            self.name_after(name) in self.new.names and place_in(self.new, self.name_after(name)) != number
            for number, name in enumerate(self.old.positional[:count])
        )

    def name_after(self, name: str) -> str:
        change = self.changes.get(name)
        return change.to if change and change.to else name

    def renamed(self) -> ChangedArguments:
        edits = tuple(
            TextEdit(one.start, one.keyword_end, self.name_after(one.keyword).encode())
            for one in self.call.arguments
            if one.keyword and self.name_after(one.keyword) != one.keyword
        )
        passed = passed_by(self.call)
        after = replace(passed, keywords=tuple(self.name_after(name) for name in passed.keywords))
        return ChangedArguments(edits, passed=after)

    # ---- arguments that go, come, or change their place

    def named_arguments(self) -> list[NewArgument] | str:
        """The arguments that stay, in their order, with the parameters that get them; or why that can't be told."""
        named: list[NewArgument] = []
        count = sum(argument.keyword is None for argument in self.call.arguments)
        moving = any(change.remove or change.position or change.keyword for change in self.changes.values())
        if count and (self.old is None or count > len(self.old.positional)) and moving:
            return "it passes arguments by position, and it can't be told which is which"
        for number, argument in enumerate(self.call.arguments):
            by_name = argument.keyword is not None
            name = argument.keyword or (self.old.positional[number] if self.old else "")
            change = self.changes.get(name, ArgumentChange())
            if not change.remove:
                named.append(
                    NewArgument(self.name_after(name), by_name or change.keyword, number, "", change.position)
                )
            elif not argument.is_simple or self.holds_reference(argument):
                return f"it computes {name}, an argument that goes"
        passed = {argument.name for argument in named}
        for name, change in self.changes.items():
            new_name = self.name_after(name)
            if change.add and new_name not in passed:
                named.append(NewArgument(new_name, not change.position, -1, change.add, change.position))
        return named

    def rewritten(self, named: Sequence[NewArgument]) -> ChangedArguments:
        ordered = self.in_order(named)
        if isinstance(ordered, str):
            return ChangedArguments(trouble=ordered)
        passed = PassedArguments(
            sum(not one.by_name for one in ordered), tuple(one.name for one in ordered if one.by_name)
        )
        text = self.text()
        place = call_text(text, self.callee_end, self.call.arguments, self.call.end)
        if place is None:
            return ChangedArguments(trouble="it passes a generator without parentheses of its own")
        kept = [one.number for one in ordered if one.number >= 0]
        removed = removal(text, place, [one for one in range(len(self.call.arguments)) if one not in kept])
        if removed is None:
            return ChangedArguments(trouble="a comment stands beside an argument that goes")
        edits = self.edits(text, place, ordered, kept)
        if isinstance(edits, str):
            return ChangedArguments(trouble=edits)
        return ChangedArguments((*removed, *edits), tuple(removed), passed)

    def in_order(self, named: Sequence[NewArgument]) -> list[NewArgument] | str:
        """Those that are passed by place first, each where the new one takes it, else by name."""
        by_place = [one for one in named if not one.by_name and not one.position]
        moved = [one for one in named if one.position and not one.by_name]
        for one in sorted(moved, key=lambda one: one.position):
            by_place.insert(min(one.position - 1, len(by_place)), one)
        ordered: list[NewArgument] = []
        for number, one in enumerate(by_place):
            if self.stands_right(number, one) and not any(other.by_name for other in ordered):
                ordered.append(replace(one, by_name=False))
            elif not one.name or (self.new is not None and one.name not in self.new.names):
                return f"it passes {one.name or 'an argument'} by position, and the new one takes something else there"
            else:
                ordered.append(replace(one, by_name=True))
        ordered += [one for one in named if one.by_name]
        places = [one.number for one in ordered if one.number >= 0]
        computed = [number for number in places if not self.call.arguments[number].is_simple]
        if computed != sorted(computed):
            return "it computes several arguments, which would be computed in another order"
        return ordered

    def stands_right(self, number: int, one: NewArgument) -> bool:
        if self.new is None:
            return not one.position or number == one.position - 1
        if number < len(self.new.positional):
            return not one.name or self.new.positional[number] == one.name or one.name not in self.new.names
        return self.new.takes_more_positional

    # ---- as edits

    def edits(
        self, text: bytes, place: CallText, ordered: Sequence[NewArgument], kept: Sequence[int]
    ) -> list[TextEdit] | str:
        edits: list[TextEdit] = []
        if [one.number for one in ordered[: len(kept)]] == sorted(kept):
            for one in ordered[: len(kept)]:
                edits += self.edit_in_place(text, place, one)
            added = [write_argument(one, one.added) for one in ordered[len(kept) :]]
            return edits + (addition(text, place, kept, added) if added else [])
        if any(self.holds_reference(self.call.arguments[number]) for number in kept):
            return "it passes a symbol that may change too, and its arguments change their places"
        texts = [
            write_argument(one, one.added or self.value_text(text, place, one.number)) for one in ordered
        ]
        slots = sorted(kept)
        for number, new in zip(slots, texts, strict=False):
            edits.append(TextEdit(place.slots[number].start, place.slots[number].end, new.encode()))
        rest = texts[len(slots) :]
        return edits + (addition(text, place, slots, rest) if rest else [])

    def edit_in_place(self, text: bytes, place: CallText, one: NewArgument) -> list[TextEdit]:
        argument, start = self.call.arguments[one.number], place.slots[one.number].start
        if argument.keyword is None:
            return [TextEdit(start, start, f"{one.name}=".encode())] if one.by_name else []
        if one.by_name:
            same = one.name == argument.keyword
        return [] if same else [TextEdit(argument.start, argument.keyword_end, one.name.encode())]
        value = text.index(b"=", argument.keyword_end) + 1
        while text[value : value + 1].isspace():
            value += 1
        return [TextEdit(argument.start, value, b"")]

    def value_text(self, text: bytes, place: CallText, number: int) -> str:
        """An argument without its keyword."""
        slot, argument = place.slots[number], self.call.arguments[number]
        start = slot.start
        if argument.keyword is not None:
            start = text.index(b"=", argument.keyword_end) + 1
        return text[start : slot.end].decode("utf-8", "surrogatepass").strip()


def place_in(signature: CallSignature, name: str) -> int:
    return signature.positional.index(name) if name in signature.positional else -1


def write_argument(one: NewArgument, value: str) -> str:
    return f"{one.name}={value}" if one.by_name else value
