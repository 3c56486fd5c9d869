"""What callers of the old symbol would miss in the new one: parameters, members, async where there was none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from bot.audit.outline import KEYWORDS, REST, Member, Parameter
from bot.audit.outlines import Definition, Outlines, is_of_python
from codemods.link.symbol_match import call_target
from codemods.model.rules import Replacement

DifferenceKind = Literal["missing", "parameter gone", "parameter needed", "async", "kind", "default"]
CALLABLE_KINDS = ("method", "classmethod", "staticmethod")


class MemberUse(NamedTuple):
    path: str
    line: int


@dataclass(frozen=True)
class Difference:
    member: str
    """Empty for the symbol itself, when it is a function."""
    what: DifferenceKind
    detail: str
    uses: tuple[MemberUse, ...] = ()
    """Where callers in the tree use the member, judged by names."""


@dataclass(frozen=True)
class Interface:
    old: str
    new: str
    differences: tuple[Difference, ...] = ()
    not_compared: str = ""
    """Why it wasn't compared, or not completely."""


def compare_interfaces(outlines: Outlines, replacement: Replacement) -> Interface | None:
    """None if there is nothing to compare: whole modules."""
    if replacement.old.name is None or replacement.new.name is None:
        return None
    old, new = outlines.definition_of(replacement.old), outlines.definition_of(replacement.new)
    names = (str(replacement.old), str(replacement.new))
    if old is None or new is None:
        side, symbol = ("old", replacement.old) if old is None else ("new", replacement.new)
        return Interface(
            *names, not_compared=f"the {side} one, `{symbol}`, is not defined in this repository"
        )
    if (old.path, old.member) == (new.path, new.member):
        return Interface(*names, not_compared="both are the same definition")
    if old.member.kind == "class" and new.member.kind == "class":
        return compare_classes(outlines, replacement, old, new)
    if old.member.kind == "function" and new.member.kind == "function":
        return Interface(
            *names, tuple(call_differences("", old.member, new.member, renamed_members(replacement)))
        )
    if old.member.kind != new.member.kind:
        kinds = f"the old one is a {old.member.kind}, the new one a {new.member.kind}"
        return Interface(*names, (Difference("", "kind", kinds),))
    return Interface(*names)


def compare_classes(
    outlines: Outlines, replacement: Replacement, old: Definition, new: Definition
) -> Interface:
    (before, _), (after, outside) = outlines.members_with_inherited(old), outlines.members_with_inherited(new)
    differences = list(constructor_differences(replacement, before, after, bool(outside)))
    for name, member in sorted(before.items()):
        if (name.startswith("_") and name != "__call__") or is_of_python(member):
            continue
        if name not in after:
            if not outside:
                differences.append(
                    Difference(name, "missing", f"{kind_word(member)}, missing in the new one")
                )
        else:
            differences += member_differences(name, member, after[name])
    note = f"the new one inherits from {', '.join(outside)}, outside this repository" if outside else ""
    return Interface(str(replacement.old), str(replacement.new), tuple(differences), note)


def constructor_differences(
    replacement: Replacement, before: Mapping[str, Member], after: Mapping[str, Member], outside: bool
) -> Iterator[Difference]:
    """The old constructor compared with what is to be called instead of it."""
    target = call_target(replacement)
    to = target.method if target is not None and target.is_new_symbol else ""
    old, new = before.get("__init__"), after.get(to or "__init__")
    if to and new is None and not outside:
        yield Difference(
            to, "missing", f"the plan calls it instead of {replacement.old.name}, but it doesn't exist"
        )
    elif old and (new or not outside):
        yield from call_differences(
            "__init__", old, new or Member("__init__", "method", 0), renamed_members(replacement)
        )


def renamed_members(replacement: Replacement) -> Mapping[str, str]:
    changes = replacement.calls.arguments if replacement.calls else {}
    return {name: change.to for name, change in changes.items() if change.to}


def member_differences(name: str, old: Member, new: Member) -> Iterator[Difference]:
    if (old.kind in CALLABLE_KINDS) != (new.kind in CALLABLE_KINDS):
        yield Difference(name, "kind", f"{kind_word(old)} → {kind_word(new)}")
    elif old.kind in CALLABLE_KINDS:
        yield from call_differences(name, old, new, {})


def call_differences(name: str, old: Member, new: Member, renamed: Mapping[str, str]) -> Iterator[Difference]:
    if old.is_async != new.is_async:
        both = ("async", "a plain call") if old.is_async else ("a plain call", "async")
        yield Difference(name, "async", f"{both[0]} → {both[1]}")
    before, after = parameters_of_call(old), parameters_of_call(new)
    new_names = {parameter.name for parameter in after}
    were_optional = {parameter.name for parameter in before if parameter.optional}
    if not any(parameter.kind == KEYWORDS for parameter in after):
        for parameter in before:
            new_name = renamed.get(parameter.name, parameter.name)
            if parameter.kind not in (REST, KEYWORDS) and new_name not in new_names:
                yield Difference(name, "parameter gone", f"takes no `{new_name}`")
    defaults = {parameter.name: parameter.default for parameter in after}
    for parameter in before:
        default = defaults.get(renamed.get(parameter.name, parameter.name), "")
        if parameter.default and default and parameter.default != default:
            yield Difference(
                name,
                "default",
                f"`{parameter.name}` is {default} where it isn't passed, not {parameter.default}",
            )
    old_names = {renamed.get(parameter.name, parameter.name) for parameter in before}
    for parameter in after:
        if not parameter.optional and parameter.name not in old_names:
            yield Difference(name, "parameter needed", f"needs `{parameter.name}`")
        elif not parameter.optional and parameter.name in were_optional:
            yield Difference(name, "parameter needed", f"needs `{parameter.name}`, which was optional")


def parameters_of_call(member: Member) -> tuple[Parameter, ...]:
    bound = member.kind in ("method", "classmethod")
    return member.parameters[1:] if bound else member.parameters


def kind_word(member: Member) -> str:
    words = {"variable": "an attribute", "class": "a class", "property": "a property", "import": "a name"}
    return (
        ("an async " if member.is_async else "a ") + "method"
        if "method" in member.kind
        else words.get(member.kind, f"a {member.kind}")
    )
