"""What a plan's `replace` says: symbols, and how calls of them change."""

from __future__ import annotations

import ast
import keyword
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from bot.plan.shapes import shorten
from codemods.model.rules import ArgumentChange, CallChange, RenamedMember, Replacement, Symbol

RIGHT_SYMBOL = "`package.module:Name`, `package.module:Class.member`, or `package.module` for a whole module"
Keys = Mapping[str, Any]


class KeyProblems(Protocol):
    """Collects what is wrong with a key that was read."""

    def add_at_key(self, key: str, message: str, right: str) -> None: ...


def read_replacements(read: Sequence[Keys], problems: KeyProblems) -> tuple[Replacement, ...]:
    all_replacements = [
        read_replacement_keys(keys, f"replace[{number}]", problems) for number, keys in enumerate(read, 1)
    ]
    first_numbers: dict[Symbol, int] = {}
    for number, one in enumerate(all_replacements, 1):
        first = first_numbers.setdefault(one.old, number)
        if first != number:
            problems.add_at_key(
                f"replace[{number}].old",
                f"`{one.old}` is already replaced by replace[{first}]",
                "each old name once",
            )
    return tuple(all_replacements)


def read_replacement_keys(keys: Keys, key: str, problems: KeyProblems) -> Replacement:
    old, new = (read_symbol(keys[side], f"{key}.{side}", problems) for side in ("old", "new"))
    one = Replacement(
        old,
        new,
        keys.get("style", "as"),
        read_calls(keys, old, key, problems),
        read_members(keys, old, key, problems),
    )
    if one.is_of_member or "." in (new.name or ""):
        check_member(one, key, problems)
    if old == new and one.calls is None:
        problems.add_at_key(f"{key}.new", f"`{new}` is the same on both sides", "what replaces it")
    elif old == new:
        check_staying(one, key, problems)
    elif (old.name is None) != (new.name is None):
        right = "`package.module:Name` on both sides, or `package.module` on both"
        problems.add_at_key(f"{key}.new", "one side is a module, the other a name in a module", right)
    return one


def check_member(one: Replacement, key: str, problems: KeyProblems) -> None:
    """`module:Class.member`: another name in the same class, or other arguments."""
    owner, dot, old = (one.old.name or "").partition(".")
    new_owner, new_dot, new = (one.new.name or "").partition(".")
    if not dot or not new_dot or (one.old.module, owner) != (one.new.module, new_owner):
        problems.add_at_key(
            f"{key}.new",
            "a member can only get another name in its own class",
            f"`{one.old.module}:{owner}.name`; for another class, `members` where that is replaced",
        )
    for name in (old, new):
        check_member_name(name, f"{key}.old", problems)
    if one.calls is not None and one.calls.to:
        problems.add_at_key(f"{key}.calls.to", "a member's calls go to `new`", "`arguments` alone")


def check_member_name(name: str, key: str, problems: KeyProblems) -> None:
    if name.startswith("__"):
        kind = "called by Python itself" if name.endswith("__") else "mangled by Python"
        problems.add_at_key(key, f"`{shorten(name)}` is {kind}", "a member that code names itself")


def check_staying(one: Replacement, key: str, problems: KeyProblems) -> None:
    """A second run must not change the calls of what stays once more."""
    if one.calls is not None and one.calls.to:
        problems.add_at_key(f"{key}.calls.to", f"`{one.new}` stays", "`arguments` alone, or another `new`")
    for name, change in one.calls.arguments.items() if one.calls else ():
        if change.position:
            problems.add_at_key(
                f"{key}.calls.arguments.{name}",
                f"`{one.new}` stays, so its calls before and after the change look the same",
                "`keyword: true`",
            )


def read_calls(keys: Keys, old: Symbol, key: str, problems: KeyProblems) -> CallChange | None:
    if "calls" not in keys:
        return None
    if old.name is None:
        problems.add_at_key(
            f"{key}.calls", "a module can't be called", "`calls` only where `old` is `package.module:Name`"
        )
    read = keys["calls"]
    to = read.get("to", "")
    module, colon, name = to.rpartition(":")
    if to and not (dotted_name(name) and name.count(".") < 2 and (dotted_name(module) or not colon)):
        problems.add_at_key(
            f"{key}.calls.to",
            f"`{shorten(to)}` is not a valid name",
            "`New`, `New.method`, `function` or `package.module:name`",
        )
    arguments = read_arguments(read.get("arguments", {}), f"{key}.calls.arguments", problems)
    return CallChange(to, arguments, read.get("async"))


def read_members(keys: Keys, old: Symbol, key: str, problems: KeyProblems) -> dict[str, RenamedMember]:
    read = keys.get("members", {})
    if read and (old.name is None or "." in old.name):
        problems.add_at_key(
            f"{key}.members",
            "only a class has members",
            "`members` only where `old` is `package.module:Class`",
        )
    members: dict[str, RenamedMember] = {}
    for name, value in read.items():
        record: Keys = {"to": value} if isinstance(value, str) else value
        for one in (name, record.get("to", name)):
            if not dotted_name(one) or "." in one:
                problems.add_at_key(
                    f"{key}.members", f"`{shorten(one)}` is not a valid name", "`old_name: new_name`"
                )
            else:
                check_member_name(one, f"{key}.members", problems)
        arguments = read_arguments(
            record.get("arguments", {}), f"{key}.members.{shorten(name)}.arguments", problems
        )
        if not arguments and record.get("to", name) == name:
            problems.add_at_key(f"{key}.members", f"nothing becomes of `{shorten(name)}`", "another name")
        members[name] = RenamedMember(record.get("to", ""), arguments)
    return members


def read_arguments(read: Keys, key: str, problems: KeyProblems) -> dict[str, ArgumentChange]:
    changes: dict[str, ArgumentChange] = {}
    for name, value in read.items():
        record: Keys = {"to": value} if isinstance(value, str) else value
        for one in (name, record.get("to", name)):
            if not one.isidentifier() or keyword.iskeyword(one):
                problems.add_at_key(
                    key, f"`{shorten(one)}` is not a valid argument name", "`old_name: new_name`"
                )
        change = ArgumentChange(
            record.get("to", ""),
            record.get("remove", False),
            record.get("add", ""),
            record.get("position", 0),
            record.get("keyword", False),
        )
        changes[name] = change
        wrong = wrong_change(change)
        if wrong:
            problems.add_at_key(f"{key}.{shorten(name)}", *wrong)
    return changes


def wrong_change(change: ArgumentChange) -> tuple[str, str] | None:
    if change.remove and change != ArgumentChange(remove=True):
        return "an argument that goes has nothing else", "`remove: true` alone"
    if change.position and change.keyword:
        return "it can't have a place and be passed by its name", "`position` or `keyword`"
    if change.add and not is_literal(change.add):
        return f"`{shorten(change.add)}` is not a literal", 'a literal in quotes: "None", "0", "[]"'
    if change == ArgumentChange():
        return "this changes nothing", "`to`, `remove`, `add`, `position` or `keyword`"
    return None


def is_literal(text: str) -> bool:
    try:
        ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return False
    return "\n" not in text and "#" not in text and text.strip() == text


def read_symbol(text: str, key: str, problems: KeyProblems) -> Symbol:
    module, colon, name = text.partition(":")
    if not dotted_name(module) or (colon and not dotted_name(name)) or name.count(".") > 1:
        problems.add_at_key(key, f"`{shorten(text)}` is not an importable name", RIGHT_SYMBOL)
    return Symbol(module, name or None)


def dotted_name(text: str) -> bool:
    return all(part.isidentifier() and not keyword.iskeyword(part) for part in text.split("."))
